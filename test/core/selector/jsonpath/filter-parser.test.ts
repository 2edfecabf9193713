import { expect, test } from "@jest/globals";
import { Cursor } from "../../../../core/selector/jsonpath/cursor.ts";
import { parseFilter } from "../../../../core/selector/jsonpath/filter-parser.ts";

/** A query in a filter is its root alone here. */
const parse = (text: string): unknown => parseFilter(new Cursor(text), () => []);

const root = { segments: [] };
const current = { root: "current", segments: [] };
const exists = { kind: "exists", query: current };
const one = { kind: "literal", value: 1 };

test.each<readonly [string, object]>([
  ["@", exists],
  ["$", { kind: "exists", query: root }],
  ["!@", { kind: "not", test: exists }],
  ["( @ )", exists],
  ["@ || @ && !@", { kind: "or", tests: [exists, { kind: "and", tests: [exists, { kind: "not", test: exists }] }] }],
  ["1 == @", { kind: "compare", operator: "==", left: one, right: { kind: "singular", query: current } }],
  ["1 <= 1e400", { kind: "compare", operator: "<=", left: one, right: { kind: "number", text: "1e400" } }],
  [
    "null != true",
    {
      kind: "compare",
      operator: "!=",
      left: { kind: "literal", value: null },
      right: { kind: "literal", value: true },
    },
  ],
  ["count(@) > 1", { kind: "compare", operator: ">", left: { kind: "count", query: current }, right: one }],
  ["value($) > 1", { kind: "compare", operator: ">", left: { kind: "value", query: root }, right: one }],
  [
    "length('a') > 1",
    { kind: "compare", operator: ">", left: { kind: "length", of: { kind: "literal", value: "a" } }, right: one },
  ],
  [
    "search(@, 'a')",
    { kind: "search", subject: { kind: "singular", query: current }, pattern: { kind: "literal", value: "a" } },
  ],
])("%s", (text, expected) => expect(parse(text)).toEqual(expected));

test.each([
  ["", 0, "expected a query, a literal or a function"],
  ["1", 0, "expected a comparison"],
  ["@ == ", 5, "expected a query"],
  ["count(1) > 1", 6, "count takes a query"],
  ["length(@", 8, 'expected "," or ")"'],
  ["match(@, '(')", 9, "not an I-Regexp"],
  ["match(@)", 0, "takes 2 parameters"],
  ["max(@)", 0, "unknown function max"],
  ["(".repeat(65), 64, "nested too deeply"],
])("%s is refused at %d: %s", (text, offset, reason) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ facts: { offset, reason: expect.stringContaining(reason) } }),
  );
});
