import { expect, test } from "@jest/globals";
import { reviewRulePairs } from "../../../core/policy-check/review-rule-pairs.ts";
import { draftRules, showIssues } from "../../support/rule-drafts.ts";

function review(rules: readonly object[], otherwise: "pass" | "refuse" = "refuse"): readonly string[] {
  const { drafts, issues } = draftRules(...rules);
  reviewRulePairs(drafts, otherwise);
  return showIssues(issues);
}

test.each<readonly [string, readonly object[], readonly string[]]>([
  ["other selectors", [{ fields: ["a"] }, { fields: ["b"] }], []],
  ["other paths", [{ fields: ["a"] }, { path: "/b", fields: ["a"], recipient: "02" }], []],
  ["other modes", [{ fields: ["a"] }, { fields: ["a"], recipient: "02", mode: "report" }], []],
  ["a rule again", [{ fields: ["a"] }, { fields: ["a"] }], ["error $.rules[1]: The rule has no effect"]],
  [
    "a rule that the next one covers",
    [{ fields: ["a"] }, { path: "/**", fields: ["a", "b"] }],
    ["warning $.rules[0]: The rule is redundant"],
  ],
  [
    "other tokens",
    [{ fields: ["a"] }, { fields: ["a", "b"], token: "sealed" }],
    ["error $.rules[1].fields[0]: Conflict"],
  ],
  [
    "other formats",
    [
      { fields: ["a"], format: "json" },
      { fields: ["b"], format: "csv" },
    ],
    ["error $.rules[1].format: Conflict"],
  ],
  [
    "two recipients of a value",
    [{ fields: ["a"] }, { body: ["$.a"], recipient: "02" }],
    ["error $.rules[1].body[0]: Conflict"],
  ],
  [
    "perhaps of a value",
    [{ body: ["$.a[0]"] }, { body: ["$.a[?@ > 1]"], recipient: "02" }],
    ["warning $.rules[1].body[0]: Requests in which"],
  ],
  [
    "two recipients of a detector",
    [{ detect: ["card"] }, { detect: ["card"], recipient: "02" }],
    ["error $.rules[1].detect[0]: Conflict"],
  ],
])("%s", (_why, rules, expected) => {
  expect(review(rules)).toEqual(expected.map((text) => expect.stringContaining(text)));
});

test("methods whose bodies stay in plaintext", () => {
  const rule = { fields: ["a"], methods: ["POST"] };
  expect(review([rule], "pass")).toEqual([
    expect.stringContaining("Bodies of PUT and PATCH on this path stay in plaintext"),
  ]);
  expect(review([rule], "refuse")).toEqual([]);
});
