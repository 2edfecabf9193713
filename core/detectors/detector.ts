/** What recognises sensitive values by their form. */
import type { Span } from "../edits.ts";

export interface Detector {
  readonly name: string;
  /** The places of a text that hold such a value, in order and without overlaps. Linear in the text. */
  readonly find: (text: string) => readonly Span[];
}

/** The matches of a pattern that pass a check. The pattern has the flag `g`, and bounds on every repetition. */
export function findMatches(text: string, pattern: RegExp, check: (match: string) => boolean): Span[] {
  const found: Span[] = [];
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (check(match)) found.push({ start: index, end: index + match.length });
  }
  return found;
}
