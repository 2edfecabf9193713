/** Calls a Lambda handler in this process, as the Lambda runtime for Node does. */

import { randomUUID } from "node:crypto";
import { types } from "node:util";

/** A handler of the Lambda runtime for Node 24: asynchronous, without a callback. */
export type LambdaFunction = (event: unknown, context: LambdaContext) => Promise<unknown>;

/** The members of the runtime's context object that are simulated. */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
}

/** The members of the context that describe the function, and how long the call may take. */
export interface Invocation {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly timeoutMs: number;
}

/** How a call ended. `text` is the result as JSON, which is all that a caller sees of it. */
export type InvocationEnd = { readonly awsRequestId: string } & (
  | { readonly kind: "returned"; readonly text: string }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "timed out" }
);

/**
 * Calls the handler with the event in `eventText` (JSON), a copy of its own as in Lambda. Never rejects. A handler that
 * exceeds its time keeps running, since it shares this process; its result is ignored.
 */
export async function invoke(
  handler: LambdaFunction,
  eventText: string,
  invocation: Invocation,
): Promise<InvocationEnd> {
  const { timeoutMs, ...described } = invocation;
  const awsRequestId = randomUUID();
  const deadline = performance.now() + timeoutMs;
  const context: LambdaContext = {
    ...described,
    awsRequestId,
    memoryLimitInMB: "128",
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<InvocationEnd>((resolve) => {
    timer = setTimeout(() => resolve({ awsRequestId, kind: "timed out" }), timeoutMs);
  });
  try {
    return await Promise.race([call(handler, eventText, context), timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

async function call(handler: LambdaFunction, eventText: string, context: LambdaContext): Promise<InvocationEnd> {
  const { awsRequestId } = context;
  try {
    const result = await handler(JSON.parse(eventText), context);
    return { awsRequestId, kind: "returned", text: stringifyResult(result) };
  } catch (error) {
    return { awsRequestId, kind: "failed", error };
  }
}

/** The result as JSON, as the runtime writes it: `null` for none. A result that JSON cannot hold is a failure. */
function stringifyResult(result: unknown): string {
  try {
    return JSON.stringify(result) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

/**
 * The name and message of what a handler threw. If it is an object but not an error, the message gives only its kind.
 * The message comes from the handler: show it to the caller, never write it to a log.
 */
export function readError(error: unknown): { readonly name: string; readonly message: string } {
  // Not `instanceof`: in a test runner, the error may come from another realm.
  if (types.isNativeError(error)) return { name: error.name, message: error.message };
  return { name: typeof error, message: isPrimitive(error) ? String(error) : Object.prototype.toString.call(error) };
}

function isPrimitive(value: unknown): value is string | number | bigint | boolean | symbol | undefined {
  return typeof value !== "object" && typeof value !== "function";
}
