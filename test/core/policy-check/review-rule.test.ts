import { expect, test } from "@jest/globals";
import { detectors } from "../../../core/detectors/table.ts";
import { reviewRule } from "../../../core/policy-check/review-rule.ts";
import { defaultLimits } from "../../../core/policy-check/settings.ts";
import { draftRule, showIssues } from "../../support/rule-drafts.ts";

function review(rule: object, isWhole = true): readonly string[] {
  const { draft, issues } = draftRule(rule);
  reviewRule(draft, isWhole, { limits: defaultLimits, detectors, patterns: [], capacityOf: () => 190 });
  return showIssues(issues);
}

test.each<readonly [object, readonly string[]]>([
  [{ body: ["$.a"] }, []],
  [{}, ["error $.rules[0]: The rule protects nothing"]],
  [{ fields: ["a.b", "a[b]"] }, ["error $.rules[0].fields[1]: This selects the same as $.rules[0].fields[0]"]],
  [
    { fields: ["a"], body: ["$.a"] },
    ['warning $.rules[0].body[0]: This has no effect: "a" at $.rules[0].fields[0] already protects'],
  ],
  [
    { body: ["$.a"], methods: ["GET"] },
    ["error $.rules[0].body: This can never match: requests with the methods GET have no bodies"],
  ],
  [{ body: ["$.a"], methods: ["FOOO"] }, ["error $.rules[0].methods: The rule can never match"]],
  [
    { body: ["$.a"], methods: ["POST", "FOOO"] },
    ["warning $.rules[0].methods: CloudFront does not accept the method FOOO"],
  ],
  [
    { xml: ["/a"], fields: ["b"], format: "json" },
    ["error $.rules[0].xml: This can never match: the rule reads bodies"],
  ],
  [{ fields: ["a"], dialect: "rfc9535" }, ["error $.rules[0].dialect: This has no effect"]],
  [{ fields: ["a"], detectIn: ["query"] }, ["error $.rules[0].detectIn: This has no effect"]],
  [{ fields: ["a"], unreadable: "scan" }, ["error $.rules[0].unreadable: scan needs detectors"]],
  [
    { query: ["a"], format: "json" },
    ["error $.rules[0].format: This has no effect: the rule does not look into bodies"],
  ],
  [{ query: ["a"], token: "direct" }, ["error $.rules[0].token: The rule can never write a direct token"]],
  [{ query: ["a"], fields: ["b"], token: "direct" }, ["warning $.rules[0].token: Tokens in query are sealed"]],
  [{ body: ["$"], token: "direct" }, ["error $.rules[0].body[0]: A direct token carries a string"]],
  [
    { detect: ["jwt", "private-key"], token: "direct" },
    [
      "error $.rules[0].detect[0]: A direct token of this recipient carries 190 bytes at most, but values of jwt",
      "error $.rules[0].detect[1]: A direct token of this recipient carries 190 bytes at most, but values of private",
    ],
  ],
])("%j", (rule, expected) => {
  expect(review(rule)).toEqual(expected.map((text) => expect.stringContaining(text)));
});

test("of a rule with invalid settings, only selectors and detectors are reviewed", () => {
  expect(review({ query: ["a"], token: "direct" }, false)).toEqual([]);
  expect(review({ body: ["$[1:1]"] }, false)).toHaveLength(1);
});
