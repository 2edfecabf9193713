/**
 * An S3 in memory, with the part of the protocol that reads and writes objects: GET, PUT and multipart uploads, with
 * buckets in the path.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "../listen.ts";
import { readMessageBody } from "../message-body.ts";
import { fail, nameOperation, nameVersion, operations, type S3Fault, type S3Object, type Store } from "./operations.ts";
import { readPayload } from "./payload.ts";

export type { S3Fault, S3Object } from "./operations.ts";

/** The settings of an S3. */
export interface S3Options {
  /** 0 for any free port. */
  readonly port: number;
  readonly host?: string;
  /** Called with the operation's name, such as GetObject, before each answer. Gives the fault to inject. */
  readonly intercept?: (operation: string) => S3Fault | undefined;
}

/** What an object has besides its bytes. */
export interface ObjectSettings {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object with a version is found only by its id. */
  readonly versionId?: string;
}

/** The running S3. */
export interface LocalS3 {
  /** The value for `AWS_ENDPOINT_URL_S3`. */
  readonly url: string;
  readonly putObject: (bucket: string, key: string, body: Buffer, settings?: ObjectSettings) => void;
  readonly findObject: (bucket: string, key: string) => S3Object | undefined;
  /** Removes all objects of a bucket. */
  readonly removeObjects: (bucket: string) => void;
  /** The number of objects that are being sent. */
  readonly countTransfers: () => number;
  /** The number of uploads that are neither complete nor aborted. */
  readonly countUploads: () => number;
  readonly close: () => Promise<void>;
}

const mostBytes = 1 << 30;

/** Starts an S3 without objects. Rejects as `listen` does. */
export async function startS3({ port, host, intercept = () => undefined }: S3Options): Promise<LocalS3> {
  const store: Store = { objects: new Map(), uploads: new Map(), transfers: 0 };
  const server = createServer((request, response) => {
    answer(store, request, response, intercept).catch(() => response.destroy());
  });
  const listening = await listen(server, { part: "S3", host, port });
  return {
    url: listening.url,
    putObject: (bucket, key, body, { contentType, contentEncoding, headers = {}, versionId } = {}) => {
      const encryption = { algorithm: undefined, keyArn: undefined };
      const name = nameVersion(`${bucket}/${key}`, versionId);
      store.objects.set(name, { body, contentType, contentEncoding, headers, encryption });
    },
    findObject: (bucket, key) => store.objects.get(`${bucket}/${key}`),
    removeObjects: (bucket) => {
      for (const name of store.objects.keys()) if (name.startsWith(`${bucket}/`)) store.objects.delete(name);
    },
    countTransfers: () => store.transfers,
    countUploads: () => store.uploads.size,
    close: () => listening.close(),
  };
}

async function answer(
  store: Store,
  request: IncomingMessage,
  response: ServerResponse,
  intercept: (operation: string) => S3Fault | undefined,
): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://localhost");
  const name = decodeURIComponent(pathname.slice(1));
  const body = readPayload((await readMessageBody(request, mostBytes)) ?? Buffer.alloc(0), request);
  const operation = nameOperation(request.method ?? "", query);
  const fault = intercept(operation);
  if (fault?.kind === "status") return fail(response, fault.status, fault.code ?? "InjectedFault");
  operations[operation](store, { name, query, request, body, fault }, response);
}
