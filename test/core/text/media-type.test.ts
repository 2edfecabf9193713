import { describe, expect, test } from "@jest/globals";
import { isAsciiCompatible, isUtf8, parseMediaType, plainText, trimBlanks } from "../../../core/text/media-type.ts";

test.each<[value: string, expected: readonly [string, Readonly<Record<string, string>>] | undefined, why: string]>([
  ["Text/Plain", ["text/plain", {}], "case"],
  [" text/plain\t", ["text/plain", {}], "blanks around it"],
  ["text/plain; Charset=UTF-8", ["text/plain", { charset: "UTF-8" }], "a parameter"],
  ['text/plain;charset="utf-8" ; a=b', ["text/plain", { charset: "utf-8", a: "b" }], "quoted"],
  ['a/b; c="d\\"e\\\\"', ["a/b", { c: 'd"e\\' }], "escapes"],
  ["a/b;;", ["a/b", {}], "empty parameters"],
  ["a/b; c=d; C=e", undefined, "a parameter twice"],
  ["a/b; boundary*=c", undefined, "an extended parameter"],
  ['a/b; c="\\d"', undefined, "an escape that means nothing"],
  ["a/b; c", undefined, "no value"],
  ["a/b; c=d e", undefined, "a blank in the value"],
  ["a/b, c/d", undefined, "two"],
  ["a", undefined, "no subtype"],
  ["", undefined, "nothing"],
])("%j is %j: %s", (value, expected) => {
  const mediaType = parseMediaType(value);
  expect(mediaType && [mediaType.essence, Object.fromEntries(mediaType.parameters)]).toEqual(expected);
});

describe("charsets", () => {
  test.each<[charset: string, utf8: boolean, ascii: boolean]>([
    ["utf-8", true, true],
    ["UTF8", true, true],
    ["us-ascii", false, true],
    ["iso-8859-15", false, true],
    ["windows-1252", false, true],
    ["utf-16", false, false],
    ["utf-7", false, false],
    ["ibm037", false, false],
    ["", false, false],
  ])("%s: UTF-8 %p, like ASCII %p", (charset, utf8, ascii) => {
    const mediaType = { essence: "text/plain", parameters: new Map([["charset", charset]]) };
    expect([isUtf8(mediaType), isAsciiCompatible(mediaType)]).toEqual([utf8, ascii]);
  });

  test("no charset means UTF-8", () => {
    expect([isUtf8(plainText), isAsciiCompatible(plainText)]).toEqual([true, true]);
  });
});

test.each([
  [" \ta b\t ", "a b"],
  ["a", "a"],
  [" \t", ""],
  ["\na\r", "\na\r"],
  ["\u00a0a", "\u00a0a"],
])("%j without blanks is %j", (text, trimmed) => {
  expect(trimBlanks(text)).toBe(trimmed);
});
