/** Where characters of base64 are together in a text, as they are or in escapes. */
import type { Span } from "../text/edit.ts";
import { isBase64, isBlank, isSpelt, mostBlanks, shortestBase64 } from "./base64-characters.ts";
import { beforeEscape, endOfAnyEscape, endOfEscape, percentsIn, readEscapes } from "./base64-escapes.ts";

const base64Run = /[A-Za-z0-9+/_\r\n-]*/y;

/** Runs of characters of base64 that are long enough. Looks at few characters of a text that has none. */
export function findRuns(text: string, endOfOther: EndOfOther = () => -1): readonly Span[] {
  const runs: Span[] = [];
  let last: Span = { start: 0, end: 0 };
  let gap = 0;
  for (let at = shortestBase64 - 1; at < text.length; at += shortestBase64) {
    if (!mayBelong(text, at)) continue;
    const run = findRunAt(text, at, { behind: last.end, likely: last.end + gap }, endOfOther);
    at = Math.max(at, run.end - 1);
    if (run.end - run.start < shortestBase64) continue;
    runs.push(run);
    gap = run.start - last.end;
    last = run;
  }
  return runs;
}

/**
 * The run with a character in it, or behind the blanks there. Most records are alike, so that it is likely
 * to begin as far behind the last one as that did.
 */
function findRunAt(
  text: string,
  sample: number,
  { behind, likely }: { readonly behind: number; readonly likely: number },
  endOfOther: EndOfOther,
): Span {
  let at = sample;
  while (at - sample < mostBlanks && isBlank(text.charCodeAt(at))) at++;
  if (likely > 0 && likely <= at && !isSpelt(text.charCodeAt(likely - 1))) {
    const end = endOfRun(text, likely, endOfOther);
    if (end > at) return { start: likely, end };
  }
  const { start, inner } = startOfRun(text, at, behind, endOfOther);
  return { start, end: endOfRun(text, inner, endOfOther) };
}

/** Where what begins at an offset and is no base64 ends; -1 where a run ends there. */
type EndOfOther = (text: string, at: number) => number;

/**
 * Where the run begins that an offset is in, behind the one before it; and from where it goes on, since the offset may
 * be in an escape.
 */
function startOfRun(
  text: string,
  at: number,
  behind: number,
  endOfOther: EndOfOther,
): { readonly start: number; readonly inner: number } {
  let start = at;
  let inner = at;
  for (;;) {
    while (start > behind && isBase64(text.charCodeAt(start - 1))) start--;
    if (start <= behind) return { start, inner };
    const before = beforeEscape(text, start);
    const end = before < behind ? -1 : endOfOther(text, before);
    if (end < start) return { start: endOfAnyEscape(text, start - 1), inner };
    start = before;
    inner = Math.max(inner, end);
  }
}

function endOfRun(text: string, at: number, endOfOther: EndOfOther): number {
  let end = at;
  for (let next = at; next >= 0; next = endOfOther(text, end)) {
    base64Run.lastIndex = next;
    base64Run.test(text);
    end = base64Run.lastIndex;
  }
  return end;
}

/** Of a run that is long enough one half is on one side of each character in its middle. */
function mayBelong(text: string, at: number): boolean {
  return isSpelt(text.charCodeAt(at)) && (probe(text, at, -1) || probe(text, at, 1));
}

function probe(text: string, at: number, side: 1 | -1): boolean {
  const quarter = shortestBase64 / 8;
  for (let step = quarter - 1; step < quarter * 4; step += quarter)
    if (!isSpelt(text.charCodeAt(at + step * side))) return false;
  return true;
}

/** Characters of base64 in both alphabets, and the ends of lines, as they are spelt in a text. */
export interface Run {
  readonly digits: string;
  /** How often it is percent-encoded. */
  readonly percents: number;
  /** Where in the text one begins; for the number of them, where the last one ends. */
  readonly at: (index: number) => number;
}

/** A run that begins at an offset of a text, without its escapes. Linear in the run. */
export function readEscapedRun(run: string, start: number): Run {
  const known = new Map<string, string>();
  const offsets = new Uint32Array(run.length + 1);
  let digits = "";
  let percents = 0;
  for (let at = 0; at < run.length; ) {
    base64Run.lastIndex = at;
    base64Run.test(run);
    const plainEnd = base64Run.lastIndex;
    for (let index = at; index < plainEnd; index++) offsets[digits.length + index - at] = index;
    digits += run.slice(at, plainEnd);
    at = endOfEscape(run, plainEnd);
    if (at < 0) break;
    const escape = run.slice(plainEnd, at);
    let character = known.get(escape);
    if (character === undefined) {
      character = readEscapes(escape);
      known.set(escape, character);
      percents = Math.max(percents, percentsIn(escape));
    }
    offsets.fill(plainEnd, digits.length, digits.length + character.length);
    digits += character;
  }
  offsets[digits.length] = run.length;
  return { digits, percents, at: (index) => start + (offsets[index] ?? run.length) };
}
