import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import {
  applyCodings,
  beginsAsGzip,
  isGzip,
  parseContentCodings,
  undoCodings,
} from "../../../core/text/content-coding.ts";
import { describeError } from "../../support/codec.ts";

const text = Buffer.from("text ".repeat(20));
const undo = (names: readonly string[], bytes: Buffer, limit = 1_000): Buffer | string =>
  describeError(() => undoCodings(bytes, parseContentCodings(names), limit));

test.each<[why: string, names: readonly string[], bytes: Buffer]>([
  ["none", [], text],
  ["identity", ["identity, Identity"], text],
  ["gzip", ["gzip"], gzipSync(text)],
  ["x-gzip", ["X-GZip"], gzipSync(text)],
  ["gzip of two members", ["gzip"], Buffer.concat([gzipSync(text.subarray(0, 9)), gzipSync(text.subarray(9))])],
  ["deflate", ["deflate"], deflateSync(text)],
  ["br", ["br"], brotliCompressSync(text)],
  ["zstd", ["zstd"], zstdCompressSync(text)],
  ["the last one first", ["gzip", " br,identity"], brotliCompressSync(gzipSync(text))],
])("%s is undone, and done again so that it can be undone", (_, names, bytes) => {
  expect(undo(names, bytes)).toEqual(text);
  expect(undo(names, applyCodings(text, parseContentCodings(names)))).toEqual(text);
});

describe("refused", () => {
  test.each<[why: string, names: readonly string[], bytes: Buffer, code: string]>([
    ["an unknown coding", ["compress"], text, "content_coding_unsupported"],
    ["an empty name", ["gzip,"], gzipSync(text), "content_coding_unsupported"],
    ["five", ["gzip,gzip,gzip,gzip,gzip"], text, "content_coding_unsupported"],
    ["other bytes", ["gzip"], text, "content_coding_malformed"],
    ["cut off", ["gzip"], gzipSync(text).subarray(0, -1), "content_coding_malformed"],
    ["bytes after the end", ["deflate"], Buffer.concat([deflateSync(text), text]), "content_coding_malformed"],
    ["bare deflate data", ["deflate"], deflateRawSync(text), "content_coding_malformed"],
    ["a bomb", ["gzip"], gzipSync(Buffer.alloc(1_001)), "decoded_too_large"],
    ["a bomb within", ["br,gzip"], gzipSync(brotliCompressSync(Buffer.alloc(1_001))), "decoded_too_large"],
  ])("%s", (_, names, bytes, code) => {
    expect(undo(names, bytes)).toBe(code);
  });

  test("not what has the limit's size", () => {
    expect(undo(["gzip"], gzipSync(Buffer.alloc(1_000)))).toEqual(Buffer.alloc(1_000));
  });
});

test.each([
  [[0x1f, 0x8b, 8], 0, true, true, "gzip"],
  [[0, 0x1f, 0x8b, 8], 1, true, true, "at an offset"],
  [[0x1f, 0x8b, 7], 0, true, false, "another method"],
  [[0x1f, 0x8b], 0, true, false, "two bytes"],
  [[0x1f, 8, 8], 0, false, false, "another number"],
  [[], 0, false, false, "nothing"],
])("%j at %i begins as gzip: %p; is gzip: %p (%s)", (bytes, at, begins, is) => {
  expect([beginsAsGzip(Uint8Array.from(bytes), at), isGzip(Uint8Array.from(bytes), at)]).toEqual([begins, is]);
});
