/** Offsets of errors in a document that is read in chunks. */
import { FieldsealError } from "../../core/errors.ts";

/** The error of a chunk that begins at `start`, with its offset counted from the document's beginning. */
export function shiftOffset(error: unknown, start: number): unknown {
  if (!(error instanceof FieldsealError) || error.facts.offset === undefined) return error;
  return new FieldsealError(error.code, { ...error.facts, offset: error.facts.offset + start });
}
