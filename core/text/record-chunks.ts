/** Long texts in chunks: cut where a record ends, so that each can be read alone and memory stays bounded. */

import { FieldsealError } from "../errors.ts";
import type { Markers } from "../token/marker.ts";
import type { Span } from "./edit.ts";

/**
 * What records are separated by: the ends of lines, in CSV those outside of quotes, in text those outside of tokens.
 */
export type RecordFormat = "lines" | "csv" | "text";

export interface ChunkOptions {
  readonly format: RecordFormat;
  /** Whose tokens may be wrapped over lines, in text. */
  readonly recipients: readonly Markers[];
  /** Characters that a chunk has about. */
  readonly length?: number;
  /** Characters that a record may have. */
  readonly longest?: number;
}

const defaultLength = 1 << 20;

/**
 * A record longer than this is none that a machine wrote into a file of records; as JSON it takes some hundreds of
 * megabytes.
 */
const longestRecord = 1 << 25;

/**
 * A text in chunks that end where records end, the last one with all that is left. Throws `decoded_too_large` for a
 * record without an end.
 */
export async function* cutChunks(
  text: AsyncIterable<string>,
  { format, recipients, length = defaultLength, longest = longestRecord }: ChunkOptions,
): AsyncGenerator<string> {
  const findEnd = createEndFinder(format);
  const markers = recipients.map(wrapMarkers);
  let held: string[] = [];
  let size = 0;
  /** Behind the last record that ended within what is held. */
  let end = 0;
  let enough = length;
  for await (const more of text) {
    const found = findEnd(more);
    if (found > 0) end = size + found;
    held.push(more);
    size += more.length;
    if (size < enough) continue;
    if (size > longest && end === 0) throw new FieldsealError("decoded_too_large");
    if (end === 0) continue;
    const all = held.join("");
    const cut = format === "text" ? keepTogether(all, end, markers) : end;
    held = [all.slice(cut)];
    size -= cut;
    end -= cut;
    // What keeps the text together is looked at again once there is twice as much.
    enough = cut === 0 ? 2 * size : length;
    if (cut > 0) yield all.slice(0, cut);
  }
  if (size > 0) yield held.join("");
}

/** Tells of each text that follows where the last record that ends in it ends; 0 where none does. */
function createEndFinder(format: RecordFormat): (more: string) => number {
  if (format !== "csv") return (more) => more.lastIndexOf("\n") + 1;
  let quoted = false;
  return (more) => {
    let end = 0;
    for (let at = 0; at < more.length; at++) {
      const code = more.charCodeAt(at);
      if (code === 0x22) quoted = !quoted;
      else if (code === 0x0a && !quoted) end = at + 1;
    }
    return end;
  };
}

/** No token is longer than what one value can come to in a request. */
const longestToken = 1 << 21;

/**
 * What may stand between any two characters of a token that is wrapped, within its markers too; `=` and `\` are soft
 * ends of lines.
 */
const wrapping = "(?:[=\\\\]?(?:[ \\t]{0,80}(?:\\r?\\n|\\r)[ \\t]{0,80}){1,2})?";

interface WrappedMarkers {
  readonly prefix: RegExp;
  /** The prefix, or as much of it as the text has at its end. */
  readonly lastPrefix: RegExp;
  readonly suffix: RegExp;
}

function wrapMarkers({ prefix, suffix }: Markers): WrappedMarkers {
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

/** Where to cut so that no token, nor base64 in lines, that begins before the cut goes on behind it. */
function keepTogether(text: string, end: number, markers: readonly WrappedMarkers[]): number {
  const from = Math.max(0, end - longestToken);
  const spans = markers
    .flatMap((each) => [...findSpans(text, from, each), ...findOpenEnd(text, each)])
    .sort((a, b) => b.start - a.start);
  const first = keepTokens(text, keepIndented(text, end), spans);
  // What begins on the line of such a start, and ends there.
  return keepTokens(text, keepBase64(text, first), spans);
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

/** What a chunk is markup from, all of it: better none begins so where other text is. */
const tag = /</y;

/**
 * Where to cut so that JSON and XML over lines stay together: what stands in a chunk without the beginning, as a string
 * of a list, is not always told as what it is.
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

/** What stands around base64 on its line: an indentation, and what says that the line goes on. */
const indentation = /^[ \t]{0,64}/;
const lineEnd = /[=\\]?[ \t]{0,64}\r?$/;

/** Nobody wraps base64 into narrower lines, and lists have many of such lines. */
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

/** Everything from a prefix to its suffix, if no other prefix is between them; the last one may end behind the text. */
function* findSpans(text: string, from: number, { prefix, suffix }: WrappedMarkers): Generator<Span> {
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
    // Its last character may be the first one of another.
    at = found.index + 1;
  }
}

/** What may be a prefix that the text does not end with as a whole. */
function findOpenEnd(text: string, { lastPrefix }: WrappedMarkers): readonly Span[] {
  const from = Math.max(0, text.length - longestMarker);
  const found = lastPrefix.exec(text.slice(from));
  return found === null ? [] : [{ start: from + found.index, end: Number.POSITIVE_INFINITY }];
}

/** With whatever stands between its characters. */
const longestMarker = 4_096;

/** UTF-8 as text, a byte order mark with it. Throws `body_not_utf8`. */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decode = (chunk: Uint8Array | undefined): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new FieldsealError("body_not_utf8");
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode(undefined);
}

/** The first record of a CSV text, with the end of its line, and the empty lines before it, which are none. */
export function readHeader(text: string): string {
  let quoted = false;
  for (let at = /^\ufeff?(?:\r?\n)*/.exec(text)?.[0].length ?? 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) quoted = !quoted;
    else if (code === 0x0a && !quoted) return text.slice(0, at + 1);
  }
  return text;
}
