/**
 * The CloudFront simulator: a reverse proxy that passes every request through an origin-request function, with the
 * event, the limits and the refusals of CloudFront. It caches nothing, and speaks HTTP/1.1 without TLS to viewers.
 */

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { invoke, type LambdaFunction, readError } from "../invocation.ts";
import { type Listening, listen } from "../listen.ts";
import { readMessageBody } from "../message-body.ts";
import { type Distribution, type OriginRequestEvent, type ViewerRequest, writeEvent } from "./event.ts";
import { type Exchange, OriginSilent, relayToViewer, sendToOrigin, writeGenerated, writeRefusal } from "./exchange.ts";
import { cloudFrontLimits, type Limits } from "./limits.ts";
import { type ForwardedRequest, parseResult } from "./validation.ts";

/** The outcome of one request. It holds nothing of the request, of an error's message or of a header. */
export interface CloudFrontLogEntry {
  readonly requestId: string;
  readonly status: number;
  /** The word before "from cloudfront" in `x-cache`. */
  readonly result: string;
  /** Why CloudFront refused, in the words that the viewer gets. */
  readonly reason?: string;
  /** The name of the error that the function threw, never its message. */
  readonly errorName?: string;
}

/** The settings of the simulator. */
export interface CloudFrontOptions {
  readonly port: number;
  readonly host?: string;
  readonly handler: LambdaFunction;
  readonly originUrl: string;
  readonly log?: (entry: CloudFrontLogEntry) => void;
  readonly limits?: Partial<Limits>;
  /** How long the function may take; default: 30 seconds, as at CloudFront. */
  readonly timeoutMs?: number;
}

interface Simulator {
  readonly distribution: Distribution;
  readonly limits: Limits;
  readonly handler: LambdaFunction;
  readonly timeoutMs: number;
  readonly log: (entry: CloudFrontLogEntry) => void;
}

interface Refusal {
  readonly status: number;
  readonly cache: string;
  readonly reason: string;
  readonly errorName?: string;
}

const domainName = "d111111abcdef8.cloudfront.net";

const methods: readonly string[] = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"];

/** The most bytes of a request line with all headers ("Quotas", general). */
const maxHeaderBytes = 32_768;

/** Starts the simulator. Rejects with a TypeError unless `originUrl` is an http or https URL, or as `listen` does. */
export async function startCloudFront(options: CloudFrontOptions): Promise<Listening> {
  const { port, host, handler, originUrl, log = () => undefined, limits = {}, timeoutMs = 30_000 } = options;
  const simulator: Simulator = {
    distribution: { domainName, id: "EDFDVBD6EXAMPLE", origin: parseOriginUrl(originUrl) },
    limits: { ...cloudFrontLimits, ...limits },
    handler,
    timeoutMs,
    log,
  };
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) => {
    answer(simulator, request, response).catch(() => response.destroy());
  });
  return listen(server, { part: "CloudFront", host, port });
}

function parseOriginUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new TypeError("originUrl must be an http or https URL.");
  return url;
}

/** Rejects only if the viewer or the origin broke off: then nobody waits for an answer. */
async function answer(simulator: Simulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { distribution, limits, log } = simulator;
  const requestId = `${randomBytes(40).toString("base64url")}==`;
  const exchange: Exchange = { requestId, domainName: distribution.domainName, response };
  const refuse = ({ cache, ...facts }: Refusal) => {
    log({ requestId, result: cache, ...facts });
    writeRefusal(exchange, { cache, ...facts });
  };
  const body = await readMessageBody(request, limits.viewerBodyBytes);
  const viewer: ViewerRequest = {
    clientIp: request.socket.remoteAddress ?? "",
    method: request.method ?? "",
    target: (request.url ?? "").replace(/^https?:\/\/[^/?#]*/i, ""),
    rawHeaders: request.rawHeaders,
    body: body ?? Buffer.alloc(0),
  };
  const refusal = body === undefined ? tooLarge : findRefusal(viewer, request, limits);
  if (refusal !== undefined) return refuse(refusal);
  const event = writeEvent(viewer, { distribution, requestId, limits });
  return settle(simulator, event, { exchange, body: viewer.body, refuse });
}

const tooLarge: Refusal = { status: 413, cache: "Error", reason: "the body is larger than this simulator holds" };

/** The refusal of CloudFront before it calls the function; `undefined` if there is none. */
function findRefusal(viewer: ViewerRequest, { headers }: IncomingMessage, { urlChars }: Limits): Refusal | undefined {
  const { method, target, body } = viewer;
  const refusal = (status: number, reason: string): Refusal => ({ status, cache: "Error", reason });
  if (!methods.includes(method)) return refusal(403, "the distribution does not allow this method");
  if (method === "GET" && body.length > 0) return refusal(403, "a GET request must not have a body");
  if (headers.upgrade?.toLowerCase() === "websocket") return refusal(400, "WebSocket is not simulated");
  if (!/^\/[!"$-~]*$/.test(target)) return refusal(400, "the request target is not a path and query");
  return target.length >= urlChars ? refusal(414, "the URL is too long") : undefined;
}

interface Pending {
  readonly exchange: Exchange;
  readonly body: Buffer;
  readonly refuse: (refusal: Refusal) => void;
}

/** Calls the function, and forwards, answers or refuses the request by its result. */
async function settle(simulator: Simulator, event: OriginRequestEvent, pending: Pending): Promise<void> {
  const { handler, timeoutMs, limits, log } = simulator;
  const { exchange, body, refuse } = pending;
  const end = await invoke(handler, JSON.stringify(event), {
    functionName: "origin-request",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:origin-request:1",
    timeoutMs,
  });
  const executionError = { status: 503, cache: "LambdaExecutionError" };
  if (end.kind === "timed out") return refuse({ ...executionError, reason: "the function timed out" });
  if (end.kind === "failed") {
    return refuse({ ...executionError, reason: "the function failed", errorName: readError(end.error).name });
  }
  const outcome = parseResult(event, JSON.parse(end.text), limits);
  switch (outcome.kind) {
    case "invalid":
      return refuse({ status: 502, cache: "LambdaValidationError", reason: outcome.reason });
    case "respond":
      log({ requestId: exchange.requestId, status: outcome.response.status, result: "LambdaGeneratedResponse" });
      return writeGenerated(exchange, outcome.response);
    case "forward":
      return forward(simulator, outcome.request, { exchange, body: outcome.request.replacedBody ?? body, refuse });
  }
}

async function forward(simulator: Simulator, forwarded: ForwardedRequest, pending: Pending): Promise<void> {
  const { exchange, body, refuse } = pending;
  const viewerGone = new AbortController();
  exchange.response.once("close", () => viewerGone.abort());
  let origin: IncomingMessage;
  try {
    origin = await sendToOrigin(forwarded, { body, requestId: exchange.requestId, signal: viewerGone.signal });
  } catch (error) {
    if (viewerGone.signal.aborted) throw error;
    const silent = error instanceof OriginSilent;
    const reason = silent ? "the origin did not answer in time" : "the origin cannot be reached";
    return refuse({ status: silent ? 504 : 502, cache: "Error", reason });
  }
  const { statusCode = 502 } = origin;
  simulator.log({ requestId: exchange.requestId, status: statusCode, result: statusCode >= 400 ? "Error" : "Miss" });
  return relayToViewer(exchange, origin);
}
