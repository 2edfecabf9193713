/** The decryptor function: finds the caller of an event, lets it work for one reader, and writes the audit line. */
import type { KMSClient } from "@aws-sdk/client-kms";
import { decryptBodies } from "../core/decrypt/decrypt-texts.ts";
import type { Reader } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { type Audit, createAudit } from "./audit-line.ts";
import type { Caller, Workbench } from "./callers/caller.ts";
import { findCaller } from "./callers/table.ts";
import { createDecrypting } from "./kms.ts";
import type { KmsUsage } from "./kms-sender.ts";

/** The members of Lambda's context that the handler reads. */
export interface InvocationContext {
  readonly awsRequestId?: string;
  readonly getRemainingTimeInMillis?: () => number;
}

/** Takes an event of any caller. Gives the caller's answer, or rejects with a `FieldsealError`, named by its code. */
export type DecryptorHandler = (event: unknown, context?: InvocationContext) => Promise<unknown>;

type Log = (line: string) => void;

/** Milliseconds for a call outside of Lambda, where no context gives a deadline. */
const defaultRemainingMs = 30_000;

/** The most bytes of JSON that Lambda returns (Lambda Developer Guide, "Lambda quotas"). */
const maxAnswerBytes = 6 * 1024 * 1024;

/**
 * The function for a reader. A failed call answers in the form that its caller understands, or rejects with an error
 * whose name is its code and whose message holds no value. `log` gets one line for each call, without values and
 * tokens.
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

/** The function for a reader with an invalid configuration: every call fails with `failure`, and writes its line. */
export function createRefusal(failure: FieldsealError, log: Log): DecryptorHandler {
  return createAudited(undefined, log, () => {
    throw failure;
  });
}

type Begin = (remainingMs: () => number, audit: Audit) => { readonly usage: KmsUsage; readonly workbench: Workbench };

function createAudited(reader: string | undefined, log: Log, begin: Begin): DecryptorHandler {
  return async (event, context = {}) => {
    const started = Date.now();
    const found = findOrRefuse(event);
    const caller = found instanceof FieldsealError ? undefined : found.caller;
    const { reserveMs = 0 }: Partial<Caller> = caller ?? {};
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
      requireFittingAnswer(answer);
      return answer;
    } catch (error) {
      failure = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      const refused = found instanceof FieldsealError ? undefined : found.caller.refuse?.(failure, found.event);
      if (refused !== undefined) return refused;
      // Lambda logs the stack of a thrown error. This stack holds no cause.
      failure.stack = `${failure.name}: ${failure.message}`;
      throw failure;
    } finally {
      audit.settle(failure === undefined);
      log(
        audit.formatLine({
          reader,
          requestId: context.awsRequestId,
          caller: caller?.name,
          failure,
          kms: usage,
          startedMs: started,
          durationMs: Date.now() - started,
        }),
      );
    }
  };
}

/** Like `findCaller`, but every failure is a coded error: nothing that an event causes leaves the function as it is. */
function findOrRefuse(event: unknown): ReturnType<typeof findCaller> | FieldsealError {
  try {
    return findCaller(event);
  } catch (error) {
    return error instanceof FieldsealError ? error : new FieldsealError("internal_error");
  }
}

function requireFittingAnswer(answer: unknown): void {
  if (Buffer.byteLength(JSON.stringify(answer) ?? "", "utf8") > maxAnswerBytes)
    throw new FieldsealError("response_too_large");
}
