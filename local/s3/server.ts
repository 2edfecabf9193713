/**
 * The part of S3's protocol that reads and writes objects, over memory: GET, PUT and multipart uploads, with buckets in
 * the path.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "../listen.ts";
import { readBody } from "../message-body.ts";

export interface S3Object {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** What else is kept with it: user metadata and the fields of HTTP. */
  readonly headers: Readonly<Record<string, string>>;
  /** As the request asked for it. */
  readonly encryption: { readonly algorithm: string | undefined; readonly keyArn: string | undefined };
}

/** What can be made to go wrong: a status, a body that breaks off or stops in the middle. */
export type S3Fault =
  | { readonly kind: "status"; readonly status: number; readonly code?: string }
  | { readonly kind: "break" }
  | { readonly kind: "stall" };

export interface S3Options {
  readonly port: number;
  readonly host?: string;
  /** Asked before each request is answered, by an operation's name: GetObject, UploadPart and so on. */
  readonly intercept?: (operation: string) => S3Fault | undefined;
}

export interface ObjectSettings {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A version is found by its id only. */
  readonly versionId?: string;
}

export interface LocalS3 {
  /** What `AWS_ENDPOINT_URL_S3` has to be. */
  readonly url: string;
  readonly putObject: (bucket: string, key: string, body: Buffer, settings?: ObjectSettings) => void;
  readonly findObject: (bucket: string, key: string) => S3Object | undefined;
  /** All of a bucket. */
  readonly removeObjects: (bucket: string) => void;
  /** Objects of which somebody is still being sent the bytes. */
  readonly countTransfers: () => number;
  /** Uploads that were begun, and neither completed nor aborted. */
  readonly countUploads: () => number;
  readonly close: () => Promise<void>;
}

interface Upload {
  readonly name: string;
  readonly headers: IncomingMessage["headers"];
  readonly parts: Map<number, Buffer>;
}

const mostBytes = 1 << 30;

export async function startS3({ port, host, intercept = () => undefined }: S3Options): Promise<LocalS3> {
  const objects = new Map<string, S3Object>();
  const uploads = new Map<string, Upload>();
  let transfers = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const name = decodeURIComponent(url.pathname.slice(1));
    const body = readPayload((await readBody(request, mostBytes)) ?? Buffer.alloc(0), request);
    const operation = nameOperation(request.method ?? "", url.searchParams);
    const fault = intercept(operation);
    if (fault?.kind === "status") return fail(response, fault.status, fault.code ?? "InjectedFault");
    const uploadId = url.searchParams.get("uploadId") ?? "";
    const upload = uploads.get(uploadId);
    if (operation === "GetObject") {
      const found = objects.get(nameVersion(name, url.searchParams.get("versionId"))) ?? objects.get(name);
      if (found === undefined) return fail(response, 404, "NoSuchKey");
      transfers++;
      response.once("close", () => transfers--);
      response.writeHead(200, {
        "content-length": found.body.length,
        etag: etagOf(found.body),
        ...found.headers,
        ...(found.contentType === undefined ? {} : { "content-type": found.contentType }),
        ...(found.contentEncoding === undefined ? {} : { "content-encoding": found.contentEncoding }),
      });
      if (fault === undefined) return void response.end(found.body);
      response.write(found.body.subarray(0, found.body.length / 2));
      if (fault.kind === "break") setTimeout(() => request.socket.destroy(), 20);
      return;
    }
    if (operation === "PutObject") {
      objects.set(name, makeObject(body, request.headers));
      return void response.writeHead(200, { etag: etagOf(body) }).end();
    }
    if (operation === "CreateMultipartUpload") {
      const id = randomUUID();
      uploads.set(id, { name, headers: request.headers, parts: new Map() });
      return writeXml(
        response,
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (upload === undefined) return fail(response, 404, "NoSuchUpload");
    if (operation === "UploadPart") {
      upload.parts.set(Number(url.searchParams.get("partNumber")), body);
      return void response.writeHead(200, { etag: etagOf(body) }).end();
    }
    uploads.delete(uploadId);
    if (operation === "AbortMultipartUpload") return void response.writeHead(204).end();
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    if (parts.slice(0, -1).some((part) => part.length < 5 * 1024 * 1024)) return fail(response, 400, "EntityTooSmall");
    objects.set(upload.name, makeObject(Buffer.concat(parts), upload.headers));
    return writeXml(response, `<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>`);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const listening = await listen(server, { part: "S3", host, port });
  return {
    url: listening.url,
    putObject: (bucket, key, body, { contentType, contentEncoding, headers = {}, versionId } = {}) => {
      const name = nameVersion(`${bucket}/${key}`, versionId);
      objects.set(name, {
        body,
        contentType,
        contentEncoding,
        headers,
        encryption: { algorithm: undefined, keyArn: undefined },
      });
    },
    findObject: (bucket, key) => objects.get(`${bucket}/${key}`),
    removeObjects: (bucket) => {
      for (const name of [...objects.keys()]) if (name.startsWith(`${bucket}/`)) objects.delete(name);
    },
    countTransfers: () => transfers,
    countUploads: () => uploads.size,
    close: () => listening.close(),
  };
}

function nameVersion(name: string, versionId: string | null | undefined): string {
  return versionId === null || versionId === undefined ? name : `${name}?${versionId}`;
}

function nameOperation(method: string, query: URLSearchParams): string {
  if (method === "GET") return "GetObject";
  if (method === "DELETE") return "AbortMultipartUpload";
  if (method === "POST") return query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  return query.has("partNumber") ? "UploadPart" : "PutObject";
}

const keptPattern = /^(?:x-amz-meta-.*|cache-control|content-disposition|content-language|expires)$/;

function makeObject(body: Buffer, headers: IncomingMessage["headers"]): S3Object {
  const read = (name: string): string | undefined => headers[name]?.toString();
  return {
    body,
    contentType: read("content-type"),
    // The SDK's own coding for checksums behind a body is none of the object's.
    contentEncoding: read("content-encoding")?.replace(/^aws-chunked,?/, "") || undefined,
    headers: Object.fromEntries(
      Object.keys(headers)
        .filter((name) => keptPattern.test(name))
        .map((name) => [name, read(name) ?? ""]),
    ),
    encryption: {
      algorithm: read("x-amz-server-side-encryption"),
      keyArn: read("x-amz-server-side-encryption-aws-kms-key-id"),
    },
  };
}

/**
 * Undoes the framing of bodies with checksums behind them (S3 API Reference, "Signature calculations with trailing
 * headers").
 */
function readPayload(body: Buffer, { headers }: IncomingMessage): Buffer {
  if (headers["x-amz-decoded-content-length"] === undefined) return body;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const length = Number.parseInt(body.toString("latin1", at, end), 16);
    if (!(length > 0)) return Buffer.concat(chunks);
    chunks.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function writeXml(response: ServerResponse, xml: string): void {
  response.writeHead(200, { "content-type": "application/xml" }).end(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
}

function fail(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`);
}
