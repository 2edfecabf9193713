/** Spans of a text and edits to it: the only way in which a body is ever changed. */

/** A half-open range of UTF-16 offsets in one text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Replaces a span of the original text by `replacement`. */
export interface Edit extends Span {
  readonly replacement: string;
}

/**
 * The text with all edits made. Every edit refers to the original text; edits come in ascending order and never
 * overlap. Throws a RangeError where they do: that is a mistake of the caller, not of the input.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let edited = "";
  let done = 0;
  for (const edit of edits) {
    if (edit.start < done || edit.end < edit.start || edit.end > text.length) throw new RangeError("edits overlap");
    edited += text.slice(done, edit.start) + edit.replacement;
    done = edit.end;
  }
  return edited + text.slice(done);
}
