/** The decryptor function: restores the tokens of a text for one reader. */
import type { KMSClient } from "@aws-sdk/client-kms";
import { decryptBodies } from "../core/decrypt/decrypt-texts.ts";
import type { Reader } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { type Audit, createAudit } from "./audit-line.ts";
import type { Caller, Workbench } from "./callers/caller.ts";
import { findCaller } from "./callers/table.ts";
import { createDecrypting } from "./kms.ts";
import type { KmsUsage } from "./kms-sender.ts";

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  readonly awsRequestId?: string;
  readonly getRemainingTimeInMillis?: () => number;
}

export type DecryptorHandler = (event: unknown, context?: InvocationContext) => Promise<unknown>;

type Log = (line: string) => void;

/** Where no deadline is told, as outside of Lambda. */
const defaultRemainingMs = 30_000;

/** What Lambda gives back, as JSON ("Lambda quotas": 6 MB); for more it has an error of its own. */
const mostAnswered = 6 * 1024 * 1024;

/**
 * The function for a reader. A call that fails gives its caller the error in the way that the caller understands, or
 * rejects with an error whose name is its code and whose message holds no value. `log` gets one line a call, without
 * any value and any token.
 */
export function createHandler(reader: Reader, client: KMSClient, log: Log): DecryptorHandler {
  const decrypting = createDecrypting(client, { ...reader.decryption, pseudonymKeyArn: reader.pseudonymKeyArn });
  return createAudited(reader.name, log, (remainingMs, audit) => {
    const invocation = decrypting(remainingMs);
    const workbench: Workbench = {
      reader,
      remainingMs,
      reencrypt: invocation.reencrypt,
      restore: async (texts) => {
        const results = await decryptBodies(texts, reader, invocation, audit.addOutcomes);
        audit.addResults(results);
        return results;
      },
      audit,
    };
    return { usage: invocation.usage, workbench };
  });
}

/** The function of a reader that nobody can be served for: every call fails with the reason. */
export function createRefusal(failure: FieldsealError, log: Log): DecryptorHandler {
  return createAudited(undefined, log, () => {
    throw failure;
  });
}

interface Begun {
  readonly usage: KmsUsage;
  readonly workbench: Workbench;
}

type Begin = (remainingMs: () => number, audit: Audit) => Begun;

function createAudited(reader: string | undefined, log: Log, begin: Begin): DecryptorHandler {
  return async (event, context = {}) => {
    const started = Date.now();
    const found = attemptFind(event);
    const { reserveMs = 0 }: Partial<Caller> = found instanceof FieldsealError ? {} : found.caller;
    const remainingMs = (): number =>
      (context.getRemainingTimeInMillis?.() ?? started + defaultRemainingMs - Date.now()) - reserveMs;
    const audit = createAudit();
    let usage: KmsUsage | undefined;
    let failure: FieldsealError | undefined;
    try {
      const begun = begin(remainingMs, audit);
      ({ usage } = begun);
      if (found instanceof FieldsealError) throw found;
      const answer = await found.caller.handle(found.event, begun.workbench);
      requireFitting(answer);
      return answer;
    } catch (error) {
      failure = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      const refused = found instanceof FieldsealError ? undefined : found.caller.refuse?.(failure, found.event);
      if (refused !== undefined) return refused;
      // Lambda writes the stack of what a function throws into its log: this one starts here and holds no cause.
      failure.stack = `${failure.name}: ${failure.message}`;
      throw failure;
    } finally {
      audit.settle(failure === undefined);
      const caller = found instanceof FieldsealError ? undefined : found.caller.name;
      log(
        audit.formatLine({
          reader,
          requestId: context.awsRequestId,
          caller,
          failure,
          kms: usage,
          startedMs: started,
          durationMs: Date.now() - started,
        }),
      );
    }
  };
}

function attemptFind(event: unknown): ReturnType<typeof findCaller> | FieldsealError {
  try {
    return findCaller(event);
  } catch (error) {
    return error instanceof FieldsealError ? error : new FieldsealError("internal_error");
  }
}

function requireFitting(answer: unknown): void {
  if (Buffer.byteLength(JSON.stringify(answer) ?? "", "utf8") > mostAnswered)
    throw new FieldsealError("response_too_large");
}
