import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { deflate, inflate, peek, readWhole } from "../../decryptor/byte-stream.ts";

async function* streamOf(...chunks: readonly (Buffer | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

const text = Buffer.from("a text ".repeat(50));

describe("a peek", () => {
  test.each<[why: string, chunks: readonly string[], first: string]>([
    ["two bytes at least", ["a", "b", "c"], "ab"],
    ["a whole chunk", ["abc", "d"], "abc"],
    ["fewer, where there are no more", ["a"], "a"],
    ["nothing", [], ""],
  ])("%s, and then all", async (_, chunks, first) => {
    const peeked = await peek(streamOf(...chunks));
    expect(Buffer.from(peeked.first).toString()).toBe(first);
    expect((await readWhole(peeked.bytes)).toString()).toBe(chunks.join(""));
  });

  test("as much as is asked for", async () => {
    const { first } = await peek(streamOf("a", "b\n", "c"), (chunk) => chunk.includes(0x0a));
    expect(Buffer.from(first).toString()).toBe("ab\n");
  });

  test("closes the stream that it was given", async () => {
    let closed = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from("ab");
        yield Buffer.from("cd");
      } finally {
        closed = true;
      }
    };
    for await (const chunk of (await peek(source())).bytes) if (chunk.length > 0) break;
    expect(closed).toBe(true);
  });
});

describe("gzip", () => {
  const zipped = gzipSync(text);
  test.each<[why: string, chunks: readonly Buffer[]]>([
    ["one member", [zipped]],
    ["in pieces", [zipped.subarray(0, 5), zipped.subarray(5)]],
    ["two members", [gzipSync(text.subarray(0, 9)), gzipSync(text.subarray(9))]],
  ])("%s", async (_, chunks) => {
    expect(await readWhole(inflate(streamOf(...chunks)))).toEqual(text);
  });

  test("done again", async () => {
    expect(await readWhole(inflate(deflate(streamOf(text))))).toEqual(text);
  });

  test.each<[why: string, chunks: readonly (Buffer | string)[]]>([
    ["cut off", [zipped.subarray(0, -1)]],
    ["with other bytes behind it", [zipped, "x"]],
    ["other bytes", ["text"]],
  ])("%s is malformed", async (_, chunks) => {
    await expect(readWhole(inflate(streamOf(...chunks)))).rejects.toMatchObject({ code: "content_coding_malformed" });
  });
});

test.each([
  [3, "abc"],
  [2, undefined],
])("of at most %i bytes: %p", async (most, expected) => {
  const read = readWhole(streamOf("ab", "c"), most);
  if (expected === undefined) await expect(read).rejects.toMatchObject({ code: "decoded_too_large" });
  else expect((await read).toString()).toBe(expected);
});
