/** What every caller of the decryptor has: the shape of its events, the texts in them, and the answer it expects. */
import { isUtf8 } from "node:buffer";
import type { DecryptedText, EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import { type ErrorCode, type ErrorFacts, FieldsealError } from "../../core/errors.ts";
import type { Audit } from "../audit-line.ts";
import type { Reencrypt } from "../kms.ts";

/** An event that is an object, as Lambda passes it. */
export type Event = Readonly<Record<string, unknown>>;

/** One opened text, or the error that kept it closed. */
export type Result = DecryptedText | FieldsealError;

/** The texts of one event, and the function that writes the answer. */
export interface Call {
  /** Why the caller wants the values, for the audit line. */
  readonly purpose?: string;
  /** One entry for each row of the event; `undefined` for a row that holds no text. */
  readonly texts: readonly (EncryptedText | undefined)[];
  /**
   * Writes the answer. `results` has one entry for each entry of `texts`, in order. It withdraws each result that it
   * leaves out. Throws a `FieldsealError` if the whole call fails.
   */
  readonly answer: (results: readonly (Result | undefined)[], withdraw: Audit["withdraw"]) => unknown;
}

/** The tools that a caller works with during one invocation. */
export interface Workbench {
  readonly reader: Reader;
  /** Opens texts, as `decryptBodies` does. */
  readonly restore: (texts: readonly EncryptedText[]) => Promise<readonly Result[]>;
  /** Moves RSA ciphertexts from one key to another within KMS. */
  readonly reencrypt: Reencrypt;
  /** Milliseconds left for the call, without the caller's reserve. */
  readonly remainingMs: () => number;
  readonly audit: Pick<Audit, "addPurpose" | "addOutcomes" | "addFailure" | "withdraw" | "settle">;
}

/** A service or client that invokes the decryptor with events of its own shape. */
export interface Caller {
  /** Its name in the audit line. */
  readonly name: string;
  /** The members of its events, for the error that an unknown event gets. */
  readonly shape: string;
  /** True if an event has this shape. No event may have the shapes of two callers. */
  readonly recognizes: (event: Event) => boolean;
  /** Milliseconds that it needs after everything is restored. */
  readonly reserveMs?: number;
  /** Makes the answer. Rejects with `request_invalid` for an event of this shape that breaks its contract. */
  readonly handle: (event: Event, workbench: Workbench) => Promise<unknown>;
  /** Makes the answer to a failed call. Without it, the invocation fails. */
  readonly refuse?: (error: FieldsealError, event: Event) => unknown;
}

/**
 * Makes a `handle` for events that hold a few texts and get one answer. `parse` reads the texts. It takes `onFailure`
 * from the reader if the event does not set it.
 */
export function openTexts(parse: (event: Event, reader: Reader) => Call): Caller["handle"] {
  return async (event, { reader, restore, audit }) => {
    const { purpose, texts, answer } = parse(event, reader);
    if (purpose !== undefined) audit.addPurpose(purpose);
    const restored = [...(await restore(texts.filter((text) => text !== undefined)))];
    return answer(
      texts.map((text) => (text === undefined ? undefined : restored.shift())),
      audit.withdraw,
    );
  };
}

/** True if another call may succeed after a failure with this code. */
export function isPassing(code: ErrorCode): boolean {
  return passing.has(code);
}

const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "kms_throttled",
  "kms_unavailable",
  "object_store_unavailable",
  "out_of_time",
]);

/** The opened text. Throws the error of a text that stayed closed, with the text's place in the event. */
export function requireOpened(result: Result | undefined, place?: string): DecryptedText {
  if (result === undefined) throw new FieldsealError("internal_error");
  if (result instanceof FieldsealError) throw errorAt(result.code, place, result.facts);
  return result;
}

function errorAt(code: ErrorCode, place: string | undefined, facts: ErrorFacts): FieldsealError {
  return new FieldsealError(code, place === undefined ? facts : { ...facts, place });
}

/**
 * The opened text, for callers whose answers cannot list tokens that stayed closed. Throws as `requireOpened` does, and
 * also if a token stayed closed for a reason that may pass by the next call.
 */
export function requireLasting(result: Result | undefined, place?: string): DecryptedText {
  const opened = requireOpened(result, place);
  for (const { code, offset } of opened.failed) if (isPassing(code)) throw errorAt(code, place, { offset });
  return opened;
}

/** The text of an opened body. Throws `body_not_utf8` for bytes that are not UTF-8. */
export function textOf({ body }: DecryptedText): string {
  if (!isUtf8(body)) throw new FieldsealError("body_not_utf8");
  return body.toString("utf8");
}

/** The purpose that a caller states: 1 to 100 characters. Throws `request_invalid` for anything else. */
export function requirePurpose(purpose: unknown): string {
  if (typeof purpose === "string" && /^[A-Za-z0-9 _.:/-]{1,100}$/.test(purpose)) return purpose;
  throw invalid("The purpose must be 1 to 100 characters of A-Z a-z 0-9 space _ . : / -.");
}

/** The bytes of a base64 text. Throws `request_invalid` for other texts: node would skip their wrong characters. */
export function decodeBase64(text: unknown, what: string): Buffer {
  if (typeof text === "string" && text.length % 4 !== 1 && /^[A-Za-z0-9+/]*={0,2}$/.test(text))
    return Buffer.from(text, "base64");
  throw invalid(`${what} must be base64.`);
}

/** The error for an event that breaks the contract of its shape. `reason` must quote nothing of the event. */
export function invalid(reason: string): FieldsealError {
  return new FieldsealError("request_invalid", { reason });
}
