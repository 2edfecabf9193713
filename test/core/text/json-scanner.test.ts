import { expect, test } from "@jest/globals";
import { codeUnits, skipPrimitive, skipSpace, skipString, unitAt } from "../../../core/text/json-scanner.ts";
import { describeError } from "../../support/codec.ts";

test("code units end in 0, also of long texts", () => {
  expect([...codeUnits("a\ud83d\ude00")]).toEqual([0x61, 0xd83d, 0xde00, 0]);
  const long = codeUnits("é".repeat(5_000));
  expect([long.length, unitAt(long, 4_999), unitAt(long, 5_000), unitAt(long, 9_999)]).toEqual([5_001, 0xe9, 0, 0]);
});

test.each([
  [" \t\r\nx", 4, "all four"],
  ["x", 0, "none"],
  ["\u00a0", 0, "other white space does not count"],
  ["\u000b", 0, "nor is this"],
  ["  ", 2, "to the end"],
])("%j: no blank at %i, %s", (text, at) => {
  expect(skipSpace(codeUnits(text), 0)).toBe(at);
});

test.each<[text: string, end: number | string, why: string]>([
  ['""x', 2, "empty"],
  ['"a\\"b"', 6, "an escaped quote"],
  ['"\\\\"', 4, "a backslash before the end"],
  ['"\\/\\b\\f\\n\\r\\t"', 14, "all escapes of one letter"],
  ['"\\u00aF"', 8, "four digits"],
  ['"\\u00ag"', "body_malformed@6", "no digit"],
  ['"\\u09AF"', 8, "the first and the last digit, capital"],
  ['"\\uaf90"', 8, "the first and the last digit, small"],
  ['"\\u/000"', "body_malformed@3", "before the digits"],
  ['"\\u:000"', "body_malformed@3", "behind the digits"],
  ['"\\u@000"', "body_malformed@3", "before the capital letters"],
  ['"\\uG000"', "body_malformed@3", "behind the capital letters"],
  ['"\\u`000"', "body_malformed@3", "before the small letters"],
  ['"\\ug000"', "body_malformed@3", "behind the small letters"],
  ['" "', 3, "a blank"],
  ['"\u001f"', "body_malformed@1", "the last control character"],
  ['"\\x"', "body_malformed@2", "no escape"],
  ['"\t"', "body_malformed@1", "a control character"],
  ['"\u007f\u2028"', 4, "what JSON does not count as one"],
  ['"a', "body_malformed@2", "no end"],
])("the string %s ends at %p: %s", (text, end) => {
  expect(describeError(() => skipString(codeUnits(text), 0))).toBe(end);
});

test.each<[text: string, end: number | string]>([
  ["true,", 4],
  ["false", 5],
  ["nullx", 4],
  ["tru", "body_malformed@0"],
  ["falsE", "body_malformed@0"],
  ["nil", "body_malformed@0"],
  ["True", "body_malformed@0"],
  ["0", 1],
  ["01", 1],
  ["1234567890", 10],
  ["19:", 2],
  ["19/", 2],
  ["-0.50e+1x", 8],
  ["1E5", 3],
  ["1e-2", 4],
  ["-", "body_malformed@1"],
  ["1.", "body_malformed@2"],
  ["1e+", "body_malformed@3"],
  ["+1", "body_malformed@0"],
  [".5", "body_malformed@0"],
  ["", "body_malformed@0"],
])("the literal %j ends at %p", (text, end) => {
  const units = codeUnits(text);
  expect(describeError(() => skipPrimitive(units, 0, unitAt(units, 0)))).toBe(end);
});
