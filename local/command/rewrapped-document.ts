/** A document with its tokens moved, chunk by chunk; compressed with gzip where it came so, a member for each chunk. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { nameColumns } from "../../core/decrypt/csv-header.ts";
import { fileTable } from "../../core/rule/formats.ts";
import { beginsAsGzip } from "../../core/text/content-coding.ts";
import { cutChunks, decodeUtf8 } from "../../core/text/record-chunks.ts";
import type { Markers } from "../../core/token/marker.ts";
import { inflate, peek, readWhole } from "../../decryptor/byte-stream.ts";
import type { DocumentType } from "./document-type.ts";

/** What came of a chunk. */
export interface MovedChunk {
  readonly bytes: Uint8Array;
  /** Bytes of the document behind its compression that are done with it. */
  readonly source: number;
}

/** A document of which the tokens are moved. */
export interface StoredDocument {
  /** `undefined`: lines, each read as what it looks like. */
  readonly type: DocumentType | undefined;
  readonly recipients: readonly Markers[];
  /** From a byte of the file on. */
  readonly read: (start: number) => AsyncIterable<Uint8Array>;
}

/** Changes one text, which begins at a byte of the document. */
export type MoveText = (body: Buffer, contentType: string | undefined, start: number) => Promise<Buffer>;

/** Of formats without records, which are read as a whole. */
const mostWhole = 1 << 28;

const compress = promisify(gzip);

/**
 * The document from a byte on, behind its compression. What was compressed is inflated again from the beginning.
 * Throws `content_coding_malformed`, `body_not_utf8`, `decoded_too_large`, and what `move` throws.
 */
export async function* moveDocument(
  document: StoredDocument,
  start: number,
  move: MoveText,
): AsyncGenerator<MovedChunk> {
  const { type, read } = document;
  const { first, bytes } = await peek(read(0));
  const isGzip = beginsAsGzip(first);
  const plain = isGzip ? skip(inflate(bytes), start) : start === 0 ? bytes : read(start);
  // The delimiter of CSV is the first line's, wherever a chunk begins.
  const header =
    type?.format === "csv" && start > 0 ? await readColumns(isGzip ? inflate(read(0)) : read(0), document) : undefined;
  let done = start;
  for await (const { before, body } of cut(plain, document, header)) {
    if (body.length === 0) continue;
    const text = Buffer.concat([before, body]);
    const moved = (await move(text, type?.contentType, done - before.length)).subarray(before.length);
    done += body.length;
    yield { bytes: isGzip ? await compress(moved) : moved, source: done };
  }
  // Nothing at all is no file of gzip.
  if (isGzip && done === 0) yield { bytes: await compress(""), source: 0 };
}

async function readColumns(
  bytes: AsyncIterable<Uint8Array>,
  { recipients }: StoredDocument,
): Promise<string | undefined> {
  for await (const { text } of cutChunks(decodeUtf8(bytes), { records: "csv" })) {
    const columns = nameColumns(text, recipients);
    if (columns !== undefined) return columns;
  }
  return undefined;
}

/** A chunk of bytes, and what goes before it to read it. */
interface ByteChunk {
  readonly before: Buffer;
  readonly body: Buffer;
}

async function* cut(
  bytes: AsyncIterable<Uint8Array>,
  { type, recipients }: StoredDocument,
  header: string | undefined,
): AsyncGenerator<ByteChunk> {
  const { records } = fileTable[type?.format ?? "text"];
  if (records === undefined) {
    yield { before: Buffer.alloc(0), body: await readWhole(bytes, mostWhole) };
    return;
  }
  const headerOf = (chunk: string): string | undefined => nameColumns(chunk, recipients);
  for await (const { before, text } of cutChunks(decodeUtf8(bytes), { records, recipients, header, headerOf }))
    yield { before: Buffer.from(before, "utf8"), body: Buffer.from(text, "utf8") };
}

async function* skip(bytes: AsyncIterable<Uint8Array>, byteCount: number): AsyncGenerator<Uint8Array> {
  let left = byteCount;
  for await (const chunk of bytes) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
