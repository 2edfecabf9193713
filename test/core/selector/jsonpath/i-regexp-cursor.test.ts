import { expect, test } from "@jest/globals";
import { PatternCursor, PatternError, requireThat } from "../../../../core/selector/jsonpath/i-regexp-cursor.ts";

test("reads characters, a pair of surrogates as one", () => {
  const cursor = new PatternCursor("🌍a");
  expect([cursor.peek(), cursor.peek(1), cursor.peek(2)]).toEqual(["🌍", "a", undefined]);
  expect([cursor.take("a"), cursor.take("🌍"), cursor.next(), cursor.atEnd()]).toEqual([false, true, "a", true]);
});

test("throws if a character is missing or a condition is false", () => {
  expect(() => new PatternCursor("").next()).toThrow(new PatternError(false));
  expect(() => requireThat(false)).toThrow(PatternError);
  expect(() => requireThat(true)).not.toThrow();
});
