/** The operations on objects: read, write, and write in parts. */
import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** An object. */
export interface S3Object {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** User metadata and HTTP header fields. */
  readonly headers: Readonly<Record<string, string>>;
  /** As in the request that wrote it. */
  readonly encryption: { readonly algorithm: string | undefined; readonly keyArn: string | undefined };
}

/** A fault to inject: an error status, or a body that breaks off or stops in the middle. */
export type S3Fault =
  | { readonly kind: "status"; readonly status: number; readonly code?: string }
  | { readonly kind: "break" }
  | { readonly kind: "stall" };

interface Upload {
  readonly name: string;
  readonly headers: IncomingMessage["headers"];
  readonly parts: Map<number, Buffer>;
}

/** The objects and uploads. */
export interface Store {
  /** Objects by the name that `nameVersion` gives. */
  readonly objects: Map<string, S3Object>;
  /** Uploads by their ids. */
  readonly uploads: Map<string, Upload>;
  /** The number of objects that are being sent. */
  transfers: number;
}

/** A request to an operation. */
export interface Call {
  /** Bucket and key, joined by a slash. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly fault: S3Fault | undefined;
}

type Operation = (store: Store, call: Call, response: ServerResponse) => void;

/** The least bytes of a part of an upload, except the last ("Amazon S3 multipart upload limits"). */
const leastPartBytes = 5 * 1024 * 1024;

const getObject: Operation = (store, { name, query, request, fault }, response) => {
  const found = store.objects.get(nameVersion(name, query.get("versionId"))) ?? store.objects.get(name);
  if (found === undefined) return fail(response, 404, "NoSuchKey");
  store.transfers++;
  response.once("close", () => store.transfers--);
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
};

const putObject: Operation = (store, { name, request, body }, response) => {
  store.objects.set(name, makeObject(body, request.headers));
  response.writeHead(200, { etag: etagOf(body) }).end();
};

const createMultipartUpload: Operation = (store, { name, request }, response) => {
  const id = randomUUID();
  store.uploads.set(id, { name, headers: request.headers, parts: new Map() });
  writeXml(response, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
};

const uploadPart = onUpload((_, { parts }, { query, body }, response) => {
  parts.set(Number(query.get("partNumber")), body);
  response.writeHead(200, { etag: etagOf(body) }).end();
});

const abortMultipartUpload = onUpload((store, _, { query }, response) => {
  store.uploads.delete(uploadIdOf(query));
  response.writeHead(204).end();
});

const completeMultipartUpload = onUpload((store, { name, headers, parts }, { query }, response) => {
  store.uploads.delete(uploadIdOf(query));
  const bodies = [...parts].sort(([a], [b]) => a - b).map(([, body]) => body);
  if (bodies.slice(0, -1).some(({ length }) => length < leastPartBytes)) return fail(response, 400, "EntityTooSmall");
  store.objects.set(name, makeObject(Buffer.concat(bodies), headers));
  writeXml(response, `<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>`);
});

/** The operations by name. */
export const operations = {
  GetObject: getObject,
  PutObject: putObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
} as const;

/** The operation for a method and a query. */
export function nameOperation(method: string, query: URLSearchParams): keyof typeof operations {
  if (method === "GET") return "GetObject";
  if (method === "DELETE") return "AbortMultipartUpload";
  if (method === "POST") return query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  return query.has("partNumber") ? "UploadPart" : "PutObject";
}

/** The name of an object's version, or of the object itself without `versionId`. */
export function nameVersion(name: string, versionId: string | null | undefined): string {
  return versionId === null || versionId === undefined ? name : `${name}?${versionId}`;
}

/** Answers with an error of S3. */
export function fail(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`);
}

function onUpload(run: (store: Store, upload: Upload, call: Call, response: ServerResponse) => void): Operation {
  return (store, call, response) => {
    const upload = store.uploads.get(uploadIdOf(call.query));
    if (upload === undefined) return fail(response, 404, "NoSuchUpload");
    run(store, upload, call, response);
  };
}

function uploadIdOf(query: URLSearchParams): string {
  return query.get("uploadId") ?? "";
}

const keptPattern = /^(?:x-amz-meta-.*|cache-control|content-disposition|content-language|expires)$/;

function makeObject(body: Buffer, headers: IncomingMessage["headers"]): S3Object {
  const read = (name: string): string | undefined => headers[name]?.toString();
  return {
    body,
    contentType: read("content-type"),
    // The SDK's coding for trailing checksums is not a coding of the object.
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

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function writeXml(response: ServerResponse, xml: string): void {
  response.writeHead(200, { "content-type": "application/xml" }).end(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
}
