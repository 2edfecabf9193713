/** The decryptor function: restores the tokens of a text for one reader. */
import type { KMSClient } from "@aws-sdk/client-kms";
import { type DecryptedText, decryptText } from "../core/decrypt-body.ts";
import { FieldsealError } from "../core/errors.ts";
import type { Reader } from "../core/reader.ts";
import { parseInvocation } from "./invocation.ts";
import { createDecrypt } from "./kms.ts";

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  readonly awsRequestId?: string;
  readonly getRemainingTimeInMillis?: () => number;
}

export type DecryptorHandler = (event: unknown, context?: InvocationContext) => Promise<DecryptedText>;

/** Where no deadline is told, as outside of Lambda. */
const defaultRemainingMs = 30_000;

/**
 * The function for a reader. A call that fails rejects with an error whose name is its code and whose message holds no
 * value. `log` gets one line a call, without any value.
 */
export function createHandler(reader: Reader, client: KMSClient, log: (line: string) => void): DecryptorHandler {
  return async (event, context = {}) => {
    const started = Date.now();
    const remainingMs = context.getRemainingTimeInMillis ?? (() => started + defaultRemainingMs - Date.now());
    const line = { requestId: context.awsRequestId, reader: reader.name };
    try {
      const result = await decryptText(parseInvocation(event), reader, createDecrypt(client, remainingMs));
      const { found, opened, withheld, failed } = result;
      log(JSON.stringify({ ...line, found, opened, withheld: withheld.length, failed: failed.length }));
      return result;
    } catch (error) {
      const known = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      log(JSON.stringify({ ...line, code: known.code }));
      // Lambda writes the stack of what a function throws into its log: this one starts here and holds no cause.
      known.stack = `${known.name}: ${known.message}`;
      throw known;
    }
  };
}
