import { expect, test } from "@jest/globals";
import { compare, measure, nothing, type Value, valueOf } from "../../../../core/selector/jsonpath/comparison.ts";
import type { Operator } from "../../../../core/selector/jsonpath/syntax.ts";
import { nextOf, parseJson } from "../../../../core/text/json-document.ts";

const walkOf = (text: string): Parameters<typeof valueOf>[0] => ({
  document: parseJson(text, 10),
  budget: { remaining: 1_000 },
});

/** Compares two JSON texts. An empty text is nothing. */
function holds(left: string, operator: Operator, right: string): boolean {
  const walk = walkOf(`[${[left, right].map((text) => text || "0").join()}]`);
  const values = [1, nextOf(walk.document, 1)].map((node): Value => valueOf(walk, node));
  const [one, other] = [left, right].map((text, index) => (text === "" ? nothing : (values[index] ?? nothing)));
  return compare(walk, operator, one ?? nothing, other ?? nothing);
}

test.each<readonly [string, Operator, string, boolean, string]>([
  ["1", "==", "1.0", true, "numbers by value"],
  ['"a"', "==", '"\\u0061"', true, "texts by characters"],
  ["1", "==", '"1"', false, "other types"],
  ["1", "!=", "2", true, "other numbers"],
  ["1", "<", "2", true, "numbers"],
  ['"a"', "<", '"b"', true, "texts"],
  ['"a"', "<", '"ab"', true, "the longer text is greater"],
  ['"\uffff"', "<", '"🌍"', true, "by scalar values"],
  ["true", "<", "false", false, "no order"],
  ["true", "<=", "true", true, "equal"],
  ["3", ">", "2", true, "greater"],
  ["2", ">=", "3", false, "less"],
  ["[1,{}]", "==", "[1,{}]", true, "arrays"],
  ["[1]", "==", "[1,2]", false, "a longer array"],
  ['{"a":1,"b":2}', "==", '{"b":2,"a":1}', true, "members in any order"],
  ['{"a":1}', "==", '{"b":1}', false, "other members"],
  ["", "==", "", true, "nothing and nothing"],
  ["", "==", "null", false, "nothing and null"],
])("%s %s %s: %p, since %s", (left, operator, right, expected) => {
  expect(holds(left, operator, right)).toBe(expected);
});

test("objects with two members of the same name cannot be compared", () => {
  expect(() => holds('{"a":1,"a":2}', "==", '{"a":1}')).toThrow(expect.objectContaining({ code: "duplicate_member" }));
});

test.each([
  ['"🌍a"', 2],
  ["[1,2,3]", 3],
  ['{"a":1}', 1],
  ["5", undefined],
  ["null", undefined],
])("the length of %s is %p", (text, length) => {
  const walk = walkOf(text);
  expect(measure(walk, valueOf(walk, 0))).toEqual(
    length === undefined ? nothing : { kind: "primitive", value: length },
  );
});
