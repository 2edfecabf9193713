/** Gzip and base64 around texts, whatever is looked for in them. */
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import {
  findEnvelopes,
  mayHold,
  mayHoldEnvelopes,
  nestEnvelope,
  openGzip,
} from "../../../core/embedded/gzip-base64.ts";
import { FieldsealError } from "../../../core/errors.ts";
import { isGzip } from "../../../core/text/content-coding.ts";

const mayMatter = (text: string): boolean => text.includes("MARK");
const text = `a text that is long enough to be worth a look, with a MARK in it: ${"and more of it, ".repeat(4)}`;
const without = text.replace("MARK", "mark");
const base64 = (content: string | Buffer): string => Buffer.from(content).toString("base64");
const find = (source: string, done: readonly { start: number; end: number }[] = [], left = 1_000_000) =>
  findEnvelopes(source, done, { mayMatter, budget: { left } });

test.each([
  ["gzip", gzipSync("x"), 0, true],
  ["behind others", Buffer.concat([Buffer.of(0), gzipSync("x")]), 1, true],
  ["another method", Buffer.of(0x1f, 0x8b, 7), 0, false],
  ["nothing", Buffer.of(), 0, false],
])("%s", (_, bytes, at, is) => {
  expect(isGzip(bytes, at)).toBe(is);
});

describe("gzip is opened from a budget", () => {
  test("that it takes what it unfolds to from", () => {
    const budget = { left: 100 };
    const { content, wrap } = openGzip(gzipSync("x".repeat(60)), budget);
    expect([content.toString(), budget.left]).toEqual(["x".repeat(60), 40]);
    expect(gunzipSync(wrap(Buffer.from("y"))).toString()).toBe("y");
  });

  test.each([
    ["that is exhausted", gzipSync("x"), 0, "decoded_too_large"],
    ["that is too small", gzipSync("x".repeat(101)), 100, "decoded_too_large"],
    ["but not where it is cut off", gzipSync(text).subarray(0, 40), 1_000, "content_coding_malformed"],
  ])("%s", (_, bytes, left, code) => {
    expect(() => openGzip(bytes, { left })).toThrow(expect.objectContaining({ code }));
  });
});

test("one envelope in another: the inner content, and both around another", () => {
  const outer = { content: Buffer.from("(in)"), wrap: (inner: Buffer) => Buffer.from(`(${inner.toString()})`) };
  const inner = { content: Buffer.from("in"), wrap: (content: Buffer) => Buffer.from(`[${content.toString()}]`) };
  expect(nestEnvelope(outer, undefined)).toBe(outer);
  const { content, wrap } = nestEnvelope(outer, inner);
  expect([content, wrap(Buffer.from("x"))].map(String)).toEqual(["in", "([x])"]);
});

describe("what is wrapped up", () => {
  test.each<[why: string, source: string, content: string | undefined]>([
    ["a text that may matter", base64(text), text],
    ["one that may not", base64(without), undefined],
    ["bytes that are no text", base64(Buffer.concat([Buffer.from(text), Buffer.of(0xff)])), undefined],
    ["gzip, whatever it holds", base64(gzipSync(without + without)), without + without],
    ["gzip in gzip", base64(gzipSync(gzipSync(text + without))), undefined],
    ["base64 in base64", base64(base64(text)), base64(text)],
  ])("%s", (why, source, content) => {
    const found = find(`data: ${source} end`);
    expect(found.map(({ start, end }) => [start, end])).toEqual(
      content === undefined && why !== "gzip in gzip" ? [] : [[6, 6 + source.length]],
    );
    for (const { envelope } of found) {
      if (envelope instanceof FieldsealError) throw envelope;
      if (content !== undefined) expect(envelope.content.toString()).toBe(content);
      const again = find(envelope.wrap(envelope.content).toString());
      expect(again.map((each) => Object(each.envelope).content)).toEqual([envelope.content]);
    }
  });

  test("gzip that was cut off is told, since it may have held what matters", () => {
    const [found] = find(base64(gzipSync(text.repeat(3) + Math.PI).subarray(0, 100)));
    expect(found?.envelope).toMatchObject({ code: "content_coding_malformed" });
  });

  test("more than the budget is not put up with", () => {
    expect(() => find(base64(gzipSync(Buffer.alloc(200_000))), [], 1_000)).toThrow(
      expect.objectContaining({ code: "decoded_too_large" }),
    );
  });

  test("what is dealt with is left out, and what is beside it is not", () => {
    const [one, two] = [base64(text), base64(`${text}!`)];
    const source = `${one} ${two}`;
    const span = (start: number, end: number) => ({ start, end });
    const starts = (done: readonly { start: number; end: number }[]): readonly number[] =>
      find(source, done).map(({ start }) => start);
    expect(starts([])).toEqual([0, one.length + 1]);
    expect(starts([span(4, 8)])).toEqual([one.length + 1]);
    expect(starts([span(one.length - 1, one.length + 2)])).toEqual([]);
    expect(starts([span(one.length, one.length + 1)])).toEqual([0, one.length + 1]);
  });
});

describe("whether it is worth a look", () => {
  test.each<[why: string, source: string, plainly: boolean, wrapped: boolean]>([
    ["as it is", text, true, false],
    ["in base64", base64(text), false, true],
    ["in base64 in base64", base64(base64(text)), false, true],
    ["gzip", base64(gzipSync(without + Math.PI + Math.E + Math.SQRT2 + Math.LN10)), false, true],
    ["base64 of something else", base64(without), false, false],
    ["much base64 of something else", `${base64(without)} `.repeat(800), false, false],
    ["the last of much base64", `${`${base64(without)} `.repeat(800)}${base64(text)}`, false, true],
    ["one text of much that is none", `${base64(Buffer.alloc(300, 0xf1))} ${base64(text)}`, false, true],
    ["a long one", base64(without.repeat(700) + text), false, true],
    ["a long one of something else", base64(without.repeat(700)), false, false],
  ])("%s", (_, source, plainly, wrapped) => {
    expect([mayMatter(source), mayHoldEnvelopes(source, mayMatter), mayHold(source, mayMatter)]).toEqual([
      plainly,
      wrapped,
      plainly || wrapped,
    ]);
  });

  test("what ends one content and begins the next is none of either", () => {
    const filler = "x".repeat(120);
    const source = `${base64(`${filler}MA`)} ${base64(`RK${filler}`)}`;
    expect(mayHoldEnvelopes(source, mayMatter)).toBe(false);
  });

  test("small contents are looked at together", () => {
    let looks = 0;
    const counting = (part: string): boolean => {
      looks++;
      return mayMatter(part);
    };
    expect(mayHoldEnvelopes(`${base64(without)} `.repeat(300), counting)).toBe(false);
    expect(looks).toBe(1);
  });
});
