/** Moves the tokens of a document in chunks. If the input is compressed with gzip, each chunk becomes a gzip member. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { nameColumns } from "../../core/decrypt/csv-header.ts";
import { fileTable } from "../../core/rule/formats.ts";
import { beginsAsGzip } from "../../core/text/content-coding.ts";
import { cutChunks, decodeUtf8 } from "../../core/text/record-chunks.ts";
import type { Markers } from "../../core/token/marker.ts";
import { inflate, peek, readWhole } from "../../decryptor/byte-stream.ts";
import type { DocumentType } from "./document-type.ts";

/** The output for a chunk. */
export interface MovedChunk {
  readonly bytes: Uint8Array;
  /** The uncompressed bytes of the document up to the end of this chunk. */
  readonly source: number;
}

/** A document whose tokens move. */
export interface StoredDocument {
  /** `undefined`: lines, each read as JSON if it is JSON, else as text. */
  readonly type: DocumentType | undefined;
  readonly recipients: readonly Markers[];
  /** The bytes of the file from an offset on. */
  readonly read: (start: number) => AsyncIterable<Uint8Array>;
}

/** Moves the tokens of one text. `start` is its offset in the uncompressed document, in bytes. */
export type MoveText = (body: Buffer, contentType: string | undefined, start: number) => Promise<Buffer>;

/** The most bytes of a document in a format without records, which is read as a whole. */
const mostWhole = 1 << 28;

const compress = promisify(gzip);

/**
 * The output for the document from the uncompressed byte `start` on; a compressed file is inflated from its beginning.
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
  // The first line of CSV shows its delimiter, so every chunk needs it.
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
  // An empty output would not be valid gzip.
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

/** A chunk of bytes, and the header to read before it. */
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
