import { expect, test } from "@jest/globals";
import { nameMatches } from "../../edge/match-counts.ts";
import { makePolicy } from "../support/edge.ts";

const { rules } = makePolicy([
  { name: "r", fields: ["ssn"], query: ["ssn", "q"] },
  { name: "s", body: ["$.a"] },
]);
const matches = new Map(rules.map((rule) => [rule, rule.selectors.map((_, index) => index + 1)]));

test.each([
  ["with a body", true, { r: { ssn: 1, "ssn (2)": 2, q: 3 }, s: { "$.a": 1 } }],
  ["without one, no selector for bodies was asked", false, { r: { ssn: 2, q: 3 }, s: {} }],
])("%s", (_, hasBody, counts) => {
  expect(nameMatches(matches, hasBody)).toEqual(counts);
});
