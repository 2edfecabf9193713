/** What is protected in a request's head. */
import type { Budget } from "../../core/budget.ts";
import type { Plan } from "../../core/encrypt/encrypt-text.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { Rule } from "../../core/rule/rule.ts";
import type { EdgeRequest } from "../event.ts";
import { planText } from "../plan-text.ts";
import { type HeadPart, listHead } from "./list.ts";

/** What was found in one part of the head. */
export interface HeadPlan {
  readonly part: HeadPart;
  readonly plan: Plan;
}

/**
 * Finds what rules protect in the head, in those parts that a rule looks into. Throws what `planText` throws, and
 * `path_ambiguous`, `body_ambiguous`, `body_malformed` or `body_not_utf8` for a part that cannot be read.
 */
export function planHead(
  request: EdgeRequest,
  rules: readonly Rule[],
  policy: Policy,
  budget: Budget,
): readonly HeadPlan[] {
  return [...listHead(request, rules, budget)]
    .filter((text) => text.rules.length > 0)
    .map(({ part, ...text }) => {
      const plan = planText({ ...text, acceptTokens: false }, policy, budget);
      // A direct token's alphabet does not fit into a URL, and header fields are not cut to what one can carry.
      const findings = plan.findings.map((finding) => ({ ...finding, sealed: true as const }));
      return { part, plan: { ...plan, findings } };
    });
}
