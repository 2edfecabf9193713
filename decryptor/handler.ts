/** The decryptor function: restores the tokens of a text for one reader. */
import type { KMSClient } from "@aws-sdk/client-kms";
import { decryptBodies } from "../core/decryption.ts";
import { FieldsealError } from "../core/errors.ts";
import type { Reader } from "../core/reader.ts";
import { formatLine } from "./audit-line.ts";
import type { Caller, Event } from "./callers/caller.ts";
import { findCaller } from "./callers/table.ts";
import { createDecrypting } from "./kms.ts";

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  readonly awsRequestId?: string;
  readonly getRemainingTimeInMillis?: () => number;
}

export type DecryptorHandler = (event: unknown, context?: InvocationContext) => Promise<unknown>;

/** Where no deadline is told, as outside of Lambda. */
const defaultRemainingMs = 30_000;

/**
 * The function for a reader. A call that fails gives its caller the error in the way that the caller understands, or
 * rejects with an error whose name is its code and whose message holds no value. `log` gets one line a call, without any
 * value and any token.
 */
export function createHandler(reader: Reader, client: KMSClient, log: (line: string) => void): DecryptorHandler {
  const decrypting = createDecrypting(client, reader.decryption);
  return async (event, context = {}) => {
    const started = Date.now();
    const remainingMs = context.getRemainingTimeInMillis ?? (() => started + defaultRemainingMs - Date.now());
    const invocation = decrypting(remainingMs);
    const line = { reader: reader.name, requestId: context.awsRequestId };
    let known: { readonly caller: Caller; readonly event: Event } | undefined;
    let purpose: string | undefined;
    try {
      known = findCaller(event);
      const call = known.caller.parse(known.event);
      purpose = call.purpose;
      const results = await decryptBodies(call.texts, reader, { decrypt: invocation.decrypt });
      const answer = call.answer(results);
      log(formatLine({ ...line, caller: known.caller.name, purpose, results, kms: invocation.usage, durationMs: Date.now() - started }));
      return answer;
    } catch (error) {
      const failure = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      log(formatLine({ ...line, caller: known?.caller.name, purpose, failure, kms: invocation.usage, durationMs: Date.now() - started }));
      const refused = known?.caller.refuse?.(failure, known.event);
      if (refused !== undefined) return refused;
      // Lambda writes the stack of what a function throws into its log: this one starts here and holds no cause.
      failure.stack = `${failure.name}: ${failure.message}`;
      throw failure;
    }
  };
}
