/** The text of a log: compressed or not, line by line or one JSON text. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { FieldsealError } from "../../../core/errors.ts";
import { mayBeginDocument } from "./edge-lines.ts";

/**
 * Unpacks what begins as gzip does (RFC 1952), several members in a row too; anything else comes out as it is. Throws
 * `content_coding_malformed`, with the file's name.
 */
export async function* decompressLog(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  const chunks = bytes[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < 2) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    start = Buffer.concat([start, value]);
  }
  const all = (async function* () {
    yield start;
    for (let chunk = await chunks.next(); chunk.done !== true; chunk = await chunks.next()) yield chunk.value;
  })();
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* all;
    return;
  }
  const source = Readable.from(all);
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) yield Buffer.from(chunk);
  } catch (error) {
    if (error instanceof FieldsealError) throw error;
    throw new FieldsealError("content_coding_malformed", { reason: `${file} is not gzip, or cut off.` });
  }
}

/** A JSON text over several lines is held as a whole up to this many characters. */
const longestDocument = 1 << 28;

/** Gives `addLine` each line of a log, in UTF-8; a JSON text over several lines, as exports have it, is one line. */
export async function readLogLines(bytes: AsyncIterable<Buffer>, addLine: (line: string) => void): Promise<void> {
  let document: string[] | undefined;
  let length = 0;
  let first = true;
  for await (const line of splitLines(bytes)) {
    if (first && line.trim() !== "") {
      first = false;
      if (mayBeginDocument(line)) document = [];
    }
    if (document === undefined) {
      addLine(line);
      continue;
    }
    document.push(line);
    length += line.length;
    // Too long for one: it is read line by line after all.
    if (length > longestDocument) {
      for (const held of document) addLine(held);
      document = undefined;
    }
  }
  if (document === undefined) return;
  const whole = document.join("\n");
  if (mayBeginDocument(whole)) for (const line of document) addLine(line);
  else addLine(whole.replaceAll("\n", " "));
}

async function* splitLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of bytes) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = lines.pop() ?? "";
    yield* lines;
  }
  if (held !== "") yield held;
}
