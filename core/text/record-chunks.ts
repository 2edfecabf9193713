/** Long texts in chunks: cut where a record ends, so that each can be read alone and memory stays bounded. */
import { FieldsealError } from "../errors.ts";
import type { Markers } from "../token/marker.ts";
import { createCutFinder } from "./text-cut.ts";

/**
 * What separates records: the ends of lines, in CSV those outside of quotes, in text those where nothing goes on that
 * is read together.
 */
export type RecordKind = "lines" | "csv" | "text";

/** How to cut a text. Lengths are in UTF-16 units. */
export interface ChunkOptions {
  readonly records: RecordKind;
  /** Whose tokens may be wrapped over lines, in text. */
  readonly recipients?: readonly Markers[];
  /** How long a chunk is, about. */
  readonly length?: number;
  /** How long a record may be. */
  readonly longest?: number;
  /** How much behind a chunk is shown with it, where there is as much. */
  readonly lookahead?: number;
  /**
   * In CSV: gives what goes before the chunks that follow the first one that has a header; `undefined` for the others.
   */
  readonly headerOf?: (chunk: string) => string | undefined;
  /** The header, where it is known from the beginning. */
  readonly header?: string | undefined;
}

/** A piece of a text. */
export interface Chunk {
  /** The header that the chunk is to be read with; empty where it has its own, or needs none. */
  readonly before: string;
  readonly text: string;
  /** What follows the chunk, as far as it is known. */
  readonly ahead: string;
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
export async function* cutChunks(source: AsyncIterable<string>, options: ChunkOptions): AsyncGenerator<Chunk> {
  const { records, recipients = [], length = defaultLength, longest = longestRecord, lookahead = 0 } = options;
  const findEnd = createEndFinder(records);
  const findCut = records === "text" ? createCutFinder(recipients) : (_: string, end: number) => end;
  let before = options.header ?? "";
  let held: string[] = [];
  let size = 0;
  /** Behind the last record that ended within what is held. */
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
    // What keeps the text together is looked at again once there is twice as much.
    enough = cut === 0 ? 2 * size : length;
    if (cut === 0) continue;
    const text = all.slice(0, cut);
    yield { before, text, ahead: left + shown };
    if (records === "csv" && before === "") before = options.headerOf?.(text) ?? "";
  }
  const rest = held.join("") + shown;
  if (rest !== "") yield { before, text: rest, ahead: "" };
}

/** Tells of each text that follows where the last record that ends in it ends; 0 where none does. */
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

/** UTF-8 as text, a byte order mark with it. Throws `body_not_utf8`. */
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

/** The first record of a CSV text, with the end of its line and the empty lines before it, which are no records. */
export function readFirstRecord(text: string): string {
  let quoted = false;
  for (let at = /^\ufeff?(?:\r?\n)*/.exec(text)?.[0].length ?? 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) quoted = !quoted;
    else if (code === 0x0a && !quoted) return text.slice(0, at + 1);
  }
  return text;
}
