import { expect, test } from "@jest/globals";
import { Cursor, parseInteger, parseStringLiteral } from "../../../../core/selector/jsonpath/cursor.ts";

test.each([
  ["0", 0],
  ["12", 12],
  ["-3", -3],
  ["01", 0],
  ["-0", undefined],
  ["x", undefined],
])("%s begins with the integer %p", (text, value) => expect(parseInteger(new Cursor(text))).toBe(value));

test.each([
  ["'a'", "a"],
  ['"a"', "a"],
  ["'\\''", "'"],
  ['"\\""', '"'],
  ["'\\u00e9\\n'", "é\n"],
  ["'\\ud83c\\udf0d'", "🌍"],
])("%s is the string %j", (text, value) => expect(parseStringLiteral(new Cursor(text))).toBe(value));

test.each([
  ["'a", "not closed"],
  ["'\n'", "must be escaped"],
  ["'\\\"'", "JSONPath does not have this escape"],
  ["'\\ud83c'", "JSONPath does not have this escape"],
  ["'\ud83c'", "half of a surrogate pair"],
  ["a", "expected"],
])("%j is not a string: %s", (text, reason) => expect(() => parseStringLiteral(new Cursor(text))).toThrow(reason));

test("an integer beyond those of I-JSON", () => {
  expect(() => parseInteger(new Cursor("9007199254740992"))).toThrow("beyond 2^53 - 1");
});

test("moves on over what it takes, and notes offsets", () => {
  const offsets = new Map<object, number>();
  const cursor = new Cursor("ab  c", offsets);
  expect([cursor.take("b"), cursor.take("a"), cursor.peek("b"), cursor.takeMatch(/b/y)]).toEqual([
    false,
    true,
    true,
    "b",
  ]);
  cursor.skipSpace();
  const read = {};
  expect(cursor.note(cursor.at, read)).toBe(read);
  expect(offsets.get(read)).toBe(4);
  cursor.require("c");
  expect(cursor.atEnd()).toBe(true);
});
