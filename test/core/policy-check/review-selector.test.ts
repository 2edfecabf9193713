import { expect, test } from "@jest/globals";
import { reviewBodySelector, reviewXmlPath } from "../../../core/policy-check/review-selector.ts";
import { defaultLimits } from "../../../core/policy-check/settings.ts";
import { draftRule, showIssues } from "../../support/rule-drafts.ts";

const limits = { ...defaultLimits, depth: 2 };

function review(rule: object): readonly string[] {
  const { draft, issues } = draftRule(rule);
  for (const at of draft.bodyTexts) reviewBodySelector(at, draft, limits);
  for (const scope of draft.scopes) if (scope.list === "xml") reviewXmlPath(scope, limits);
  return showIssues(issues);
}

test.each<readonly [object, readonly string[]]>([
  [{ body: ["$.a"], xml: ["/a/@b"] }, []],
  [{ body: ["$[1:1]"] }, ["error $.rules[0].body[0]: The selector can never match: this slice is always empty"]],
  [{ body: ["$['a','a']"] }, ["warning $.rules[0].body[0]: A part of the selector has no effect: the same selector"]],
  [{ body: ["$.a.b.c"] }, ["error $.rules[0].body[0]: The selector can never match: it is deeper"]],
  [{ body: ["$.a[2:1]"], dialect: "jsonpath-plus" }, ["error $.rules[0].body[0]: The selector can never match"]],
  [{ xml: ["/a/b/c"] }, ["error $.rules[0].xml[0]: The selector can never match: it is deeper"]],
  [{ xml: ["/9a"] }, ['error $.rules[0].xml[0]: The selector can never match: "9a" is not a valid name in XML.']],
  [{ xml: ["/a*9", "/é·"] }, []],
])("%j", (rule, expected) => {
  expect(review(rule)).toEqual(expected.map((text) => expect.stringContaining(text)));
});
