/** Long texts in chunks, whatever they hold: together they are the text, and none divides a record or a token. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { findTokens } from "../../core/decrypt/tokens/find-tokens.ts";
import { cutChunks, type RecordKind } from "../../core/text/record-chunks.ts";
import { chunksOf } from "../support/chunks.ts";

const recipients = [
  { prefix: "#01#", suffix: "#10#" },
  { prefix: "~!abc!", suffix: "!xyz!~" },
];
const [first, second] = recipients.map(
  ({ prefix, suffix }) => `${prefix}${Buffer.alloc(256, 7).toString("base64")}${suffix}`,
);

async function cut(text: string, records: RecordKind, length: number, sizes: readonly number[]): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of cutChunks(chunksOf(text, sizes), { records, recipients, length })) pieces.push(piece.text);
  return pieces;
}

const wrap = (text: string, width: number, end: string): string =>
  text.replace(new RegExp(`[^]{${width}}(?=[^])`, "g"), `$&${end}`);
const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
const part = fc.oneof(
  fc.constantFrom(
    "a line\n",
    "\n",
    "ends with #\n",
    "ends with #0\n",
    "~!\n",
    "1#\n",
    "#01#short\n",
    "x".repeat(90) + "\n",
    "\r\n",
  ),
  fc.constantFrom(first ?? "", second ?? "").map((token) => `${token}\n`),
);

test("text: tokens that are wrapped anywhere stay whole", async () => {
  const wrapped = fc.record({
    parts: fc.array(part, { minLength: 1, maxLength: 30 }),
    width: fc.integer({ min: 5, max: 100 }),
    end: fc.constantFrom("\n", "\r\n"),
    sizes,
    length: fc.integer({ min: 1, max: 2_000 }),
  });
  await fc.assert(
    fc.asyncProperty(wrapped, async ({ parts, width, end, sizes: given, length }) => {
      const text = parts
        .map((each) => (each.includes("AAAA") || each.length > 300 ? `${wrap(each.trimEnd(), width, end)}\n` : each))
        .join("");
      const pieces = await cut(text, "text", length, given);
      expect(pieces.join("")).toBe(text);
      const count = (all: readonly string[]): number =>
        all.flatMap((each) => findTokens(each, recipients).filter(({ kind }) => kind === "token")).length;
      expect(count(pieces)).toBe(count([text]));
    }),
    { numRuns: 2_000 },
  );
});

test("text: base64 in lines of one width stays together", async () => {
  const block = fc.record({
    before: fc.constantFrom("", "data: ", "data: |\n    ", "Content-Transfer-Encoding: base64\n\n", "QUJD\n"),
    byteCount: fc.integer({ min: 1, max: 900 }),
    width: fc.constantFrom(64, 76),
    end: fc.constantFrom("\n", "\r\n", "\n    ", "\r\n\t", "=\r\n", "\\\n"),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(block, { minLength: 1, maxLength: 8 }),
      sizes,
      fc.integer({ min: 1, max: 2_000 }),
      async (blocks, given, length) => {
        const texts = blocks.map(({ byteCount, width, end }) =>
          wrap(Buffer.alloc(byteCount, 7).toString("base64"), width, end),
        );
        const text = blocks.map(({ before }, index) => `${before}${texts[index]}\n- \n`).join("");
        const pieces = await cut(text, "text", length, given);
        expect(pieces.join("")).toBe(text);
        let at = 0;
        const ends = pieces.map((piece) => (at += piece.length));
        let from = 0;
        for (const each of texts) {
          const start = text.indexOf(each, from);
          from = start + each.length;
          expect(ends.filter((end) => start < end && end < from)).toEqual([]);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("text: base64 in a line that a tool wrapped stays together", async () => {
  const lines = wrap(`data: ${Buffer.alloc(600, 7).toString("base64")}`, 76, "\n");
  const pieces = await cut(`- \n${lines}\n- \n`.repeat(20), "text", 500, [7, 90]);
  for (const piece of pieces) expect(piece.split(lines)).toHaveLength(piece.split("data: ").length);
});

test("text: records over several lines are not divided where others begin", async () => {
  const record = fc.constantFrom(
    '{\n  "a": [\n    "x"\n  ]\n}\n',
    'INFO {\n"a": [\n"x"\n],\n"b": 1\n}\n',
    "INFO <a>\n<b/>\n</a>\n",
    "line\n",
    "Error\n\tat x\n\n",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("", "\n", "\n\n", " x\n"),
      fc.array(record, { minLength: 1, maxLength: 30 }),
      sizes,
      fc.integer({ min: 100, max: 500 }),
      async (before, records, given, length) => {
        const text = before + records.join("");
        const pieces = await cut(text, "text", length, given);
        expect(pieces.join("")).toBe(text);
        for (const piece of pieces.slice(1)) expect(piece).toMatch(/^(?:\{|INFO|line|Error)/);
      },
    ),
  );
});

test("text: in nothing but markup, pieces begin with a tag that opens an element", async () => {
  const pieces = await cut("<a>\n  <b/>\n</a>\n".repeat(100), "text", 100, [7]);
  expect([pieces.join(""), pieces.length > 10]).toEqual(["<a>\n  <b/>\n</a>\n".repeat(100), true]);
  for (const piece of pieces) expect(piece).toMatch(/^<a>[^]*<\/a>\n$/);
});

test("text: lines that are all alike are divided at some time, in time that grows with them", async () => {
  const pieces = await cut("0123456789abcdef\n".repeat(1_500_000), "text", 1_000_000, [65_536]);
  expect([pieces.join("").length, pieces.length > 1]).toEqual([25_500_000, true]);
});

test("lines: each piece ends where a line does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", "bb\n", "\n", "\r\n", "c".repeat(50)), { maxLength: 60 }),
      sizes,
      fc.integer({ min: 1, max: 50 }),
      async (parts, given, length) => {
        const text = parts.join("");
        const pieces = await cut(text, "lines", length, given);
        expect(pieces.join("")).toBe(text);
        for (const piece of pieces.slice(0, -1)) expect(piece.endsWith("\n")).toBe(true);
      },
    ),
  );
});

test("CSV: no piece ends within quotes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a,b\r\n", '"x\ny",', '"",', '"a""\n""b"\n', "1\n"), { maxLength: 60 }),
      sizes,
      fc.integer({ min: 1, max: 50 }),
      async (parts, given, length) => {
        const text = parts.join("");
        const pieces = await cut(text, "csv", length, given);
        expect(pieces.join("")).toBe(text);
        for (const piece of pieces.slice(0, -1))
          expect([piece.endsWith("\n"), piece.split('"').length % 2]).toEqual([true, 1]);
      },
    ),
  );
});

test.each<RecordKind>(["text", "lines", "csv"])(
  "%s: a record without an end is refused, in time that grows with it",
  async (format) => {
    await expect(cut("x".repeat(40_000_000), format, 1_000_000, [65_536])).rejects.toMatchObject({
      code: "decoded_too_large",
    });
    await expect(cut("#01#".repeat(10_000_000), format, 1_000_000, [65_536])).rejects.toMatchObject({
      code: "decoded_too_large",
    });
    expect((await cut(`${"x".repeat(30_000_000)}\nx`, format, 1_000_000, [65_536])).join("")).toHaveLength(30_000_002);
  },
);
