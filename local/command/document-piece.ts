/** Long documents in chunks: cut where a record ends, in the formats whose records stand in lines. */
import { FieldsealError } from "../../core/errors.ts";
import type { Format } from "../../core/rule/rule.ts";

/** Characters that a chunk has at least, but for the last one. */
export const chunkLength = 1 << 20;

/** A record longer than this is none that a machine wrote into a file of records. */
const longestRecord = 1 << 27;

/** Whether a format has records that can be cut from one another at line ends. */
export function hasRecords(format: Format): boolean {
  return format === "ndjson" || format === "csv" || format === "text";
}

/** UTF-8 as text, a byte order mark with it. Throws `body_not_utf8`. */
export async function* decodeText(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decode = (chunk: Buffer | undefined): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new FieldsealError("body_not_utf8");
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode(undefined);
}

/** A chunk, and what stands behind it as far as that is known. */
export interface Piece {
  readonly text: string;
  readonly ahead: string;
}

/**
 * A text in chunks that end where records end, the last one with all that is left. `lookahead` is how many characters
 * behind a chunk are shown with it, where there are as many. Throws `decoded_too_large` for a record without an end.
 */
export async function* cutChunks(text: AsyncIterable<string>, format: Format, lookahead = 0): AsyncGenerator<Piece> {
  let held = "";
  for await (const more of text) {
    held += more;
    while (held.length >= chunkLength + lookahead) {
      const cut = findRecordEnd(held, format, held.length - lookahead);
      if (cut === undefined) {
        if (held.length > longestRecord) throw new FieldsealError("decoded_too_large");
        break;
      }
      yield { text: held.slice(0, cut), ahead: held.slice(cut) };
      held = held.slice(cut);
    }
  }
  if (held !== "") yield { text: held, ahead: "" };
}

/** Where the last record before a limit ends. In CSV, a line's end within quotes is none of a record. */
function findRecordEnd(text: string, format: Format, limit: number): number | undefined {
  if (format !== "csv") {
    const end = text.lastIndexOf("\n", limit - 1) + 1;
    return end === 0 ? undefined : end;
  }
  let end: number | undefined;
  let quoted = false;
  for (let at = 0; at < limit; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x22) quoted = !quoted;
    else if (character === 0x0a && !quoted) end = at + 1;
  }
  return end;
}
