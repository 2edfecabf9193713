/** Spans of a text, and edits to it: the only way to change a body. */

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
 * Applies edits to a text. Each edit refers to the original text; edits are in ascending order and never overlap.
 * Throws a RangeError otherwise, which is a mistake of the caller and not of the input.
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
