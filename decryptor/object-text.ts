/** Changes text objects in bounded memory: chunk by chunk, cut where records end, with gzip undone and redone. */
import { nameColumns } from "../core/decrypt/csv-header.ts";
import { FieldsealError } from "../core/errors.ts";
import { formatOf, formatOfExtension } from "../core/formats/media-types.ts";
import { fileTable, formatTable } from "../core/rule/formats.ts";
import { beginsAsGzip } from "../core/text/content-coding.ts";
import { parseJson } from "../core/text/json-document.ts";
import { parseMediaType } from "../core/text/media-type.ts";
import { cutChunks, decodeUtf8, type RecordKind } from "../core/text/record-chunks.ts";
import type { Markers } from "../core/token/marker.ts";
import { deflate, inflate, peek, readWhole } from "./byte-stream.ts";
import type { StoredObject } from "./object-store.ts";

/** Changes one text. Gets the texts of an object one after the other, in order. */
export type ChangeText = (body: Buffer, contentType: string | undefined) => Promise<Buffer>;

/** The most bytes of an object without records, which must be read as a whole. */
const mostWhole = 32 * 1024 * 1024;

/**
 * The object with its text changed. A compressed object stays compressed. `key` is the object's name. No cut divides a
 * token of `recipients`. Throws `content_coding_unsupported`. Reading its bytes throws `content_coding_malformed`,
 * `body_not_utf8`, `decoded_too_large` (over 32 MiB without records), and the errors of `change`.
 */
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

/** The types that S3 and gzip tools give to objects without a type. */
const unnamedTypes: ReadonlySet<string> = new Set([
  "application/octet-stream",
  "binary/octet-stream",
  "application/gzip",
  "application/x-gzip",
]);

/** Extensions that only commands take for a format. Such an object keeps its stored type. */
const commandExtensions: ReadonlySet<string> = new Set(["form", "text"]);

/**
 * The stored type if it names a format, else the type of the object's name: many tools send `text/plain` with
 * everything, and a spreadsheet's type with CSV. `undefined` for lines that are each read as what they look like.
 */
function findContentType(stored: string | undefined, key: string): string | undefined {
  const mediaType = stored === undefined ? undefined : parseMediaType(stored);
  const format = mediaType === undefined ? undefined : formatOf(mediaType);
  if (format !== undefined && format !== "text") return stored;
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(key)?.[1]?.toLowerCase() ?? "";
  const named = commandExtensions.has(extension) ? undefined : formatOfExtension(extension);
  if (named !== undefined) return formatTable[named].mediaTypes[0];
  return mediaType === undefined || unnamedTypes.has(mediaType.essence) ? undefined : stored;
}

interface Layout {
  /** How its records end; `undefined` for an object that is read as a whole. */
  readonly records: RecordKind | undefined;
  /** The content type of each chunk. */
  readonly contentType: string | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

async function findLayout(bytes: AsyncIterable<Uint8Array>, contentType: string | undefined): Promise<Layout> {
  const mediaType = contentType === undefined ? undefined : parseMediaType(contentType);
  const format = mediaType === undefined ? "text" : (formatOf(mediaType) ?? "text");
  const { records } = fileTable[format];
  if (format !== "json" && format !== "text") return { records, contentType, bytes };
  const { first, bytes: all } = await peek(bytes, (chunk, size) => hasLine(chunk) || size > mostWhole);
  const line = readFirstLine(first);
  // A chunk of a document does not show the path of a value.
  if (format === "text") return { records: beginsDocument(line) ? undefined : records, contentType, bytes: all };
  // Most objects that a data lake calls JSON are JSON in lines.
  return isJson(line)
    ? { records: fileTable.ndjson.records, contentType: formatTable.ndjson.mediaTypes[0], bytes: all }
    : { records, contentType, bytes: all };
}

/** True if a line that is not blank ends in a chunk. */
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

/** True if a document of JSON or XML begins with this line and goes on: lines of a log may begin with a bracket. */
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

/** Levels of nesting in a first line. The reader's own limit applies when the text is read. */
const mostNested = 4_000;

async function* changeChunks(
  source: AsyncIterable<Uint8Array>,
  stored: string | undefined,
  recipients: readonly Markers[],
  change: ChangeText,
): AsyncGenerator<Uint8Array> {
  const { records, contentType, bytes } = await findLayout(source, stored);
  if (records === undefined) {
    yield await change(await readWhole(bytes, mostWhole), contentType);
    return;
  }
  const headerOf = (chunk: string): string | undefined => nameColumns(chunk, recipients);
  for await (const { before, text } of cutChunks(decodeUtf8(bytes), { records, recipients, headerOf })) {
    const changed = await change(Buffer.from(before + text, "utf8"), contentType);
    yield changed.subarray(Buffer.byteLength(before, "utf8"));
  }
}
