import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { coversQuery, queriesMeet } from "../../../../core/policy-check/relations/query-relation.ts";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { parentOf, parseJson } from "../../../../core/text/json-document.ts";
import { bodies, queryTexts, selectNodes } from "../../../support/queries.ts";

const runs = { numRuns: 3_000 };

test.each([
  ["$", "$.a", true, false, "the whole body"],
  ["$.a", "$.a.b", true, false, "what is within is covered, and is not the same"],
  ["$..a", "$.x.a", true, true, "at any depth"],
  ["$.*", "$.a", true, true, "any name"],
  ["$[0:2]", "$[1]", true, true, "an item of a slice"],
  ["$[0:2]", "$[2]", false, true, "the end is not in it; slices are not told apart"],
  ["$.a", "$.b", false, false, "another name"],
  ["$[0]", "$[1]", false, false, "another item"],
  ["$[0]", "$[-1]", false, true, "one item has both numbers"],
  ["$[?@.a]", "$.x", false, true, "a filter may select it"],
])("%s and %s: covers %p, meets %p: %s", (a, b, covers, meets) => {
  const [one, other] = [[parseQuery(a)], [parseQuery(b)]];
  expect([coversQuery(one, other), queriesMeet(one, other)]).toEqual([covers, meets]);
});

test("a selected string includes the JSON in it, and .. does not enter strings", () => {
  const inside = [parseQuery("$.t"), parseQuery("$.a")];
  expect(coversQuery([parseQuery("$.t")], inside)).toBe(true);
  expect(coversQuery([parseQuery("$..a")], inside)).toBe(false);
  expect(coversQuery(inside, inside)).toBe(true);
});

test("a query selects all that it covers, and queries that do not meet never select the same", () => {
  fc.assert(
    fc.property(queryTexts, queryTexts, bodies, (a, b, source) => {
      const document = parseJson(JSON.stringify(source), 100);
      const [outer, inner] = [selectNodes(a, source), selectNodes(b, source)];
      const standsIn = (node: number): boolean => node >= 0 && (outer.has(node) || standsIn(parentOf(document, node)));
      if (coversQuery([parseQuery(a)], [parseQuery(b)]))
        expect([a, b, [...inner].every(standsIn)]).toEqual([a, b, true]);
      if ([...inner].some((node) => outer.has(node)))
        expect([a, b, queriesMeet([parseQuery(a)], [parseQuery(b)])]).toEqual([a, b, true]);
    }),
    runs,
  );
});
