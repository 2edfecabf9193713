/** The decryptor function: restores the tokens of a text for one reader. */
import { isUtf8 } from "node:buffer";
import type { KMSClient } from "@aws-sdk/client-kms";
import { decryptBody, type DecryptedText } from "../core/decryption.ts";
import { FieldsealError } from "../core/errors.ts";
import type { Reader } from "../core/reader.ts";
import { parseInvocation } from "./invocation.ts";
import { createDecrypt } from "./kms.ts";

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  readonly awsRequestId?: string;
  readonly getRemainingTimeInMillis?: () => number;
}

/** What a direct invocation gets back. */
export interface InvocationResult extends Omit<DecryptedText, "body"> {
  readonly body: string;
  readonly isBase64Encoded?: true;
}

export type DecryptorHandler = (event: unknown, context?: InvocationContext) => Promise<InvocationResult>;

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
      const invocation = parseInvocation(event);
      const result = await decryptBody(invocation, reader, createDecrypt(client, remainingMs));
      const { found, opened, withheld, failed } = result;
      log(JSON.stringify({ ...line, found, opened, withheld: withheld.length, failed: failed.length }));
      return writeResult(result, invocation.base64);
    } catch (error) {
      const known = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      log(JSON.stringify({ ...line, code: known.code }));
      // Lambda writes the stack of what a function throws into its log: this one starts here and holds no cause.
      known.stack = `${known.name}: ${known.message}`;
      throw known;
    }
  };
}

/** Throws `body_not_utf8` where a restored file is no text and the caller did not ask for base64. */
function writeResult({ body, ...counts }: DecryptedText, base64: boolean): InvocationResult {
  if (base64) return { body: body.toString("base64"), isBase64Encoded: true, ...counts };
  if (!isUtf8(body)) throw new FieldsealError("body_not_utf8");
  return { body: body.toString("utf8"), ...counts };
}
