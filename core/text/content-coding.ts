/** Decodes content codings within a limit, and applies them again (RFC 9110, section 8.4.1; RFC 7932; RFC 8878). */
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  type InputType,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { isRecord } from "../config/config-value.ts";
import { FieldsealError } from "../errors.ts";

/** Decodes and encodes one coding. */
export interface ContentCoding {
  /** Throws `content_coding_malformed`, or `decoded_too_large` for more than `limit` bytes. */
  readonly decode: (bytes: Buffer, limit: number) => Buffer;
  readonly encode: (bytes: Buffer) => Buffer;
}

interface DecodeOptions {
  readonly maxOutputLength: number;
  readonly info: true;
}

/**
 * Makes a decoder. It refuses bytes after the end of the stream: node ignores them, but other decoders may read them.
 */
function makeDecode(decompress: (bytes: InputType, options: DecodeOptions) => unknown): ContentCoding["decode"] {
  return (bytes, limit) => {
    let result: unknown;
    try {
      result = decompress(bytes, { maxOutputLength: limit, info: true });
    } catch (error) {
      const tooLarge = error instanceof RangeError || Object(error)["code"] === "ERR_BUFFER_TOO_LARGE";
      throw new FieldsealError(tooLarge ? "decoded_too_large" : "content_coding_malformed");
    }
    const { buffer, engine }: Readonly<Record<string, unknown>> = isRecord(result) ? result : {};
    if (!Buffer.isBuffer(buffer) || Object(engine)["bytesWritten"] !== bytes.length) {
      throw new FieldsealError("content_coding_malformed");
    }
    return buffer;
  };
}

/**
 * The zlib format (RFC 1950), as RFC 9110 defines it. Bare deflate data, which some programs send or expect, is
 * refused, and so is data that can be read in both ways.
 */
const decodeZlib = makeDecode(inflateSync);
const deflate: ContentCoding = {
  decode: (bytes, limit) => {
    const decoded = decodeZlib(bytes, limit);
    if (isBareDeflate(bytes, limit)) throw new FieldsealError("content_coding_malformed");
    return decoded;
  },
  encode: (bytes) => deflateSync(bytes),
};

function isBareDeflate(bytes: Buffer, limit: number): boolean {
  try {
    inflateRawSync(bytes, { maxOutputLength: limit });
    return true;
  } catch (error) {
    return error instanceof RangeError;
  }
}

/** The default quality of 11 takes seconds for a megabyte. */
const brotliParameters = { [constants.BROTLI_PARAM_QUALITY]: 5 };

const gzip: ContentCoding = { decode: makeDecode(gunzipSync), encode: (bytes) => gzipSync(bytes) };

const codings: ReadonlyMap<string, ContentCoding> = new Map([
  ["gzip", gzip],
  ["x-gzip", gzip],
  ["deflate", deflate],
  [
    "br",
    {
      decode: makeDecode(brotliDecompressSync),
      encode: (bytes) => brotliCompressSync(bytes, { params: brotliParameters }),
    },
  ],
  ["zstd", { decode: makeDecode(zstdDecompressSync), encode: (bytes) => zstdCompressSync(bytes) }],
]);

/** True if bytes begin with the two magic bytes of gzip (RFC 1952, section 2.3.1). */
export function beginsAsGzip(bytes: Uint8Array, at = 0): boolean {
  return bytes[at] === 0x1f && bytes[at + 1] === 0x8b;
}

/** True if gzip with its only method, deflate, begins at an offset: fewer other bytes look like that. */
export function isGzip(bytes: Uint8Array, at = 0): boolean {
  return beginsAsGzip(bytes, at) && bytes[at + 2] === 8;
}

/** The most codings of one body. No client applies more. */
const maxCodings = 4;

/**
 * The codings of a body from the values of Content-Encoding, in the order in which the client applied them. Throws
 * `content_coding_unsupported`.
 */
export function parseContentCodings(values: readonly string[]): readonly ContentCoding[] {
  const names = values
    .flatMap((value) => value.split(","))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "identity");
  if (names.length > maxCodings) throw new FieldsealError("content_coding_unsupported");
  return names.map((name) => {
    const coding = codings.get(name);
    if (coding === undefined) throw new FieldsealError("content_coding_unsupported");
    return coding;
  });
}

/**
 * Decodes codings, the last one first. Throws `content_coding_malformed`, or `decoded_too_large` for more than `limit`
 * bytes.
 */
export function undoCodings(bytes: Buffer, applied: readonly ContentCoding[], limit: number): Buffer {
  return applied.reduceRight((decoded, coding) => coding.decode(decoded, limit), bytes);
}

/** Applies codings in their order. */
export function applyCodings(bytes: Buffer, codingsToApply: readonly ContentCoding[]): Buffer {
  return codingsToApply.reduce((encoded, coding) => coding.encode(encoded), bytes);
}
