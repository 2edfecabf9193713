import { expect, test } from "@jest/globals";
import { type Filter, follow, selectNodes } from "../../../../core/selector/jsonpath/evaluation.ts";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { planQueries } from "../../../../core/selector/jsonpath/plan.ts";
import { kindOf, literalOf, parseJson } from "../../../../core/text/json-document.ts";

/** Keeps numbers, whatever the test says. */
const numbers: Filter = ({ document }, _test, node) => kindOf(document, node) === "number";

function select(queries: readonly string[], text: string, work = 1_000): readonly (readonly string[])[] {
  const document = parseJson(text, 100);
  const plan = planQueries(queries.map((query) => parseQuery(query)));
  const selected = selectNodes(plan, document, { remaining: work }, numbers);
  return queries.map((_query, index) => (selected.get(index) ?? []).map((node) => literalOf(document, node)));
}

test("several queries in one walk", () => {
  expect(select(["$.a", "$..a", "$.a[1:]", "$.b", "$[?@]"], '{"a":[1,2,{"a":3}],"c":4}')).toEqual([
    ['[1,2,{"a":3}]'],
    ['[1,2,{"a":3}]', "3"],
    ["2", '{"a":3}'],
    [],
    ["4"],
  ]);
});

test("a node that two selectors of a segment select comes once", () => {
  expect(select(["$[0,0,*]"], "[1,2]")).toEqual([["1", "2"]]);
});

test.each([
  ["$[-1]", ["3"]],
  ["$[5]", []],
  ["$[::2]", ["1", "3"]],
  ["$[::-2]", ["3", "1"]],
  ["$[-2:]", ["2", "3"]],
  ["$[2:0:-1]", ["3", "2"]],
])("%s of [1,2,3] is %j", (query, values) => expect(select([query], "[1,2,3]")).toEqual([values]));

test("in a filter, lists count how often each node comes", () => {
  const document = parseJson("[[[1]]]", 10);
  const evaluation = { document, budget: { remaining: 1_000 }, filter: numbers };
  const list = follow(evaluation, parseQuery("$..*..*").segments, { nodes: [0] }, true);
  expect(list).toEqual({ nodes: [2, 3], times: [1, 2] });
});

test("stops at the budget", () => {
  expect(() => select(["$..a"], "[[],[],[]]", 2)).toThrow(expect.objectContaining({ code: "too_complex" }));
});
