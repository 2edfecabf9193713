/** Objects of text, changed piece by piece in bounded memory: gzip undone and done again, cut where records end. */
import { Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { formatOf } from "../core/codecs/format.ts";
import { FieldsealError } from "../core/errors.ts";
import type { Markers } from "../core/marker.ts";
import { parseMediaType } from "../core/media-type.ts";
import { cutPieces, decodeText, readHeader, type RecordFormat } from "../core/record-piece.ts";
import type { StoredObject } from "./object-store.ts";

/** Changes one text: in order, one after another. */
export type ChangeText = (body: Buffer, contentType: string | undefined) => Promise<Buffer>;

/** An object of a format without records is read as a whole, up to so many octets. */
const mostWhole = 32 * 1024 * 1024;

/** The object with its text changed. What is compressed comes back compressed. */
export async function changeObject(object: StoredObject, key: string, recipients: readonly Markers[], change: ChangeText): Promise<StoredObject> {
  const { first, bytes } = await peek(object.bytes);
  const isGzip = beginsAsGzip(first);
  if (object.contentEncoding !== undefined && object.contentEncoding !== "" && object.contentEncoding !== "gzip" && object.contentEncoding !== "identity") {
    throw new FieldsealError("content_coding_unsupported");
  }
  const contentType = findContentType(object.contentType, key);
  const plain = isGzip ? inflate(bytes) : bytes;
  const changed = changePieces(plain, contentType, recipients, change);
  return { ...object, bytes: isGzip ? deflate(changed) : changed };
}

export function beginsAsGzip(first: Uint8Array): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

/** The first two octets at least, where there are as many, and all of them again. */
export async function peek(bytes: AsyncIterable<Uint8Array>): Promise<{ readonly first: Uint8Array; readonly bytes: AsyncIterable<Uint8Array> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  let done = false;
  while (first.length < 2 && !done) {
    const next = await iterator.next();
    if (next.done === true) done = true;
    else first = Buffer.concat([first, next.value]);
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    if (first.length > 0) yield first;
    if (!done) for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  };
  return { first, bytes: all() };
}

/** Without gzip, whatever number of members it has. Throws `content_coding_malformed`. */
export async function* inflate(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes);
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw error instanceof FieldsealError ? error : new FieldsealError("content_coding_malformed");
  }
}

async function* deflate(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes);
  const gzip = createGzip();
  source.on("error", (error) => gzip.destroy(error));
  yield* source.pipe(gzip) as AsyncIterable<Uint8Array>;
}

const extensions: ReadonlyMap<string, string> = new Map([
  ["csv", "text/csv"],
  ["json", "application/json"],
  ["jsonl", "application/x-ndjson"],
  ["log", "text/plain"],
  ["ndjson", "application/x-ndjson"],
  ["txt", "text/plain"],
  ["xml", "application/xml"],
]);

/** S3's own word for objects whose type nobody told. */
const untold = new Set(["application/octet-stream", "binary/octet-stream", "application/gzip", "application/x-gzip"]);

/** The object's own type, or its name's; `undefined` for lines of which each is read as what it looks like. */
function findContentType(told: string | undefined, key: string): string | undefined {
  const mediaType = told === undefined ? undefined : parseMediaType(told);
  if (mediaType !== undefined && !untold.has(mediaType.essence)) return told;
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(key)?.[1]?.toLowerCase();
  return extension === undefined ? undefined : extensions.get(extension);
}

function recordFormatOf(contentType: string | undefined): RecordFormat | "whole" {
  const mediaType = contentType === undefined ? undefined : parseMediaType(contentType);
  if (mediaType === undefined) return "text";
  const format = formatOf(mediaType) ?? "text";
  if (format === "ndjson") return "lines";
  return format === "csv" || format === "text" ? format : "whole";
}

async function* changePieces(bytes: AsyncIterable<Uint8Array>, contentType: string | undefined, recipients: readonly Markers[], change: ChangeText): AsyncGenerator<Uint8Array> {
  const format = recordFormatOf(contentType);
  if (format === "whole") {
    yield await change(await readWhole(bytes), contentType);
    return;
  }
  let header: { readonly text: string; readonly octets: number } | undefined;
  for await (const piece of cutPieces(decodeText(bytes), { format, recipients })) {
    const changed = await change(Buffer.from((header?.text ?? "") + piece, "utf8"), contentType);
    yield changed.subarray(header?.octets ?? 0);
    if (format !== "csv" || header !== undefined) continue;
    // The names of columns are needed for every piece, and are the same before each.
    const text = readHeader(piece);
    header = { text, octets: (await change(Buffer.from(text, "utf8"), contentType)).length };
  }
}

async function readWhole(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > mostWhole) throw new FieldsealError("decoded_too_large");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
