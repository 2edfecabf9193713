/** Long texts in chunks: together they are the text, and none divides a record or a token. */
import { describe, expect, test } from "@jest/globals";
import {
  type Chunk,
  type ChunkOptions,
  cutChunks,
  decodeUtf8,
  readFirstRecord,
} from "../../../core/text/record-chunks.ts";
import { chunksOf } from "../../support/chunks.ts";

const recipients = [
  { prefix: "#01#", suffix: "#10#" },
  { prefix: "~!abc!", suffix: "!xyz!~" },
];

/** The chunks of a text that comes in pieces of one size. */
async function chunk(text: string, size: number, options: ChunkOptions): Promise<Chunk[]> {
  const found: Chunk[] = [];
  for await (const each of cutChunks(chunksOf(text, [size]), options)) found.push(each);
  return found;
}

describe("how long chunks are", () => {
  test.each<[why: string, text: string, size: number, options: ChunkOptions, expected: readonly string[]]>([
    ["as long as asked for", "ab\ncd\nef\n", 3, { records: "lines", length: 6 }, ["ab\ncd\n", "ef\n"]],
    ["longer where a line ends later", "abcdef\ng\n", 2, { records: "lines", length: 2 }, ["abcdef\n", "g\n"]],
    ["to the last end that is known", "a\nb\nc", 5, { records: "lines", length: 2 }, ["a\nb\n", "c"]],
    ["the last one with what is left", "a\nbc", 1, { records: "lines", length: 2 }, ["a\n", "bc"]],
    ["nothing of nothing", "", 1, { records: "lines" }, []],
    ["nothing after the last line end", "a\nb\n", 2, { records: "lines", length: 2 }, ["a\n", "b\n"]],
    ["of one text without an end, all", "abc", 1, { records: "lines", length: 1 }, ["abc"]],
    ["what is left counts for the next", "a\nbcd\ne\n", 5, { records: "lines", length: 5 }, ["a\n", "bcd\ne\n"]],
    [
      "what is shown is none of it",
      "a\nb\nc\n",
      2,
      { records: "lines", length: 2, lookahead: 2 },
      ["a\n", "b\n", "c\n"],
    ],
    ["a doubled quote in CSV", '"a""\n"\nb\n', 1, { records: "csv", length: 1 }, ['"a""\n"\n', "b\n"]],
    ["the last end of several in CSV", 'a\nb\n"c\n', 9, { records: "csv", length: 1 }, ["a\nb\n", '"c\n']],
    ["text where no record goes on", "a {\n  b\n}\nc\n", 99, { records: "text", length: 1 }, ["a {\n  b\n}\n", "c\n"]],
    [
      "text whose tokens are nobody's",
      "#01#a.\n#10#b.\nc.\n",
      99,
      { records: "text", length: 1 },
      ["#01#a.\n#10#b.\n", "c.\n"],
    ],
    ["quotes keep a record of CSV together", '"a\n"\nb\n', 1, { records: "csv", length: 1 }, ['"a\n"\n', "b\n"]],
    ["and no line", '"a\n"\nb\n', 1, { records: "lines", length: 1 }, ['"a\n', '"\n', "b\n"]],
    [
      "where nothing can be cut, it is tried again with twice as much, and then as before",
      `#01#..\n.${".\n".repeat(3)}#10#\n${".\n".repeat(12)}`,
      4,
      { records: "text", recipients, length: 10 },
      [`#01#..\n.${".\n".repeat(3)}#10#\n${".\n".repeat(2)}`, ".\n".repeat(6), ".\n".repeat(4)],
    ],
  ])("%s", async (_, text, size, options, expected) => {
    expect((await chunk(text, size, options)).map((each) => each.text)).toEqual(expected);
  });

  test.each([
    [10, 0, "x".repeat(11), "decoded_too_large"],
    [10, 0, "x".repeat(10), undefined],
    [10, 0, `${"x".repeat(12)}\n`, undefined],
    [10, 4, "x".repeat(11), "decoded_too_large"],
    [10, 4, "x".repeat(10), undefined],
  ])("of records of %i characters, %i ahead: %j", async (longest, lookahead, text, code) => {
    const chunks = chunk(text, 13, { records: "lines", length: 1, longest, lookahead });
    if (code === undefined) expect((await chunks).map((each) => each.text).join("")).toBe(text);
    else await expect(chunks).rejects.toMatchObject({ code });
  });
});

test("a chunk has about 2^20 characters by default", async () => {
  const half = `${"x".repeat((1 << 19) - 1)}\n`;
  const chunks = await chunk(half.repeat(3), 1 << 19, { records: "lines" });
  expect(chunks.map(({ before, text, ahead }) => [before, text.length, ahead])).toEqual([
    ["", 1 << 20, ""],
    ["", 1 << 19, ""],
  ]);
});

test("a record has at most 2^25 characters by default", async () => {
  const longest = "x".repeat(1 << 25);
  expect(await chunk(longest, longest.length, { records: "lines" })).toHaveLength(1);
  const longer = chunk(`${longest}x`, longest.length + 1, { records: "lines" });
  await expect(longer).rejects.toMatchObject({ code: "decoded_too_large" });
});

test("a chunk shows the text after it", async () => {
  const chunks = await chunk("a\nb\nc\nd", 1, { records: "lines", length: 2, lookahead: 3 });
  expect(chunks.map(({ text, ahead }) => [text, ahead])).toEqual([
    ["a\n", "b\nc"],
    ["b\n", "c\nd"],
    ["c\nd", ""],
  ]);
});

describe("the header of CSV", () => {
  const headerOf = (text: string): string | undefined => (text.trim() === "" ? undefined : `<${text.trim()}>`);
  const read = async (options: Partial<ChunkOptions>): Promise<readonly (readonly string[])[]> =>
    (await chunk("\n\nh\n1\n2\n", 1, { records: "csv", length: 2, headerOf, ...options })).map((each) => [
      each.before,
      each.text,
    ]);

  test("is the first one, for all chunks after it", async () => {
    expect(await read({})).toEqual([
      ["", "\n\n"],
      ["", "h\n"],
      ["<h>", "1\n"],
      ["<h>", "2\n"],
    ]);
  });

  test("is the one that is known", async () => {
    expect((await read({ header: "k" })).map(([before]) => before)).toEqual(["k", "k", "k", "k"]);
  });

  test("is empty if nothing finds one", async () => {
    expect((await read({ headerOf: () => undefined })).map(([before]) => before)).toEqual(["", "", "", ""]);
    const chunks = await chunk("h\n1\n", 1, { records: "csv", length: 2 });
    expect(chunks.map(({ before }) => before)).toEqual(["", ""]);
  });

  test("goes before what is left, too", async () => {
    const options: ChunkOptions = { records: "csv", length: 2, headerOf };
    const chunks = await chunk("h\n1", 1, options);
    expect(chunks).toEqual([
      { before: "", text: "h\n", ahead: "" },
      { before: "<h>", text: "1", ahead: "" },
    ]);
  });

  test("is only of CSV", async () => {
    expect((await read({ records: "lines" })).map(([before]) => before)).toEqual(["", "", "", ""]);
  });
});

describe("UTF-8", () => {
  const decode = async (...pieces: readonly (readonly number[])[]): Promise<string> => {
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      for (const piece of pieces) yield Uint8Array.from(piece);
    };
    let text = "";
    for await (const each of decodeUtf8(bytes())) text += each;
    return text;
  };

  test("characters may be divided, and a byte order mark stays", async () => {
    expect(await decode([0xef, 0xbb], [0xbf, 0x61, 0xc3], [0xa9])).toBe("\ufeffaé");
  });

  test.each([[[0xff]], [[0x61, 0xc3]]])("%j is refused", async (bytes) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code: "body_not_utf8" });
  });
});

test.each([
  ["a,b\n1,2\n", "a,b\n", "a line"],
  ["\ufeff\r\n\na\n1", "\ufeff\r\n\na\n", "with the empty lines before it"],
  ['"a\nb"\n1', '"a\nb"\n', "line ends in quotes"],
  ['"a""\n"\n1', '"a""\n"\n', "doubled quotes"],
  ["a", "a", "no line's end"],
  ["", "", "nothing"],
  ["\ufeffa\nb", "\ufeffa\n", "a byte order mark"],
  ["\r\r\na\nb", "\r\r\n", "a line of one CR"],
  ["a\n\nb", "a\n", "an empty line after it"],
  ['"', '"', "an open quote"],
  ["\n\n", "\n\n", "empty lines only"],
])("the first record of %j is %j: %s", (text, record) => {
  expect(readFirstRecord(text)).toBe(record);
});
