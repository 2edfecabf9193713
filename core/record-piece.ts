/** Long texts in pieces: cut where a record ends, so that each can be read alone and memory stays bounded. */
import { FieldsealError } from "./errors.ts";
import type { Markers } from "./marker.ts";

/** What records are separated by: the ends of lines, in CSV those outside of quotes, in text those outside of tokens. */
export type RecordFormat = "lines" | "csv" | "text";

export interface PieceOptions {
  readonly format: RecordFormat;
  /** Whose tokens may be wrapped over lines, in text. */
  readonly recipients: readonly Markers[];
  /** Characters that a piece has about. */
  readonly length?: number;
}

const defaultLength = 1 << 20;

/** A record longer than this is none that a machine wrote into a file of records; as JSON it takes some hundreds of megabytes. */
const longestRecord = 1 << 25;

/**
 * A text in pieces that end where records end, the last one with all that is left. Throws `decoded_too_large` for a record
 * without an end.
 */
export async function* cutPieces(text: AsyncIterable<string>, { format, recipients, length = defaultLength }: PieceOptions): AsyncGenerator<string> {
  const findEnd = createEndFinder(format);
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
    if (size > longestRecord && end === 0) throw new FieldsealError("decoded_too_large");
    if (end === 0) continue;
    const all = held.join("");
    const cut = format === "text" ? keepTokens(all, end, recipients) : end;
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

/** Where to cut so that no token that begins before the cut may go on behind it. */
function keepTokens(text: string, end: number, recipients: readonly Markers[]): number {
  let cut = end;
  for (const { prefix, suffix } of recipients) {
    const at = text.lastIndexOf(prefix, end - 1);
    if (at < 0 || end - at > longestToken) continue;
    const closed = text.indexOf(suffix, at + prefix.length);
    if (closed >= 0 && closed < end) continue;
    cut = Math.min(cut, text.lastIndexOf("\n", at) + 1);
  }
  return cut;
}

/** UTF-8 as text, a byte order mark with it. Throws `body_not_utf8`. */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decode = (piece: Uint8Array | undefined): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch {
      throw new FieldsealError("body_not_utf8");
    }
  };
  for await (const piece of bytes) yield decode(piece);
  yield decode(undefined);
}

/** The first record of a CSV text, with the end of its line. */
export function readHeader(text: string): string {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) quoted = !quoted;
    else if (code === 0x0a && !quoted) return text.slice(0, at + 1);
  }
  return text;
}
