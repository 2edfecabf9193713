import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import {
  beginsAsPart,
  beginsAsText,
  isContinuation,
  isSampleOfText,
  withoutCut,
} from "../../../core/embedded/base64-samples.ts";

const base64 = (content: string | Buffer): string => Buffer.from(content).toString("base64");
const text = "some text that is long enough to be looked at, and that goes on";

test.each([
  ["text", base64(text), true],
  ["JSON over lines", base64(`{\r\n\t"a": "${text}"\r\n}`), true],
  ["letters beyond ASCII", base64("Größe und Länge, ".repeat(5)), true],
  ["control characters", base64(`\u0001${text}`), false],
  ["bytes that UTF-8 does not have", base64(Buffer.concat([Buffer.of(0xff), Buffer.from(text)])), false],
])("beginnings of texts: %s", (_, digits, is) => {
  expect([beginsAsText(digits, 0), beginsAsText(`////${digits}`, 4)]).toEqual([is, is]);
});

test.each([
  ["text", base64(text), true],
  ["gzip", gzipSync(text).toString("base64"), true],
  ["the first bytes of gzip, and something else", `H4sI${"zzzz".repeat(30)}`, false],
  ["bytes", base64(Buffer.alloc(100, 0x9f)), false],
])("within a line: %s", (_, digits, is) => {
  expect(beginsAsPart(digits, 0)).toBe(is);
});

test.each([
  ["text", base64("plain"), true],
  ["cut within a character", base64(Buffer.from("né").subarray(0, 2)), true],
  ["cut within a character of four bytes", base64(Buffer.from("n😀").subarray(0, 4)), true],
  ["no UTF-8", base64(Buffer.from([0x61, 0xff, 0x61])), false],
])("samples: %s", (_, digits, is) => {
  expect(isSampleOfText(digits)).toBe(is);
});

test.each([
  ["ASCII", "abc", 3, "abc"],
  ["two bytes", "aé", 3, "a"],
  ["one of two", "aé", 2, "a"],
  ["three of four", "a😀", 4, "a"],
])("the last character may be cut: %s", (_, characters, byteCount, whole) => {
  expect(withoutCut(Buffer.from(characters).subarray(0, byteCount)).toString()).toBe(whole);
});

test("bytes that go on with a character", () => {
  expect([0x7f, 0x80, 0xbf, 0xc0, undefined].map(isContinuation)).toEqual([false, true, true, false, false]);
});
