import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { coversWildcard, wildcardsMeet } from "../../../../core/policy-check/relations/wildcard-relation.ts";
import { matchesWildcard, parseWildcard } from "../../../../core/selector/wildcard.ts";

const runs = { numRuns: 3_000 };

describe("wildcards", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 5 }).map(parseWildcard);
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });

  test("a pattern matches all texts of a pattern that it covers", () => {
    fc.assert(
      fc.property(pattern, pattern, text, (a, b, sample) => {
        if (coversWildcard(a, b) && matchesWildcard(b, sample)) expect(matchesWildcard(a, sample)).toBe(true);
        if (matchesWildcard(a, sample) && matchesWildcard(b, sample)) expect(wildcardsMeet(a, b)).toBe(true);
      }),
      runs,
    );
  });

  test.each([
    ["*", "a*", true, true],
    ["a*", "ab*", true, true],
    ["ab*", "a*", false, true],
    ["a*", "*b", false, true],
    ["a*b", "a*b", true, true],
    ["a", "b", false, false],
    ["a*c", "a*d", false, false],
  ])("%s and %s: covers %p, meets %p", (a, b, covers, meets) => {
    expect([
      coversWildcard(parseWildcard(a), parseWildcard(b)),
      wildcardsMeet(parseWildcard(a), parseWildcard(b)),
    ]).toEqual([covers, meets]);
  });
});
