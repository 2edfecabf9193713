/**
 * What a caller of the decryptor is: an event of a known shape, what is to be opened in it, and the answer it expects.
 */
import { isUtf8 } from "node:buffer";
import type { DecryptedText, EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import { type ErrorCode, type ErrorFacts, FieldsealError } from "../../core/errors.ts";
import type { Audit } from "../audit-line.ts";
import type { Reencrypt } from "../kms.ts";

export type Event = Readonly<Record<string, unknown>>;

/** What one text of a call came to. */
export type Result = DecryptedText | FieldsealError;

export interface Call {
  /** Why the caller wants the values, for the audit line. */
  readonly purpose?: string;
  readonly texts: readonly EncryptedText[];
  /**
   * The answer, one result a text; it tells of those that it leaves out. Throws a FieldsealError where the call fails
   * as a whole.
   */
  readonly answer: (results: readonly Result[], withdraw: Audit["withdraw"]) => unknown;
}

/** What a caller works with that does more than open a few texts. */
export interface Workbench {
  readonly reader: Reader;
  /** Opens texts, as `decryptBodies` does. */
  readonly restore: (texts: readonly EncryptedText[]) => Promise<readonly Result[]>;
  readonly reencrypt: Reencrypt;
  /** Without the caller's reserve. */
  readonly remainingMs: () => number;
  readonly audit: Pick<Audit, "addPurpose" | "addOutcomes" | "addFailure" | "withdraw" | "settle">;
}

export interface Caller {
  /** How a call is called in the audit line. */
  readonly name: string;
  /** What events of this shape have, for those who send another. */
  readonly shape: string;
  readonly recognizes: (event: Event) => boolean;
  /** Time that it needs for itself once everything is restored. */
  readonly reserveMs?: number;
  /** What the call comes to. Throws `request_invalid` for an event of this shape that breaks its contract. */
  readonly handle: (event: Event, workbench: Workbench) => Promise<unknown>;
  /** What a caller gets that cannot take a failed invocation; without it the invocation fails. */
  readonly refuse?: (error: FieldsealError, event: Event) => unknown;
}

/**
 * A caller whose events hold a few texts, and get one answer. `reader` says what tokens that fail do where the event
 * does not.
 */
export function openTexts(parse: (event: Event, reader: Reader) => Call): Caller["handle"] {
  return async (event, { reader, restore, audit }) => {
    const { purpose, texts, answer } = parse(event, reader);
    if (purpose !== undefined) audit.addPurpose(purpose);
    return answer(await restore(texts), audit.withdraw);
  };
}

/** Whether another call may succeed. */
export function isPassing(code: ErrorCode): boolean {
  return passing.has(code);
}

const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "kms_throttled",
  "kms_unavailable",
  "object_store_unavailable",
  "out_of_time",
]);

/** What a text was opened to. Where it is an error, throws it, with the place of the text in the event. */
export function requireOpened(result: Result | undefined, place?: string): DecryptedText {
  if (result === undefined) throw new FieldsealError("internal_error");
  if (result instanceof FieldsealError) throw placed(result.code, place, result.facts);
  return result;
}

function placed(code: ErrorCode, place: string | undefined, facts: ErrorFacts): FieldsealError {
  return new FieldsealError(code, place === undefined ? facts : { ...facts, place });
}

/**
 * For callers that are told of no tokens that stayed: throws what another call may mend, though failures are to be
 * kept.
 */
export function requireLasting(result: Result | undefined, place?: string): DecryptedText {
  const opened = requireOpened(result, place);
  for (const { code, offset } of opened.failed) if (isPassing(code)) throw placed(code, place, { offset });
  return opened;
}

/** Throws `body_not_utf8` for what is no text. */
export function textOf({ body }: DecryptedText): string {
  if (!isUtf8(body)) throw new FieldsealError("body_not_utf8");
  return body.toString("utf8");
}

/** Why a caller wants values, as audit lines can hold it. Throws `request_invalid`. */
export function requirePurpose(purpose: unknown): string {
  if (typeof purpose === "string" && /^[A-Za-z0-9 _.:/-]{1,100}$/.test(purpose)) return purpose;
  throw invalid("A purpose has 1 to 100 of A-Z a-z 0-9 blank _ . : / -.");
}

/** The bytes of a base64 text. Throws `request_invalid` for what is none: node would leave parts of it out. */
export function decodeBase64(text: unknown, what: string): Buffer {
  if (typeof text === "string" && text.length % 4 !== 1 && /^[A-Za-z0-9+/]*={0,2}$/.test(text))
    return Buffer.from(text, "base64");
  throw invalid(`${what} is not base64.`);
}

export function invalid(reason: string): FieldsealError {
  return new FieldsealError("request_invalid", { reason });
}
