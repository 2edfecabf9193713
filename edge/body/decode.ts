/** The first step of a body: its bytes without their content codings. */
import { FieldsealError } from "../../core/errors.ts";
import { type ContentCoding, parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";

/** A body without its content codings. */
export interface DecodedBody {
  readonly kind: "decoded";
  /** In the order in which they were applied. */
  readonly codings: readonly ContentCoding[];
  readonly bytes: Buffer;
}

/** Why a body's codings are not undone: one of them is not known here, or the bytes do not fit them. */
export interface UndecodedBody {
  readonly kind: "unknown-coding" | "broken";
  readonly error: FieldsealError;
}

/**
 * A body without its codings, which `codingValues`, the values of Content-Encoding, name (RFC 9110, section 8.4).
 * Errors are `content_coding_unsupported`, `content_coding_malformed`, and `decoded_too_large` for more than `limit`
 * bytes behind a coding. They are given, not thrown, since the rules decide what becomes of the body.
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
