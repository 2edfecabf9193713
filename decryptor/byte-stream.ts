/** Streams of bytes in bounded memory: peek, inflate, deflate (gzip, RFC 1952), and read whole. */
import { pipeline } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { FieldsealError } from "../core/errors.ts";

/** True if a peek has seen enough: by its latest chunk, and the bytes of all chunks so far. */
export type IsEnough = (chunk: Uint8Array, size: number) => boolean;

/** A stream whose first bytes are known. */
export interface PeekedBytes {
  readonly first: Uint8Array;
  /** All bytes, with the first ones. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The first bytes of a stream, and all of its bytes. By default it peeks at two bytes or more. */
export async function peek(
  bytes: AsyncIterable<Uint8Array>,
  isEnough: IsEnough = (_, size) => size >= 2,
): Promise<PeekedBytes> {
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

/** Undoes gzip, which may have several members. Throws `content_coding_malformed`. */
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
  // Node ignores bytes after the last member, which would be lost.
  if (gunzip.bytesWritten !== given) throw new FieldsealError("content_coding_malformed");
}

/** Compresses bytes to one gzip member. */
export async function* deflate(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pipeline(bytes, createGzip(), ignore) as AsyncIterable<Uint8Array>;
}

/** The code that reads the end of a pipeline gets its errors. */
function ignore(): void {}

/** All bytes of a stream. Throws `decoded_too_large` for more than `most` bytes. */
export async function readWhole(
  bytes: AsyncIterable<Uint8Array>,
  most: number = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > most) throw new FieldsealError("decoded_too_large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
