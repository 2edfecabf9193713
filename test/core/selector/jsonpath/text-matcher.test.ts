import { expect, test } from "@jest/globals";
import { createTextMatcher } from "../../../../core/selector/jsonpath/text-matcher.ts";

test.each([
  ["a.", "ab", "match", true],
  ["a", "ab", "match", false],
  ["a", "ab", "search", true],
  ["(", "(", "search", false],
] as const)("%s over %s, %s: %p", (pattern, text, mode, expected) => {
  expect(createTextMatcher()(pattern, text, mode, { remaining: 10_000 })).toBe(expected);
});

test("compiles each pattern once", () => {
  const matcher = createTextMatcher();
  const cost = (pattern: string): number => {
    const budget = { remaining: 10_000 };
    matcher(pattern, "b", "search", budget);
    return 10_000 - budget.remaining;
  };
  const [first, second] = [cost("a{50}"), cost("a{50}")];
  expect(first - second).toBe(100 + 5 + 51 * 10);
  expect([cost("("), cost("(")]).toEqual([101, 0]);
});

test("a pattern that is too large is too complex", () => {
  expect(() => createTextMatcher()("a".repeat(4_001), "", "match", { remaining: 10_000 })).toThrow(
    expect.objectContaining({ code: "too_complex" }),
  );
});
