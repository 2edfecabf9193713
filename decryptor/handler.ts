/** The decryptor function: restores the tokens of a text for one reader. */
import type { KMSClient } from "@aws-sdk/client-kms";
import { decryptBodies } from "../core/decryption.ts";
import { FieldsealError } from "../core/errors.ts";
import type { Reader } from "../core/reader.ts";
import { createAudit } from "./audit-line.ts";
import type { Workbench } from "./callers/caller.ts";
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
  const decrypting = createDecrypting(client, { ...reader.decryption, pseudonymKeyArn: reader.pseudonymKeyArn });
  return async (event, context = {}) => {
    const started = Date.now();
    const remainingMs = context.getRemainingTimeInMillis ?? (() => started + defaultRemainingMs - Date.now());
    const invocation = decrypting(remainingMs);
    const audit = createAudit();
    const writeLine = (facts: { readonly failure?: FieldsealError }): void =>
      log(
        audit.formatLine({
          reader: reader.name,
          requestId: context.awsRequestId,
          caller: known?.caller.name,
          kms: invocation.usage,
          durationMs: Date.now() - started,
          ...facts,
        }),
      );
    const workbench: Workbench = {
      reader,
      reencrypt: invocation.reencrypt,
      remainingMs,
      tellPurpose: audit.addPurpose,
      restore: async (texts) => {
        const results = await decryptBodies(texts, reader, invocation, audit.addOutcomes);
        audit.addResults(results);
        return results;
      },
    };
    let known: ReturnType<typeof findCaller> | undefined;
    try {
      known = findCaller(event);
      const answer = await known.caller.handle(known.event, workbench);
      writeLine({});
      return answer;
    } catch (error) {
      const failure = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      writeLine({ failure });
      const refused = known?.caller.refuse?.(failure, known.event);
      if (refused !== undefined) return refused;
      // Lambda writes the stack of what a function throws into its log: this one starts here and holds no cause.
      failure.stack = `${failure.name}: ${failure.message}`;
      throw failure;
    }
  };
}
