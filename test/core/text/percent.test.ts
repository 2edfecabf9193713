import { describe, expect, test } from "@jest/globals";
import { decodeAgain, encodePercent, readPercent } from "../../../core/text/percent.ts";
import { describeError } from "../../support/codec.ts";

describe("a span as a node", () => {
  test.each<[why: string, spelling: string, plus: boolean, text: string, offsets: readonly number[]]>([
    ["no escape", "ab", true, "ab", [1, 2, 3]],
    ["plus is a space", "a+b", true, "a b", [1, 2, 3, 4]],
    ["plus is plus", "a+b", false, "a+b", [1, 2, 3, 4]],
    ["plus beside an escape", "+%41", true, " A", [1, 2, 5]],
    ["plus itself, escaped", "%2B", true, "+", [1, 4]],
    ["two bytes", "%C3%A9x", true, "éx", [1, 7, 8]],
    ["four bytes", "%f0%9f%98%80", false, "\u{1f600}", [1, 1, 13]],
    ["a percent sign after the span", "a", true, "a", [1, 2]],
  ])("%s", (_, spelling, plus, text, offsets) => {
    const node = readPercent(`=${spelling}%`, 1, 1 + spelling.length, plus);
    expect([node.text, [...offsets.keys()].map(node.at)]).toEqual([text, offsets]);
    expect([node.start, node.end]).toEqual([1, offsets.at(-1)]);
  });

  test.each<[source: string, end: number, text: string, offsets: readonly number[], why: string]>([
    ["%41bc", 5, "Abc", [0, 3, 4, 5], "text after an escape, to the end"],
    ["%41bc&%42", 5, "Abc", [0, 3, 4, 5], "an escape after the span"],
    ["bc%41", 5, "bcA", [0, 1, 2, 5], "text before an escape"],
    ["%C3%A9%41x", 10, "\u00e9Ax", [0, 6, 9, 10], "a character of two bytes before another"],
    ["%41%E2%82%AC%42", 15, "A\u20acB", [0, 3, 12, 15], "one of three bytes between others"],
    ["a+%41+b", 7, "a A b", [0, 1, 2, 5, 6, 7], "plus signs around an escape"],
  ])("%s up to %i is %j, its characters at %j: %s", (source, end, text, offsets) => {
    const node = readPercent(source, 0, end, true);
    expect([node.text, [...offsets.keys()].map(node.at), node.end]).toEqual([text, offsets, end]);
  });

  test.each([
    ["a%4", "body_malformed@1"],
    ["%zz", "body_malformed@0"],
    ["a%c3%28", "body_not_utf8@1"],
  ])("%s is refused", (spelling, expected) => {
    expect(describeError(() => readPercent(spelling, 0, spelling.length, true))).toBe(expected);
  });
});

test.each([
  ["aZ09-_.~*", "aZ09-_.~*", "for themselves"],
  ["!'()", "%21%27%28%29", "what browsers leave"],
  [" +&=#/é", "%20%2B%26%3D%23%2F%C3%A9", "what means something"],
  ["\ud800", "%EF%BF%BD", "half of a pair"],
])("%j is encoded as %s: %s", (characters, encoded) => {
  expect(encodePercent(characters)).toBe(encoded);
});

test.each([
  ["%41%zz%c3%a9", "A%zzé"],
  ["%2541", "%41"],
])("%s decoded again is %s", (text, decoded) => {
  expect(decodeAgain(text)).toBe(decoded);
});
