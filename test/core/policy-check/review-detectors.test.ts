import { expect, test } from "@jest/globals";
import { loadPattern } from "../../../core/detectors/pattern.ts";
import { detectors } from "../../../core/detectors/table.ts";
import { compilePattern } from "../../../core/policy-check/compile-pattern.ts";
import { reviewDetectors } from "../../../core/policy-check/review-detectors.ts";
import { draftRule, showIssues } from "../../support/rule-drafts.ts";

const own = {
  name: "own",
  program: compilePattern("a/b", false),
  checksum: undefined,
  context: [],
  needsContext: false,
};

function review(rule: object): readonly string[] {
  const { draft, issues } = draftRule(rule);
  reviewDetectors(draft, { detectors: [...detectors, loadPattern(own)], patterns: [own] });
  return showIssues(issues);
}

test.each<readonly [object, readonly string[]]>([
  [{ detect: ["card", { detector: "email", allow: ["*@example.com"] }] }, []],
  [
    { detect: ["card", { detector: "card" }] },
    ["warning $.rules[0].detect[1]: card is already at $.rules[0].detect[0]"],
  ],
  [{ detect: [{ detector: "own", needsContext: true }] }, ["error $.rules[0].detect[0].needsContext: own can never"]],
  [
    { detect: [{ detector: "ip", confidence: "high" }] },
    ["error $.rules[0].detect[0].confidence: ip can never match: even near a context word, its matches have"],
  ],
  [{ detect: [{ detector: "email", allow: ["**"] }] }, ["error $.rules[0].detect[0].allow[0]: email can never match"]],
  [
    { detect: [{ detector: "card", allow: ["12"] }] },
    ["warning $.rules[0].detect[0].allow[0]: This entry has no effect: card never finds"],
  ],
  [{ detect: [{ detector: "card", allow: ["4111 1111 1111 1111"] }] }, []],
  [
    { detect: ["private-key"], detectIn: ["path"] },
    ["error $.rules[0].detect[0]: private-key can never match in path"],
  ],
  [
    { detect: ["private-key"], detectIn: ["headers"] },
    ["warning $.rules[0].detect[0]: In headers, private-key finds only"],
  ],
  [{ detect: ["own"], detectIn: ["path"] }, ["error $.rules[0].detect[0]: own can never match in path"]],
  [{ detect: ["own"], detectIn: ["headers"] }, []],
])("%j", (rule, expected) => {
  expect(review(rule)).toEqual(expected.map((text) => expect.stringContaining(text)));
});
