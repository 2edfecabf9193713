/** What a caller of the decryptor is: an event of a known shape, what is to be opened in it, and the answer it expects. */
import type { DecryptedText, EncryptedText } from "../../core/decryption.ts";
import { FieldsealError } from "../../core/errors.ts";

export type Event = Readonly<Record<string, unknown>>;

/** What one text of a call came to. */
export type Result = DecryptedText | FieldsealError;

export interface Call {
  /** Why the caller wants the values, for the audit line. */
  readonly purpose?: string;
  readonly texts: readonly EncryptedText[];
  /** The answer, one result a text. Throws a FieldsealError where the call fails as a whole. */
  readonly answer: (results: readonly Result[]) => unknown;
}

export interface Caller {
  /** How a call is called in the audit line. */
  readonly name: string;
  /** What events of this shape have, for those who send another. */
  readonly shape: string;
  readonly recognizes: (event: Event) => boolean;
  /** Throws `request_invalid` for an event of this shape that breaks its contract. */
  readonly parse: (event: Event) => Call;
  /** What a caller gets that cannot take a failed invocation; without it the invocation fails. */
  readonly refuse?: (error: FieldsealError, event: Event) => unknown;
}

/** The text of a result. Throws the result where it is an error, and `body_not_utf8` for what is no text. */
export function requireText(result: Result | undefined): string {
  if (result === undefined) throw new FieldsealError("internal_error");
  if (result instanceof FieldsealError) throw result;
  const text = result.body.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(result.body)) throw new FieldsealError("body_not_utf8");
  return text;
}

export function invalid(reason: string): FieldsealError {
  return new FieldsealError("request_invalid", { reason });
}
