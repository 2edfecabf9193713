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
 * Finds what rules protect in the parts of the head that any of them looks into. Throws what `planText` throws, and what
 * keeps a part from being read.
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
      // A direct token's alphabet has no place in a URL, and capacity is not what a header field is cut to.
      const findings = plan.findings.map((finding) => ({ ...finding, sealed: true as const }));
      return { part, plan: { ...plan, findings } };
    });
}
