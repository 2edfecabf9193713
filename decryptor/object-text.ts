/** Objects of text, changed chunk by chunk in bounded memory: gzip undone and done again, cut where records end. */
import { pipeline } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { nameColumns } from "../core/decrypt/csv-header.ts";
import { FieldsealError } from "../core/errors.ts";
import { formatOf } from "../core/formats/media-types.ts";
import { parseJson } from "../core/text/json-document.ts";
import { parseMediaType } from "../core/text/media-type.ts";
import { cutChunks, decodeText, type RecordFormat } from "../core/text/record-chunks.ts";
import type { Markers } from "../core/token/marker.ts";
import type { StoredObject } from "./object-store.ts";

/** Changes one text: in order, one after another. */
export type ChangeText = (body: Buffer, contentType: string | undefined) => Promise<Buffer>;

/** An object of a format without records is read as a whole, up to so many bytes. */
const mostWhole = 32 * 1024 * 1024;

/** The object with its text changed. What is compressed comes back compressed. */
export async function changeObject(
  object: StoredObject,
  key: string,
  recipients: readonly Markers[],
  change: ChangeText,
): Promise<StoredObject> {
  if (!/^(?:|gzip|identity)$/i.test(object.contentEncoding ?? ""))
    throw new FieldsealError("content_coding_unsupported");
  const { first, bytes } = await peek(object.bytes);
  const isGzip = beginsAsGzip(first);
  const contentType = findContentType(object.contentType, key);
  const plain = isGzip ? inflate(bytes) : bytes;
  const changed = changeChunks(plain, contentType, recipients, change);
  return { ...object, bytes: isGzip ? deflate(changed) : changed };
}

export function beginsAsGzip(first: Uint8Array): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

/** Tells by the latest chunk, and the size of all so far, whether a peek has seen enough. */
type IsEnough = (chunk: Uint8Array, size: number) => boolean;

/** The first bytes, two at least unless told otherwise, and all of them again. */
export async function peek(
  bytes: AsyncIterable<Uint8Array>,
  isEnough: IsEnough = (_, size) => size >= 2,
): Promise<{ readonly first: Uint8Array; readonly bytes: AsyncIterable<Uint8Array> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let next = await iterator.next();
  while (next.done !== true) {
    chunks.push(next.value);
    size += next.value.length;
    if (isEnough(next.value, size)) break;
    next = await iterator.next();
  }
  const first = Buffer.concat(chunks);
  const all = async function* (): AsyncGenerator<Uint8Array> {
    try {
      if (first.length > 0) yield first;
      if (next.done !== true)
        for (next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return { first, bytes: all() };
}

/** Without gzip, whatever number of members it has. Throws `content_coding_malformed`. */
export async function* inflate(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let given = 0;
  const count = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      given += chunk.length;
      yield chunk;
    }
  };
  const gunzip = createGunzip();
  try {
    yield* pipeline(count(), gunzip, ignore) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw error instanceof FieldsealError ? error : new FieldsealError("content_coding_malformed");
  }
  // What node leaves unread behind the last member would be lost.
  if (gunzip.bytesWritten !== given) throw new FieldsealError("content_coding_malformed");
}

async function* deflate(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pipeline(bytes, createGzip(), ignore) as AsyncIterable<Uint8Array>;
}

/** Whoever reads the end of a pipeline meets its errors there. */
function ignore(): void {}

const jsonLines = "application/x-ndjson";

const extensions: ReadonlyMap<string, string> = new Map([
  ["csv", "text/csv"],
  ["json", "application/json"],
  ["jsonl", jsonLines],
  ["log", "text/plain"],
  ["ndjson", jsonLines],
  ["txt", "text/plain"],
  ["xml", "application/xml"],
]);

/** S3's own word for objects whose type nobody told. */
const untold = new Set(["application/octet-stream", "binary/octet-stream", "application/gzip", "application/x-gzip"]);

/**
 * The object's own type if it names a format, or its name's: many tools send `text/plain` with everything, and a
 * spreadsheet's type with CSV. `undefined` for lines of which each is read as what it looks like.
 */
function findContentType(told: string | undefined, key: string): string | undefined {
  const mediaType = told === undefined ? undefined : parseMediaType(told);
  const format = mediaType === undefined ? undefined : formatOf(mediaType);
  if (format !== undefined && format !== "text") return told;
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(key)?.[1]?.toLowerCase();
  const named = extension === undefined ? undefined : extensions.get(extension);
  return named ?? (mediaType === undefined || untold.has(mediaType.essence) ? undefined : told);
}

interface Layout {
  readonly format: RecordFormat | "whole";
  /** What each chunk is read as. */
  readonly contentType: string | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

async function findLayout(bytes: AsyncIterable<Uint8Array>, contentType: string | undefined): Promise<Layout> {
  const mediaType = contentType === undefined ? undefined : parseMediaType(contentType);
  const named = mediaType === undefined ? "text" : (formatOf(mediaType) ?? "text");
  if (named === "ndjson") return { format: "lines", contentType, bytes };
  if (named === "csv") return { format: named, contentType, bytes };
  if (named !== "json" && named !== "text") return { format: "whole", contentType, bytes };
  const { first, bytes: all } = await peek(bytes, (chunk, size) => hasLine(chunk) || size > mostWhole);
  const line = readFirstLine(first);
  // In a chunk of a document nobody could tell the place of a value.
  if (named === "text") return { format: beginsDocument(line) ? "whole" : named, contentType, bytes: all };
  // Most of what a data lake has under JSON's name is JSON in lines.
  return isJson(line)
    ? { format: "lines", contentType: jsonLines, bytes: all }
    : { format: "whole", contentType, bytes: all };
}

/** Whether a line that is not blank ends in a chunk. */
function hasLine(chunk: Uint8Array): boolean {
  return chunk.subarray(0, Math.max(0, chunk.lastIndexOf(0x0a))).some((byte) => byte > 0x20);
}

/** The first line that is not blank. */
function readFirstLine(bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString("utf8")
    .replace(/^\ufeff?[ \t\r\n]*/, "");
  const end = text.indexOf("\n");
  return (end < 0 ? text : text.slice(0, end)).trimEnd();
}

/** Whether JSON or XML begins with a line that is none of its own: lines of a log may begin with a bracket, too. */
function beginsDocument(line: string): boolean {
  if (/^(?:\[[ \t]*(?:["[{]|$)|\{[ \t]*(?:"|$))/.test(line)) return !isJson(line);
  if (/^<(?:\?xml[ \t]|!--|!DOCTYPE[ \t])/.test(line)) return true;
  const name = /^<([A-Za-z_][\w.:-]*)(?:[ \t/>]|$)/.exec(line)?.[1];
  return name !== undefined && !line.endsWith("/>") && !line.endsWith(`</${name}>`);
}

function isJson(text: string): boolean {
  try {
    parseJson(text, mostNested);
    return true;
  } catch {
    return false;
  }
}

/** Of a first line; whoever reads the others has a limit of their own. */
const mostNested = 4_000;

async function* changeChunks(
  source: AsyncIterable<Uint8Array>,
  told: string | undefined,
  recipients: readonly Markers[],
  change: ChangeText,
): AsyncGenerator<Uint8Array> {
  const { format, contentType, bytes } = await findLayout(source, told);
  if (format === "whole") {
    yield await change(await readWhole(bytes, mostWhole), contentType);
    return;
  }
  let header: string | undefined;
  for await (const chunk of cutChunks(decodeText(bytes), { format, recipients })) {
    const changed = await change(Buffer.from((header ?? "") + chunk, "utf8"), contentType);
    yield changed.subarray(Buffer.byteLength(header ?? "", "utf8"));
    // The delimiter and the names of columns are needed for every chunk.
    if (format === "csv") header ??= nameColumns(chunk, recipients);
  }
}

/** Throws `decoded_too_large` where there are more bytes than that. */
export async function readWhole(bytes: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > most) throw new FieldsealError("decoded_too_large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
