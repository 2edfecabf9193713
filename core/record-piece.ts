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

/** A record longer than this is none that a machine wrote into a file of records. */
const longestRecord = 1 << 26;

/**
 * A text in pieces that end where records end, the last one with all that is left. Throws `decoded_too_large` for a record
 * without an end.
 */
export async function* cutPieces(text: AsyncIterable<string>, { format, recipients, length = defaultLength }: PieceOptions): AsyncGenerator<string> {
  let held = "";
  let read = 0;
  let quoted = false;
  /** Behind the last record that ended within what was read. */
  let end = 0;
  for await (const more of text) {
    held += more;
    if (format === "csv") {
      for (; read < held.length; read++) {
        const code = held.charCodeAt(read);
        if (code === 0x22) quoted = !quoted;
        else if (code === 0x0a && !quoted) end = read + 1;
      }
    }
    if (held.length < length) continue;
    if (format !== "csv") end = held.lastIndexOf("\n") + 1;
    const cut = format === "text" ? keepTokens(held, end, recipients) : end;
    if (cut === 0) {
      if (held.length > longestRecord) throw new FieldsealError("decoded_too_large");
      continue;
    }
    yield held.slice(0, cut);
    held = held.slice(cut);
    read = held.length;
    end = 0;
  }
  if (held !== "") yield held;
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
