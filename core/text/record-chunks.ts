/** Cuts long texts into chunks at the ends of records, so that each can be read alone and memory stays bounded. */
import { FieldsealError } from "../errors.ts";
import type { Markers } from "../token/marker.ts";
import { createCutFinder } from "./text-cut.ts";

/**
 * How records end: at line ends (`lines`), at line ends outside of quotes (`csv`), or at line ends between texts that
 * need not be read together (`text`).
 */
export type RecordKind = "lines" | "csv" | "text";

/** How to cut a text. Lengths are in UTF-16 code units. */
export interface ChunkOptions {
  readonly records: RecordKind;
  /** Recipients whose tokens may be wrapped over lines, for `text`. */
  readonly recipients?: readonly Markers[];
  /** The approximate length of a chunk. */
  readonly length?: number;
  /** The maximum length of a record. */
  readonly longest?: number;
  /** The length of the text after a chunk to show with it, if there is as much. */
  readonly lookahead?: number;
  /** For CSV: finds the header in a chunk, for the chunks after it; `undefined` if the chunk has none. */
  readonly headerOf?: (chunk: string) => string | undefined;
  /** The header, if it is already known. */
  readonly header?: string | undefined;
}

/** A chunk of a text. */
export interface Chunk {
  /** The header to read the chunk with; empty if the chunk has its own or needs none. */
  readonly before: string;
  readonly text: string;
  /** The text after the chunk, as far as it is known. */
  readonly ahead: string;
}

const defaultLength = 1 << 20;

/** The default maximum of a record. Parsed as JSON, such a record takes some hundreds of megabytes. */
const longestRecord = 1 << 25;

/**
 * Cuts a text into chunks that end where records end; the last one holds the rest. Throws `decoded_too_large` for a
 * record that is too long.
 */
export async function* cutChunks(source: AsyncIterable<string>, options: ChunkOptions): AsyncGenerator<Chunk> {
  const { records, recipients = [], length = defaultLength, longest = longestRecord, lookahead = 0 } = options;
  const findEnd = createEndFinder(records);
  const findCut = records === "text" ? createCutFinder(recipients) : (_: string, end: number) => end;
  let before = options.header ?? "";
  let held: string[] = [];
  let size = 0;
  /** The end of the last complete record in `held`. */
  let end = 0;
  let enough = length;
  let shown = "";
  for await (const given of source) {
    const known = shown + given;
    const more = known.slice(0, Math.max(0, known.length - lookahead));
    shown = known.slice(more.length);
    const found = findEnd(more);
    if (found > 0) end = size + found;
    held.push(more);
    size += more.length;
    if (size < enough) continue;
    if (size + shown.length > longest && end === 0) throw new FieldsealError("decoded_too_large");
    if (end === 0) continue;
    const all = held.join("");
    const cut = findCut(all, end);
    const left = all.slice(cut);
    held = [left];
    size -= cut;
    end -= cut;
    // The text could not be cut: try again once it is twice as long.
    enough = cut === 0 ? 2 * size : length;
    if (cut === 0) continue;
    const text = all.slice(0, cut);
    yield { before, text, ahead: left + shown };
    if (records === "csv" && before === "") before = options.headerOf?.(text) ?? "";
  }
  const rest = held.join("") + shown;
  if (rest !== "") yield { before, text: rest, ahead: "" };
}

/**
 * Makes a function for consecutive texts that returns the end of the last record that ends in each; 0 if no record
 * ends.
 */
function createEndFinder(records: RecordKind): (more: string) => number {
  if (records !== "csv") return (more) => more.lastIndexOf("\n") + 1;
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

/** Decodes UTF-8, and keeps a byte order mark. Throws `body_not_utf8`. */
export async function* decodeUtf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
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

/** The first record of a CSV text, with its line end and the empty lines before it. */
export function readFirstRecord(text: string): string {
  let quoted = false;
  for (let at = /^\ufeff?(?:\r?\n)*/.exec(text)?.[0].length ?? 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) quoted = !quoted;
    else if (code === 0x0a && !quoted) return text.slice(0, at + 1);
  }
  return text;
}
