import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compileRegexp, testRegexp } from "../../../../core/selector/jsonpath/i-regexp.ts";

function run(pattern: string, text: string, mode: "match" | "search"): boolean | undefined | "too large" {
  const regexp = compileRegexp(pattern);
  if (regexp === undefined || regexp === "too large") return regexp;
  return testRegexp(regexp, text, mode, { remaining: 1e9 });
}

describe("match and search", () => {
  test.each([
    ["a.c", "abc", true, true],
    ["a.c", "xabcx", false, true],
    ["a|bc", "bc", true, true],
    ["(ab)*", "", true, true],
    ["a{2,3}", "aaaa", false, true],
    ["a{2,}", "aaaa", true, true],
    ["a{0}", "", true, true],
    ["[^a-c]", "d", true, true],
    ["[a\\-z]", "-", true, true],
    ["\\p{Lu}", "É", true, true],
    ["\\P{Lu}", "É", false, false],
    ["[\\p{Nd}_]+", "1_٣", true, true],
    [".", "🌍", true, true],
    [".", "\n", false, false],
    ["\\.", ".", true, true],
    ["", "", true, true],
    ["", "x", false, true],
    ["\\d", "1", undefined, undefined],
    ["a++", "a", undefined, undefined],
    ["(?:a)", "a", undefined, undefined],
    ["\\1", "a", undefined, undefined],
    ["[", "a", undefined, undefined],
    ["[b-a]", "a", undefined, undefined],
    ["a{3,2}", "a", undefined, undefined],
    ["*", "a", undefined, undefined],
    ["(((a{99}){99}){99})", "a", "too large", "too large"],
  ] as const)("%p over %p", (pattern, text, matches, found) => {
    expect([run(pattern, text, "match"), run(pattern, text, "search")]).toEqual([matches, found]);
  });

  const { patterns } = fc.letrec<{ patterns: string }>((tie) => ({
    patterns: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom("a", "b", "é", "🌍", ".", "[ab]", "[^a]", "[a-y]", "\\.", "\\p{L}", "\\P{L}"),
      fc.tuple(tie("patterns"), tie("patterns")).map((parts) => parts.join("")),
      fc.tuple(tie("patterns"), tie("patterns")).map((parts) => `(${parts.join("|")})`),
      fc
        .tuple(tie("patterns"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}", "{0,}"))
        .map(([inner, times]) => `(${inner})${times}`),
    ),
  }));

  test("JavaScript's engine finds the same", () => {
    const texts = fc
      .array(fc.constantFrom("a", "b", "é", "🌍", ".", "\n", "z"), { maxLength: 6 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        expect(run(pattern, text, "match")).toBe(new RegExp(`^(?:${pattern})$`, "u").test(text));
        expect(run(pattern, text, "search")).toBe(new RegExp(pattern, "u").test(text));
      }),
      { numRuns: 3_000 },
    );
  });
});
