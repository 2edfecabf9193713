/**
 * The Invoke operation of the Lambda API, for functions in this process. An SDK reaches it with its endpoint setting.
 * It checks no signature and no permission, and tries an event once, not three times.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type InvocationEnd, invoke, type LambdaFunction, readError } from "../invocation.ts";
import { type Listening, listen } from "../listen.ts";
import { readMessageBody } from "../message-body.ts";
import { type FunctionName, parseFunctionName } from "./function-name.ts";

/** How one invocation ended. It holds nothing of a payload, a result or an error's message. */
export interface LambdaLogEntry {
  readonly requestId: string;
  readonly functionName: string;
  readonly result: InvocationEnd["kind"];
  readonly errorName?: string;
}

/** The settings of the endpoint. */
export interface LambdaOptions {
  readonly port: number;
  readonly host?: string;
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  readonly log?: (entry: LambdaLogEntry) => void;
  /** How long a function may take; default: 30 seconds. */
  readonly timeoutMs?: number;
}

interface Endpoint {
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  readonly log: (entry: LambdaLogEntry) => void;
  readonly timeoutMs: number;
}

/** An answer of the API. */
interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** "Lambda quotas": 6 MB each way for synchronous calls, 1 MB for events. A result may have 100 bytes more. */
const maxPayloadBytes: ReadonlyMap<string, number> = new Map([
  ["RequestResponse", 6_291_456],
  ["DryRun", 6_291_456],
  ["Event", 1_048_576],
]);
const maxResultBytes = 6_291_556;

/** Starts the endpoint. Rejects as `listen` does. It accepts any qualifier, since a function has one version. */
export async function startLambda(options: LambdaOptions): Promise<Listening> {
  const { port, host, functions, log = () => undefined, timeoutMs = 30_000 } = options;
  const server = createServer((request, response) => {
    answer({ functions, log, timeoutMs }, request)
      .then((given) => writeAnswer(response, given))
      .catch(() => response.destroy());
  });
  return listen(server, { part: "Lambda", host, port });
}

/** Checks in the order of the service: operation, function, payload. */
async function answer(endpoint: Endpoint, request: IncomingMessage): Promise<Answer> {
  const invocationType = String(request.headers["x-amz-invocation-type"] ?? "RequestResponse");
  const maxBytes = maxPayloadBytes.get(invocationType);
  const payload = await readMessageBody(request, maxBytes ?? 0);
  const target = readTarget(request);
  if (target === "unknown operation") {
    return formatFault(404, "UnknownOperationException", "Unknown operation.");
  }
  if (target === undefined) return formatFault(400, "ValidationException", "The function name is not valid.");
  if (maxBytes === undefined) {
    return formatFault(400, "InvalidParameterValueException", "Unknown invocation type.");
  }
  const arn = `arn:aws:lambda:us-east-1:000000000000:function:${target.name}`;
  const handler = Object.hasOwn(endpoint.functions, target.name) ? endpoint.functions[target.name] : undefined;
  if (handler === undefined) return formatFault(404, "ResourceNotFoundException", `Function not found: ${arn}`);
  if (payload === undefined) {
    const message = `The payload must be no larger than ${maxBytes} bytes for the ${invocationType} invocation type.`;
    return formatFault(413, "RequestTooLargeException", message);
  }
  const eventText = parsePayload(payload);
  if (eventText === undefined) {
    return formatFault(400, "InvalidRequestContentException", "Could not parse request body into json.");
  }
  if (invocationType === "DryRun") return { status: 204 };
  const end = call(endpoint, { handler, eventText, target, arn });
  // The caller of an event does not learn how it ended. `invoke` never rejects.
  return invocationType === "Event" ? { status: 202 } : formatEnd(await end, endpoint);
}

/** The function that a request names; `undefined` if the name is not valid. */
function readTarget({ method, url = "" }: IncomingMessage): FunctionName | "unknown operation" | undefined {
  const [path = "", query] = url.split("?");
  const encoded = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/.exec(path)?.[1];
  if (method !== "POST" || encoded === undefined) return "unknown operation";
  try {
    const named = parseFunctionName(decodeURIComponent(encoded));
    const qualifier = new URLSearchParams(query).get("Qualifier");
    return named === undefined || qualifier === null ? named : { ...named, qualifier };
  } catch {
    return undefined;
  }
}

/** The payload as JSON text; `{}` for an empty one, as in Lambda; `undefined` if it is not JSON in UTF-8. */
function parsePayload(payload: Buffer): string | undefined {
  if (payload.length === 0) return "{}";
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

async function call(
  { log, timeoutMs }: Endpoint,
  called: { handler: LambdaFunction; eventText: string; target: FunctionName; arn: string },
): Promise<InvocationEnd> {
  const { handler, eventText, target, arn } = called;
  const end = await invoke(handler, eventText, {
    functionName: target.name,
    functionVersion: "$LATEST",
    invokedFunctionArn: target.qualifier === undefined ? arn : `${arn}:${target.qualifier}`,
    timeoutMs,
  });
  const entry = { requestId: end.awsRequestId, functionName: target.name, result: end.kind };
  log(end.kind === "failed" ? { ...entry, errorName: readError(end.error).name } : entry);
  return end;
}

function formatEnd(end: InvocationEnd, { timeoutMs }: Endpoint): Answer {
  const headers = { "X-Amz-Executed-Version": "$LATEST", "x-amzn-RequestId": end.awsRequestId };
  if (end.kind === "returned" && Buffer.byteLength(end.text) <= maxResultBytes) {
    return { status: 200, headers, text: end.text };
  }
  const failure = formatFailure(end, timeoutMs);
  return { status: 200, headers: { ...headers, "X-Amz-Function-Error": "Unhandled" }, text: JSON.stringify(failure) };
}

/** Lambda's payload for a function that failed. Its trace is always empty. */
function formatFailure(end: InvocationEnd, timeoutMs: number): object {
  if (end.kind === "returned") {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxResultBytes} bytes).`;
    return { errorType: "Function.ResponseSizeTooLarge", errorMessage };
  }
  if (end.kind === "timed out") {
    const seconds = (timeoutMs / 1000).toFixed(2);
    const errorMessage = `RequestId: ${end.awsRequestId} Error: Task timed out after ${seconds} seconds`;
    return { errorType: "Sandbox.Timedout", errorMessage };
  }
  const { name, message } = readError(end.error);
  return { errorType: name, errorMessage: message, trace: [] };
}

/** An error of the service, not of the function. The real service also writes `message` in both spellings. */
function formatFault(status: number, type: string, message: string): Answer {
  const text = JSON.stringify({ Type: "User", Message: message, message });
  return { status, headers: { "x-amzn-ErrorType": type }, text };
}

function writeAnswer(response: ServerResponse, { status, headers, text = "" }: Answer): void {
  const body = Buffer.from(text);
  const framing = { "Content-Type": "application/json", "Content-Length": body.length };
  response.writeHead(status, { ...framing, ...headers }).end(body);
}
