/** Finds tokens in text that a tool wrapped into lines, so that their markers may hold line ends. */
import type { Markers } from "../token/marker.ts";
import type { Span } from "./edit.ts";

/** Text between two characters of a wrapped token. `=` and `\` mark soft line ends. */
const wrapping = "(?:[=\\\\]?(?:[ \\t]{0,80}(?:\\r?\\n|\\r)[ \\t]{0,80}){1,2})?";

/** Patterns of a recipient's markers, wrapped or not. */
export interface WrappedMarkers {
  readonly prefix: RegExp;
  /** The prefix, or its beginning at the end of a text. */
  readonly lastPrefix: RegExp;
  readonly suffix: RegExp;
}

/** Makes the patterns of a recipient's markers. */
export function wrapMarkers({ prefix, suffix }: Markers): WrappedMarkers {
  const characters = (marker: string): string[] => [...marker].map((character) => `[${character}]`);
  const [head = "", ...rest] = characters(prefix);
  return {
    prefix: new RegExp(characters(prefix).join(wrapping), "g"),
    lastPrefix: new RegExp(
      `${head}${wrapping}${rest.map((character) => `(?:${character}${wrapping}`).join("")}${")?".repeat(rest.length)}$`,
    ),
    suffix: new RegExp(characters(suffix).join(wrapping), "g"),
  };
}

/**
 * The spans from a prefix to the next suffix without another prefix between them, in order, from an offset on. The last
 * one may end after the text: then its `end` is infinite.
 */
export function* findSpans(text: string, from: number, { prefix, suffix }: WrappedMarkers): Generator<Span> {
  const starts = matchesFrom(text, from, prefix);
  const ends = matchesFrom(text, from, suffix);
  let end = ends.next();
  for (let start = starts.next(); start.done !== true; ) {
    const at = start.value;
    while (end.done !== true && end.value.start <= at.start) end = ends.next();
    start = starts.next();
    if (end.done === true) {
      if (start.done === true) yield { start: at.start, end: Number.POSITIVE_INFINITY };
    } else if (start.done === true || end.value.start < start.value.start) {
      yield { start: at.start, end: end.value.end };
    }
  }
}

function* matchesFrom(text: string, from: number, pattern: RegExp): Generator<Span> {
  for (let at = from; ; ) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return;
    yield { start: found.index, end: found.index + found[0].length };
    // Its last character may be the first of another prefix.
    at = found.index + 1;
  }
}

/** The most characters of a marker with the line ends within it. */
const longestMarker = 4_096;

/** A prefix that is cut off at the end of the text, if there is one. Its `end` is infinite. */
export function findOpenEnd(text: string, { lastPrefix }: WrappedMarkers): readonly Span[] {
  const from = Math.max(0, text.length - longestMarker);
  const found = lastPrefix.exec(text.slice(from));
  return found === null ? [] : [{ start: from + found.index, end: Number.POSITIVE_INFINITY }];
}
