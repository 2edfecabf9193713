/** Sends requests to the simulator's origin, and answers to the viewer. */

import { type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import { type Headers, hopByHopHeaders } from "./headers.ts";
import type { ForwardedRequest, GeneratedResponse } from "./validation.ts";

/** An exchange with a viewer. Its `requestId` becomes the header `x-amz-cf-id` in both directions. */
export interface Exchange {
  readonly requestId: string;
  readonly domainName: string;
  readonly response: ServerResponse;
}

/** The origin exceeded the destination's `readTimeoutSeconds`. */
export class OriginSilent extends Error {}

/**
 * Sends the request, and resolves with the origin's answer before its body is read. Rejects if the origin cannot be
 * reached, breaks off, or is silent for longer than `readTimeoutSeconds` (with OriginSilent), or if the signal aborts.
 */
export function sendToOrigin(
  forwarded: ForwardedRequest,
  { body, requestId, signal }: { body: Buffer; requestId: string; signal: AbortSignal },
): Promise<IncomingMessage> {
  const { destination, method, target } = forwarded;
  const { protocol, hostname, port, readTimeoutSeconds } = destination;
  return new Promise((resolve, reject) => {
    const send = protocol === "https" ? requestHttps : requestHttp;
    const headers = listOriginHeaders(forwarded, body, requestId);
    // A connection of its own: the origin could close a kept one just when a POST goes out on it.
    const request = send({ hostname, port, method, path: target, headers, agent: false, signal }, resolve);
    request.setTimeout(readTimeoutSeconds * 1000, () => {
      request.destroy(new OriginSilent());
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** The event's headers in the form of `rawHeaders`, with Host and the length of the body that is sent. */
function listOriginHeaders(forwarded: ForwardedRequest, body: Buffer, requestId: string): string[] {
  const { destination, method, headers } = forwarded;
  const list: string[] = [];
  for (const [name, entries] of Object.entries(headers)) {
    if (hopByHopHeaders.has(name) || name === "content-length") continue;
    for (const { key = name, value } of entries) list.push(key, value);
  }
  if (!Object.hasOwn(headers, "host")) list.push("Host", `${destination.hostname}:${destination.port}`);
  if (body.length > 0 || !["GET", "HEAD", "OPTIONS"].includes(method)) list.push("Content-Length", String(body.length));
  list.push("X-Amz-Cf-Id", requestId);
  return list;
}

/** Streams an origin's answer to the viewer. Rejects if either side breaks off. */
export async function relayToViewer(exchange: Exchange, origin: IncomingMessage): Promise<void> {
  const { statusCode = 502, statusMessage = "" } = origin;
  const list: string[] = [];
  for (let at = 0; at + 1 < origin.rawHeaders.length; at += 2) {
    const [key = "", value = ""] = origin.rawHeaders.slice(at, at + 2);
    if (!hopByHopHeaders.has(key.toLowerCase())) list.push(key, value);
  }
  list.push(...listOwnHeaders(exchange, statusCode >= 400 ? "Error" : "Miss"));
  exchange.response.writeHead(statusCode, statusMessage, list);
  await pipeline(origin, exchange.response);
}

/** Sends the response that the function made. */
export function writeGenerated(exchange: Exchange, generated: GeneratedResponse): void {
  const { status, statusDescription, headers, body } = generated;
  writeWhole(exchange, { status, statusDescription, headers, body, cache: "LambdaGeneratedResponse" });
}

/** Sends an error of CloudFront itself. `reason` must hold nothing of the request. */
export function writeRefusal(exchange: Exchange, refusal: { status: number; cache: string; reason: string }): void {
  const { status, cache, reason } = refusal;
  const headers = { "content-type": [{ value: "text/plain; charset=utf-8" }] };
  writeWhole(exchange, { status, headers, body: Buffer.from(`${status}: ${reason}\n`), cache });
}

interface WholeAnswer {
  readonly status: number;
  readonly statusDescription?: string | undefined;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly cache: string;
}

function writeWhole(exchange: Exchange, answer: WholeAnswer): void {
  const { status, statusDescription, headers, body, cache } = answer;
  const list = Object.entries(headers).flatMap(([name, entries]) =>
    entries.flatMap(({ key = name, value }) => [key, value]),
  );
  list.push(...listOwnHeaders(exchange, cache), "Content-Length", String(body.length));
  if (statusDescription === undefined) exchange.response.writeHead(status, list);
  else exchange.response.writeHead(status, statusDescription, list);
  exchange.response.end(body);
}

function listOwnHeaders({ requestId, domainName }: Exchange, cache: string): string[] {
  return ["X-Cache", `${cache} from cloudfront`, "Via", `1.1 ${domainName} (CloudFront)`, "X-Amz-Cf-Id", requestId];
}
