/** Step 1 of a body: undoes its content codings. */
import { FieldsealError } from "../../core/errors.ts";
import { type ContentCoding, parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";

/** A body without its content codings. */
export interface DecodedBody {
  readonly kind: "decoded";
  /** In the order in which the client applied them. */
  readonly codings: readonly ContentCoding[];
  readonly bytes: Buffer;
}

/** A body whose codings stay: one of them is unknown, or the bytes do not fit them. */
export interface UndecodedBody {
  readonly kind: "unknown-coding" | "broken";
  readonly error: FieldsealError;
}

/**
 * Undoes the codings that `codingValues`, the values of Content-Encoding, name (RFC 9110, section 8.4). Gives errors
 * instead of throwing them, since the rules decide about the body: `content_coding_unsupported`,
 * `content_coding_malformed`, and `decoded_too_large` for more than `limit` bytes behind a coding.
 */
export function decodeBody(bytes: Buffer, codingValues: readonly string[], limit: number): DecodedBody | UndecodedBody {
  let kind: UndecodedBody["kind"] = "unknown-coding";
  try {
    const codings = parseContentCodings(codingValues);
    kind = "broken";
    return { kind: "decoded", codings, bytes: undoCodings(bytes, codings, limit) };
  } catch (error) {
    if (error instanceof FieldsealError) return { kind, error };
    throw error;
  }
}
