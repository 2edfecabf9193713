/** Finds where to cut plain text into chunks: at a line end between texts that need not be read together. */
import type { Markers } from "../token/marker.ts";
import type { Span } from "./edit.ts";
import { findOpenEnd, findSpans, wrapMarkers } from "./wrapped-markers.ts";

/** The maximum length of a token: the largest value of a request gives no longer one. */
const longestToken = 1 << 21;

/** Returns where to cut a text whose last line ends at `end`: there or at an earlier line end; 0 for nowhere. */
export type FindCut = (text: string, end: number) => number;

/**
 * Makes a function that finds cuts. No record over several lines, base64 in lines or token of the recipients continues
 * after a cut.
 */
export function createCutFinder(recipients: readonly Markers[]): FindCut {
  const markers = recipients.map(wrapMarkers);
  return (text, end) => {
    const from = Math.max(0, end - longestToken);
    const spans = markers
      .flatMap((each) => [...findSpans(text, from, each), ...findOpenEnd(text, each)])
      .sort((a, b) => b.start - a.start);
    const first = keepTokens(text, keepIndented(text, end), spans);
    // A token can begin on the line to which base64 moved the cut, and end after it.
    return keepTokens(text, keepBase64(text, first), spans);
  };
}

function keepTokens(text: string, end: number, spans: readonly Span[]): number {
  let cut = end;
  for (const { start, end: stop } of spans) {
    if (start < cut && cut < stop) cut = text.lastIndexOf("\n", start) + 1;
  }
  return cut;
}

/** The maximum length of a record over several lines. Longer ones are divided. */
const longestIndented = 1 << 18;

/** A line that continues a record: it is indented, closes the record, or is a string of a list. */
const goesOn = /[\s"'\]},]|<\//y;

/** A chunk with this beginning may look like markup as a whole, so cut elsewhere if possible. */
const tag = /</y;

/**
 * Finds a cut that keeps JSON and XML over several lines together. Without its beginning, a piece of them is not always
 * recognised.
 */
function keepIndented(text: string, end: number): number {
  let atTag: number | undefined;
  for (let cut = end; cut > Math.max(1, end - longestIndented); cut = text.lastIndexOf("\n", cut - 2) + 1) {
    goesOn.lastIndex = cut;
    tag.lastIndex = cut;
    if (cut === text.length || goesOn.test(text)) continue;
    if (!tag.test(text)) return cut;
    atTag ??= cut;
  }
  return atTag ?? end;
}

/** The maximum length of base64 in lines. Longer base64 is divided: each of its chunks is base64 too. */
const longestBase64 = 1 << 23;

const base64Character = /[A-Za-z0-9+/_-]/;
const base64Tail = /[A-Za-z0-9+/_-]*$/;

/** The text around base64 on its line: an indentation, and a mark that the line continues. */
const indentation = /^[ \t]{0,64}/;
const lineEnd = /[=\\]?[ \t]{0,64}\r?$/;

/** No tool wraps base64 into narrower lines, but lists often have such lines. */
const narrowestBase64Line = 16;

/** Finds a cut that keeps lines of base64 of one width together, with the line in which the base64 may begin. */
function keepBase64(text: string, end: number): number {
  const readLine = (newline: number): { readonly start: number; readonly line: string } => {
    const start = newline < 1 ? 0 : text.lastIndexOf("\n", newline - 1) + 1;
    return {
      start,
      line: text
        .slice(Math.max(start, newline - longestEnd), newline)
        .replace(indentation, "")
        .replace(lineEnd, ""),
    };
  };
  const follows = text
    .slice(end, end + longestBase64Line)
    .trimStart()
    .slice(0, 1);
  if (end === 0 || (follows !== "" && !base64Character.test(follows))) return end;
  let width = 0;
  let cut = end;
  let behind = end;
  while (cut > 0) {
    if (end - cut >= longestBase64) return end;
    const { start, line } = readLine(cut - 1);
    const tail = base64Tail.exec(line.slice(-longestBase64Line))?.[0].length ?? 0;
    if (tail === 0 || tail === longestBase64Line) return cut;
    if (tail < width) return tail < line.length ? start : cut;
    if (tail === width && width < narrowestBase64Line) return end;
    // A narrower line is the last line of the base64 before it.
    if (width > 0 && tail > width) return behind;
    if (tail < line.length) return start;
    width = tail;
    behind = cut;
    cut = start;
  }
  return cut;
}

/** How much of a line is read: more than a line of base64 has. */
const longestEnd = 1_024;

/** The widest line of wrapped base64. Wider lines are records of their own. */
const longestBase64Line = 120;
