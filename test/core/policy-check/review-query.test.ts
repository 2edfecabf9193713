import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { reviewQuery } from "../../../core/policy-check/review-query.ts";
import { parseQuery } from "../../../core/selector/jsonpath/parser.ts";
import { bodies, queryTexts, selectNodes } from "../../support/queries.ts";

const runs = { numRuns: 3_000 };

test.each([
  ["$.a[?@.b == 1]", undefined],
  ["$[1:1]", "this slice is always empty"],
  ["$[::0]", "step 0"],
  ["$[?1 == 2]", "both sides of this comparison are literals: it is never true"],
  ["$[?@.a != @.a]", "both sides of this comparison are the same: it is never true"],
  ["$[?@.a < true]", "no value is less or greater than true"],
  ["$[?length(@) < 0]", "length gives a whole number from 0: this is never true"],
  ["$[?count(@.a) > 1]", "count gives a whole number from 0 to 1: this is never true"],
  ["$[?@.a == 1 && @.a == 2]", "no value satisfies"],
  ["$[?@.a > 2 && @.a < 2]", "no value satisfies"],
  ["$[?!@]", "this condition is never true"],
  ["$[?match(@.a, 5)]", "match compares strings"],
])("%s can never match: %p", (text, reason) => {
  expect(reviewQuery(parseQuery(text)).never?.reason).toEqual(
    reason === undefined ? undefined : expect.stringContaining(reason),
  );
});

test.each([
  ["$['a','a']", "same selector occurs twice"],
  ["$[?@.a || @.a]", "same test occurs twice in one ||"],
  ["$[?@.a && 1 == 1]", "it is always true"],
  ["$[?length(@.a) >= 0 || @.b]", undefined],
])("%s has a part without effect: %p", (text, reason) => {
  expect(reviewQuery(parseQuery(text)).idle.map((flaw) => flaw.reason)).toEqual(
    reason === undefined ? [] : [expect.stringContaining(reason)],
  );
});

test("a query that can never match selects nothing", () => {
  fc.assert(
    fc.property(queryTexts, bodies, (text, source) => {
      if (reviewQuery(parseQuery(text)).never !== undefined)
        expect([text, selectNodes(text, source).size]).toEqual([text, 0]);
    }),
    runs,
  );
});

test("a slice is reported exactly if it is empty in all arrays", () => {
  const bound = fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined });
  fc.assert(
    fc.property(bound, bound, bound, (start, end, step) => {
      const text = `$[${start ?? ""}:${end ?? ""}${step === undefined ? "" : `:${step}`}]`;
      const selects = Array.from({ length: 16 }, (_, length) => selectNodes(text, Array(length).fill(0)).size).some(
        (size) => size > 0,
      );
      expect([text, reviewQuery(parseQuery(text)).never === undefined]).toEqual([text, selects]);
    }),
    runs,
  );
});
