/** A document with its tokens moved, chunk by chunk; compressed with gzip where it came so, a member for each chunk. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { nameColumns } from "../../core/decrypt/csv-header.ts";
import { cutChunks, decodeText } from "../../core/text/record-chunks.ts";
import type { Markers } from "../../core/token/marker.ts";
import { beginsAsGzip, inflate, peek, readWhole } from "../../decryptor/object-text.ts";
import { type DocumentType, recordFormatOf } from "./document-type.ts";

/** What came of a chunk. */
export interface MovedChunk {
  readonly bytes: Uint8Array;
  /** Bytes of the document behind its compression that are done with it. */
  readonly source: number;
}

export interface StoredDocument {
  /** `undefined`: lines, each read as what it looks like. */
  readonly type: DocumentType | undefined;
  readonly recipients: readonly Markers[];
  /** From an byte of the file on. */
  readonly read: (start: number) => AsyncIterable<Uint8Array>;
}

/** Changes one text, which begins at an byte of the document. */
export type MoveText = (body: Buffer, contentType: string | undefined, start: number) => Promise<Buffer>;

/** Of formats without records, which are read as a whole. */
const mostWhole = 1 << 28;

const compress = promisify(gzip);

/**
 * The document from an byte on, behind its compression. What was compressed is inflated again from the beginning.
 * Throws `content_coding_malformed`, `body_not_utf8`, `decoded_too_large`, and what `move` throws.
 */
export async function* moveDocument(
  { type, recipients, read }: StoredDocument,
  start: number,
  move: MoveText,
): AsyncGenerator<MovedChunk> {
  const { first, bytes } = await peek(read(0));
  const isGzip = beginsAsGzip(first);
  const plain = isGzip ? skip(inflate(bytes), start) : start === 0 ? bytes : read(start);
  // The delimiter of CSV is the first line's, wherever a chunk begins.
  let header =
    type?.format === "csv" && start > 0
      ? await readColumns(isGzip ? inflate(read(0)) : read(0), recipients)
      : undefined;
  let done = start;
  for await (const body of cut(plain, type, recipients)) {
    if (body.length === 0) continue;
    const before = Buffer.from(header ?? "", "utf8");
    const moved = (await move(Buffer.concat([before, body]), type?.contentType, done - before.length)).subarray(
      before.length,
    );
    if (type?.format === "csv") header ??= nameColumns(body.toString("utf8"), recipients);
    done += body.length;
    yield { bytes: isGzip ? await compress(moved) : moved, source: done };
  }
  // Nothing at all is no file of gzip.
  if (isGzip && done === 0) yield { bytes: await compress(""), source: 0 };
}

async function readColumns(bytes: AsyncIterable<Uint8Array>, recipients: readonly Markers[]): Promise<string> {
  for await (const chunk of cutChunks(decodeText(bytes), { format: "csv", recipients })) {
    const columns = nameColumns(chunk, recipients);
    if (columns !== undefined) return columns;
  }
  return "";
}

async function* cut(
  bytes: AsyncIterable<Uint8Array>,
  type: DocumentType | undefined,
  recipients: readonly Markers[],
): AsyncGenerator<Buffer> {
  const format = type === undefined ? "text" : recordFormatOf(type);
  if (format === undefined) yield await readWhole(bytes, mostWhole);
  else for await (const text of cutChunks(decodeText(bytes), { format, recipients })) yield Buffer.from(text, "utf8");
}

async function* skip(bytes: AsyncIterable<Uint8Array>, byteCount: number): AsyncGenerator<Uint8Array> {
  let left = byteCount;
  for await (const chunk of bytes) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
