/** Base64 in lines, with words behind its last one and before its first one. */
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Decryptor, makeSealed, openDecryptor } from "../../support/decryptor.ts";

let decryptor: Decryptor;

beforeAll(async () => {
  decryptor = await openDecryptor();
});

afterAll(() => decryptor.close());

const wrap = (text: string, width: number, end: string): string =>
  text.replace(new RegExp(`[^]{${width}}(?=[^])`, "g"), `$&${end}`);

test("whole lines of base64, and a word that follows them", async () => {
  const token = makeSealed(decryptor.recipients[0], '"v"');
  const words = fc.constantFrom(
    "",
    "Subject: x\n",
    "Received\n",
    "end of it\n",
    "--boundary--\n",
    "payload:\n",
    "\n",
    "2026-11-01 INFO x\n",
    "word (x)\n",
    "http://example.com\n",
  );
  await fc.assert(
    fc.asyncProperty(
      words,
      fc.constantFrom(64, 76),
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom("x", "ü", "😀 "),
      fc.integer({ min: 0, max: 120 }),
      async (word, width, end, filler, count) => {
        const write = (value: string): string => {
          const content = `<v>${value}</v>${filler.repeat(count)}`;
          return `data:\n${wrap(Buffer.from(content).toString("base64"), width, end)}${end}${word}`;
        };
        const { result } = await decryptor.call({ body: write(token) });
        expect([result["opened"], result["body"]]).toEqual([1, write("v")]);
      },
    ),
    { numRuns: 600 },
  );
});

test("lines that a tool wrapped, with base64 in them", async () => {
  const token = makeSealed(decryptor.recipients[0], '"v"');
  const before = fc.constantFrom("data: ", "payload=", '{"d":"', "first line\nx y: ", `${"long ".repeat(15)}\nz `);
  await fc.assert(
    fc.asyncProperty(
      before,
      fc.constantFrom(64, 76),
      fc.constantFrom("\n", "\r\n"),
      fc.integer({ min: 0, max: 120 }),
      fc.boolean(),
      async (prefix, width, end, count, isGzip) => {
        const write = (value: string): string => {
          const content = Buffer.from(`<v>${value}</v>${"x".repeat(count)}`);
          const lines = prefix.split("\n");
          const last = (lines.pop() ?? "") + (isGzip ? gzipSync(content) : content).toString("base64");
          return [...lines, wrap(last, width, end), "- end"].join("\n");
        };
        const { result } = await decryptor.call({ body: write(token) });
        expect(result["opened"]).toBe(1);
        if (!isGzip) expect(result["body"]).toBe(write("v"));
        const base64 = /H4sI[^-]*/.exec(String(result["body"]))?.[0] ?? "";
        if (isGzip) expect(gunzipSync(Buffer.from(base64, "base64")).toString()).toBe(`<v>v</v>${"x".repeat(count)}`);
      },
    ),
    { numRuns: 400 },
  );
});
