import { expect, test } from "@jest/globals";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { lengthBit, planQueries } from "../../../../core/selector/jsonpath/plan.ts";

const plan = planQueries(["$.a.b", "$.a", "$..a", "$.a[0]", "$.a[0]", "$"].map((text) => parseQuery(text)));

test("queries share their beginnings", () => {
  expect(plan.ends).toEqual([5]);
  expect(plan.children.entries.map(({ name }) => name)).toEqual(["a"]);
  expect(plan.descendants.entries.map(({ name, step }) => [name, step.ends])).toEqual([["a", [2]]]);
  const [a] = plan.children.entries;
  expect(a?.step.ends).toEqual([1]);
  expect(a?.step.children.entries.map(({ name, step }) => [name, step.ends])).toEqual([["b", [0]]]);
  expect(a?.step.others.map(({ step }) => step.ends)).toEqual([[3, 4]]);
});

test("the lengths of names", () => {
  expect(plan.children.lengths).toBe(lengthBit(1));
  expect([lengthBit(0), lengthBit(31), lengthBit(500)]).toEqual([1, 1 << 31, 1 << 31]);
});
