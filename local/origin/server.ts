/**
 * The sample origin: an application behind the edge that stores every request, so that a user can see what it received.
 *
 *     GET /requests?after=ID   the requests after that one, the oldest first, 1,000 at most
 *     GET /requests/ID         one request
 *
 * It stores any other request, and answers `{"id": n}`: 201 for POST, else 200. It does not store the two above.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Listening, listen } from "../listen.ts";
import { readMessageBody } from "../message-body.ts";
import { openStore, type RequestStore, type StoredRequest } from "./store.ts";

/** The settings of the origin. */
export interface OriginOptions {
  readonly port: number;
  readonly host?: string;
  /** An SQLite file, created if it does not exist, or `:memory:`. */
  readonly databaseFile: string;
}

const maxBodyBytes = 64 * 1_048_576;
const maxListed = 1_000;

/** Starts the origin. Rejects if the database cannot be opened, or as `listen` does. */
export async function startOrigin({ port, host, databaseFile }: OriginOptions): Promise<Listening> {
  const store = openStore(databaseFile);
  const server = createServer((request, response) => {
    answer(store, request, response).catch(() => response.destroy());
  });
  // The last request may still use the store after the server has closed its connections.
  server.once("close", () => store.close());
  try {
    return await listen(server, { part: "Origin", host, port });
  } catch (error) {
    store.close();
    throw error;
  }
}

async function answer(store: RequestStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "" } = request;
  const [path = "", ...rest] = url.split("?");
  const query = rest.join("?");
  const body = await readMessageBody(request, maxBodyBytes);
  if (body === undefined) return writeJson(response, 413, { error: "the body is larger than 64 MB" });
  if (method === "GET" && path === "/requests") return answerList(store, query, response);
  const one = method === "GET" ? /^\/requests\/(\d{1,15})$/.exec(path)?.[1] : undefined;
  if (one !== undefined) {
    const stored = store.read(Number(one));
    if (stored === undefined) return writeJson(response, 404, { error: "no request has this id" });
    return writeJson(response, 200, formatStored(stored));
  }
  const receivedAt = new Date().toISOString();
  const id = store.write({ receivedAt, method, path, query, headers: request.headersDistinct, body });
  return writeJson(response, method === "POST" ? 201 : 200, { id });
}

function answerList(store: RequestStore, query: string, response: ServerResponse): void {
  const after = new URLSearchParams(query).get("after") ?? "0";
  if (!/^\d{1,15}$/.test(after)) return writeJson(response, 400, { error: "after must be an id, a whole number" });
  return writeJson(response, 200, store.list(Number(after), maxListed).map(formatStored));
}

/** A stored request as JSON. Its body is text if the bytes are UTF-8, else base64; `bodyEncoding` says which. */
function formatStored({ body, ...stored }: StoredRequest): object {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return { ...stored, bodyEncoding: "text", body: text };
  } catch {
    return { ...stored, bodyEncoding: "base64", body: Buffer.from(body).toString("base64") };
  }
}

function writeJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": body.length };
  response.writeHead(status, headers).end(body);
}
