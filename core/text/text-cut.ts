/** Where a text can be cut into chunks: at the end of a line, where nothing that is read together goes on. */
import type { Markers } from "../token/marker.ts";
import type { Span } from "./edit.ts";
import { findOpenEnd, findSpans, wrapMarkers } from "./wrapped-markers.ts";

/** No token is longer than what one value can come to in a request. */
const longestToken = 1 << 21;

/** Gives where to cut a text whose last line ends at an offset: there or before, where a line ends; 0 for nowhere. */
export type FindCut = (text: string, end: number) => number;

/** Finds cuts behind which no record over lines, no base64 in lines and no token of the recipients goes on. */
export function createCutFinder(recipients: readonly Markers[]): FindCut {
  const markers = recipients.map(wrapMarkers);
  return (text, end) => {
    const from = Math.max(0, end - longestToken);
    const spans = markers
      .flatMap((each) => [...findSpans(text, from, each), ...findOpenEnd(text, each)])
      .sort((a, b) => b.start - a.start);
    const first = keepTokens(text, keepIndented(text, end), spans);
    // A token can begin on the line to which base64 has moved the cut, and end behind it.
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

/** Longer records over several lines are divided. */
const longestIndented = 1 << 18;

/** A line that goes on with a record: indented, or with its end, or a string of a list. */
const goesOn = /[\s"'\]},]|<\//y;

/** A chunk that begins so may be taken for markup as a whole: where there is other text, none should. */
const tag = /</y;

/**
 * Where to cut so that JSON and XML over lines stay together: without its beginning, a piece of them, such as a string
 * of a list, is not always recognised.
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

/** Longer base64 in lines is divided: each of its chunks is base64 too. */
const longestBase64 = 1 << 23;

const base64Character = /[A-Za-z0-9+/_-]/;
const base64Tail = /[A-Za-z0-9+/_-]*$/;

/** What is around base64 on its line: an indentation, and what says that the line goes on. */
const indentation = /^[ \t]{0,64}/;
const lineEnd = /[=\\]?[ \t]{0,64}\r?$/;

/** No tool wraps base64 into narrower lines, and lists have many of them. */
const narrowestBase64Line = 16;

/**
 * Where to cut so that lines of one width that can be base64 stay together, with the end of a line that they can begin
 * in.
 */
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
    // A narrower line is the last one of those before it.
    if (width > 0 && tail > width) return behind;
    if (tail < line.length) return start;
    width = tail;
    behind = cut;
    cut = start;
  }
  return cut;
}

/** So much of a line is looked at, which is more than such a one has. */
const longestEnd = 1_024;

/** Wider lines are records of their own. */
const longestBase64Line = 120;
