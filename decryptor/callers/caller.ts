/** What a caller of the decryptor is: an event of a known shape, what is to be opened in it, and the answer it expects. */
import type { DecryptedText, EncryptedText } from "../../core/decryption.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { Reader } from "../../core/reader.ts";
import type { Reencrypt } from "../kms.ts";

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

/** What a caller works with that does more than open a few texts. */
export interface Workbench {
  readonly reader: Reader;
  /** Opens texts, as `decryptBodies` does. */
  readonly restore: (texts: readonly EncryptedText[]) => Promise<readonly Result[]>;
  readonly reencrypt: Reencrypt;
  readonly remainingMs: () => number;
  /** For the audit line. */
  readonly tellPurpose: (purpose: string) => void;
}

export interface Caller {
  /** How a call is called in the audit line. */
  readonly name: string;
  /** What events of this shape have, for those who send another. */
  readonly shape: string;
  readonly recognizes: (event: Event) => boolean;
  /** What the call comes to. Throws `request_invalid` for an event of this shape that breaks its contract. */
  readonly handle: (event: Event, workbench: Workbench) => Promise<unknown>;
  /** What a caller gets that cannot take a failed invocation; without it the invocation fails. */
  readonly refuse?: (error: FieldsealError, event: Event) => unknown;
}

/** A caller whose events hold a few texts, and get one answer. `reader` says what tokens that fail do where the event does not. */
export function openTexts(parse: (event: Event, reader: Reader) => Call): Caller["handle"] {
  return async (event, { reader, restore, tellPurpose }) => {
    const { purpose, texts, answer } = parse(event, reader);
    if (purpose !== undefined) tellPurpose(purpose);
    return answer(await restore(texts));
  };
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
