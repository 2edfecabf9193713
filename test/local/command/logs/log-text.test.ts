import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { decompressLog, readLogLines } from "../../../../local/command/logs/log-text.ts";

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(text: string, size = 3): Promise<readonly string[]> {
  const lines: string[] = [];
  await readLogLines(chunksOf(Buffer.from(text), size), (line) => lines.push(line));
  return lines;
}

async function decompress(bytes: Buffer): Promise<string> {
  return (await buffer(decompressLog(chunksOf(bytes, 1), "log.gz"))).toString();
}

describe("lines", () => {
  test.each<[why: string, text: string, lines: readonly string[]]>([
    ["none", "", []],
    ["with and without an end", "a\nb", ["a", "b"]],
    ["with characters that chunks cut", "é€😀\nx\n", ["é€😀", "x"]],
    ["of one JSON text", '{\n"a":\n1}\n', ['{ "a": 1}']],
    ["behind empty ones, of one JSON text", "\n[\n1]", ["", "[ 1]"]],
    ["that only begin like JSON", "{\na\n", ["{", "a"]],
    ["of JSON each", '{"a":1}\n{"a":2}\n', ['{"a":1}', '{"a":2}']],
  ])("%s", async (_, text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
  });
});

describe("compression", () => {
  test.each<[why: string, bytes: Buffer]>([
    ["plain text", Buffer.from("text")],
    ["gzip", gzipSync("text")],
    ["several members", Buffer.concat([gzipSync("te"), gzipSync("xt")])],
  ])("%s", async (_, bytes) => {
    expect(await decompress(bytes)).toBe("text");
  });

  test.each<[why: string, bytes: Buffer, text: string]>([
    ["nothing", Buffer.alloc(0), ""],
    ["a byte", Buffer.from("a"), "a"],
  ])("%s is text", async (_, bytes, text) => {
    expect(await decompress(bytes)).toBe(text);
  });

  test("gzip that is cut off is refused with the file's name", async () => {
    await expect(decompress(gzipSync("text").subarray(0, -5))).rejects.toMatchObject({
      code: "content_coding_malformed",
      message: expect.stringContaining("log.gz"),
    });
  });
});
