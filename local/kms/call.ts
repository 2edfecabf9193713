/** Answers one call over HTTP: reads the request, runs the operation or injects a fault, and writes the answer. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { readMessageBody } from "../message-body.ts";
import type { Context, Output } from "./context.ts";
import { formatError, KmsError } from "./errors.ts";
import type { Fault, Intercept } from "./faults.ts";
import { parseRegion } from "./identifiers.ts";
import { type Input, parseInput } from "./input.ts";
import { operations } from "./operations.ts";

/** How a call ended. */
export interface ObservedCall {
  /** The name in the request, known or not; "" if it has none. */
  readonly operation: string;
  /** "ok", the name of an error, or such as "status 503" or "reset" for a fault without an answer of KMS. */
  readonly outcome: string;
  /** The cause of a KMSInternalException that was not injected: a defect, or a damaged file. */
  readonly cause?: unknown;
}

/** The settings of all calls. */
export interface CallSettings {
  readonly accountId: string;
  /** The Region of calls that name none. */
  readonly region: string;
  readonly clock: () => number;
  readonly longestSkewMs: number;
  readonly observe: ((call: ObservedCall) => void) | undefined;
  readonly intercept: Intercept | undefined;
  readonly store: Context["store"];
  /** Aborted when the server closes, to end calls that wait. */
  readonly closing: AbortSignal;
}

/** A request in this protocol. */
interface Call {
  readonly operation: string;
  readonly region: string;
  readonly number: number;
  /** The date of the request's signature, in milliseconds since 1970. */
  readonly signedAt: number | undefined;
  readonly body: Uint8Array | undefined;
}

/** An answer. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly outcome: string;
  readonly cause?: unknown;
  /** Milliseconds between the head and the body. */
  readonly stallMs?: number;
}

// A key policy of 128 KiB, the longest member that KMS accepts, fits with all its characters escaped.
const maxBodyBytes = 1_048_576;

const headers = {
  "content-type": "application/x-amz-json-1.1",
  "cache-control": "no-cache, no-store, must-revalidate, private",
};

const otherProtocol: Answer = { ...formatFailure(new KmsError("UnknownOperationException")), status: 404 };

type Responder = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The listener for the HTTP server of a KMS. It never rejects. */
export function responderOf(settings: CallSettings): Responder {
  let number = 0;
  return async (request, response) => {
    response.setHeader("x-amzn-requestid", randomUUID());
    response.setHeader("date", new Date(settings.clock()).toUTCString());
    try {
      const body = await readMessageBody(request, maxBodyBytes);
      if (!isKmsProtocol(request)) return await writeAnswer(response, otherProtocol, settings.closing);
      number += 1;
      const call = {
        operation: readOperation(request),
        region: readRegion(request, settings),
        number,
        signedAt: readDate(request),
        body,
      };
      const answer = await answerCall(call, settings);
      const { outcome, cause } = answer ?? { outcome: "reset" };
      settings.observe?.({ operation: call.operation, outcome, ...(cause !== undefined && { cause }) });
      if (answer === undefined) request.socket.resetAndDestroy();
      else await writeAnswer(response, answer, settings.closing);
    } catch {
      // The caller has left, or the server is closing: nobody waits for an answer.
      response.destroy();
    }
  };
}

/** True for AWS JSON 1.1, the only protocol here. Others, such as Smithy RPC v2 CBOR, get a 404. */
function isKmsProtocol({ method, url, headers }: IncomingMessage): boolean {
  const [mediaType = ""] = (headers["content-type"] ?? "").split(";");
  return method === "POST" && url === "/" && mediaType.trim().toLowerCase() === "application/x-amz-json-1.1";
}

function readOperation({ headers }: IncomingMessage): string {
  const target = headers["x-amz-target"];
  return /^TrentService\.([A-Za-z]{1,64})$/.exec(typeof target === "string" ? target : "")?.[1] ?? "";
}

/** The date of a Signature Version 4: 20261124T102829Z. */
function readDate({ headers }: IncomingMessage): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers["x-amz-date"])) ?? [];
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function readRegion({ headers }: IncomingMessage, { region }: CallSettings): string {
  return parseRegion(headers.authorization) ?? region;
}

/** The answer to a call; `undefined` to break the connection. Rejects only if the server closes. */
async function answerCall(call: Call, settings: CallSettings): Promise<Answer | undefined> {
  try {
    if (call.body === undefined) throw new KmsError("SerializationException", "The request is too large");
    const input = parseInput(call.body);
    requireCurrent(call, settings);
    const fault = await settings.intercept?.(describeCall(call, input));
    if (fault?.kind === "reset") return undefined;
    if (fault?.kind === "status") return { status: fault.status, body: "", outcome: `status ${fault.status}` };
    if (fault?.kind === "error") throw new KmsError(fault.name, fault.message);
    if (fault?.kind === "delay") await setTimeout(fault.delayMs, undefined, { signal: settings.closing });
    const answer = formatOutput(await perform(call, input, settings), fault);
    return fault?.kind === "stall" ? { ...answer, stallMs: fault.delayMs } : answer;
  } catch (error) {
    settings.closing.throwIfAborted();
    return formatFailure(error);
  }
}

function requireCurrent({ signedAt }: Call, { clock, longestSkewMs }: CallSettings): void {
  if (signedAt === undefined || Math.abs(clock() - signedAt) <= longestSkewMs) return;
  throw new KmsError("InvalidSignatureException", "Signature not yet current or expired.");
}

function describeCall({ operation, region, number }: Call, input: Input) {
  const keyId = input["KeyId"] ?? input["SourceKeyId"];
  return { operation, region, number, keyId: typeof keyId === "string" ? keyId : undefined };
}

async function perform({ operation, region }: Call, input: Input, settings: CallSettings): Promise<Output> {
  const run = operations.get(operation);
  if (run === undefined) throw new KmsError("UnknownOperationException");
  const { accountId, store, clock } = settings;
  const now = clock();
  store.deleteDueKeys(now);
  return run(input, { store, scope: { accountId, region }, now });
}

function formatOutput(output: Output, fault: Fault | undefined): Answer {
  const changed = fault?.kind === "answer" ? { ...output, ...fault.members } : output;
  return { status: 200, body: changed === undefined ? "" : JSON.stringify(changed), outcome: "ok" };
}

function formatFailure(error: unknown): Answer {
  if (error instanceof KmsError) return { ...formatError(error), outcome: error.name };
  const internal = new KmsError("KMSInternalException");
  return { ...formatError(internal), outcome: internal.name, cause: error };
}

async function writeAnswer(response: ServerResponse, answer: Answer, closing: AbortSignal): Promise<void> {
  const { status, body, stallMs } = answer;
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  if (stallMs !== undefined) {
    response.flushHeaders();
    await setTimeout(stallMs, undefined, { signal: closing });
  }
  response.end(body);
}
