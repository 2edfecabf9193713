/** Rules as the check of a policy reads them, and the issues that it collects. */
import { ConfigValue } from "../../core/config/config-value.ts";
import type { Issue } from "../../core/config/issue.ts";
import { detectors } from "../../core/detectors/table.ts";
import { compileRule, type RuleDraft } from "../../core/policy-check/compile-rule.ts";
import { rfc9535 } from "../../core/selector/dialect.ts";
import { jsonpathPlus } from "../../core/selector/jsonpath-plus/dialect.ts";

/** Drafts of rules on `/a` for the recipient 01, with other settings where they say so. */
export function draftRules(...rules: readonly object[]): {
  readonly drafts: readonly RuleDraft[];
  readonly issues: readonly Issue[];
} {
  const issues: Issue[] = [];
  const context = {
    recipients: ["01", "02"].map((id) => ({ id, keyArn: "", prefix: "", suffix: "" })),
    dialects: [rfc9535, jsonpathPlus],
    detectors: [...detectors.map(({ name }) => name), "own"],
  };
  const drafts = rules.map((rule, index) =>
    compileRule(
      new ConfigValue({ path: "/a", recipient: "01", ...rule }, `$.rules[${index}]`, "policy_invalid", issues),
      index,
      context,
    ),
  );
  return { drafts, issues };
}

/** The only draft. */
export function draftRule(rule: object): { readonly draft: RuleDraft; readonly issues: readonly Issue[] } {
  const { drafts, issues } = draftRules(rule);
  const [draft] = drafts;
  if (draft === undefined) throw new TypeError("one rule gives one draft");
  return { draft, issues };
}

/** `warning $.rules[0].body[0]: The …` */
export function showIssues(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ severity, place, reason }) => `${severity} ${place}: ${reason}`);
}
