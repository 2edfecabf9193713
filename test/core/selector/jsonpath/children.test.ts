import { expect, test } from "@jest/globals";
import { eachChild, requireDistinctNames } from "../../../../core/selector/jsonpath/children.ts";
import { literalOf, parseJson } from "../../../../core/text/json-document.ts";

const childrenOf = (text: string, remaining = 100): readonly string[] => {
  const document = parseJson(text, 10);
  const found: string[] = [];
  eachChild({ document, budget: { remaining } }, 0, (child) => found.push(literalOf(document, child)));
  return found;
};

test.each([
  ["[1,[2,3],{}]", ["1", "[2,3]", "{}"]],
  ['{"a":1,"b":{"c":2}}', ["1", '{"c":2}']],
  ["[]", []],
  ["5", []],
])("%s has the children %j", (text, children) => expect(childrenOf(text)).toEqual(children));

test("each child costs a step", () => {
  expect(childrenOf("[1,2,3]", 3)).toHaveLength(3);
  expect(() => childrenOf("[1,2,3]", 2)).toThrow(expect.objectContaining({ code: "too_complex" }));
});

test.each([
  ['{"a":1,"b":2}', undefined],
  ['{"a":1,"\\u0061":2}', 7],
  ["[1,1]", undefined],
  ['{"a":{"b":1,"b":2}}', undefined],
])("%s has two members of a name at %p", (text, offset) => {
  const check = (): void => requireDistinctNames({ document: parseJson(text, 10), budget: { remaining: 100 } }, 0);
  if (offset === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: "duplicate_member", facts: { offset } }));
});
