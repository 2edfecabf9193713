/** Plans a request's head. */
import type { Budget } from "../../core/budget.ts";
import type { Plan } from "../../core/encrypt/encrypt-text.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { Rule } from "../../core/rule/rule.ts";
import type { EdgeRequest } from "../event.ts";
import { planText } from "../plan-text.ts";
import { type HeadPart, listHead } from "./list.ts";

/** The plan for one part of the head. */
export interface HeadPlan {
  readonly part: HeadPart;
  readonly plan: Plan;
}

/**
 * Plans the parts of the head that a rule looks into. Throws the errors of `planText`, and `path_ambiguous`,
 * `body_ambiguous`, `body_malformed` or `body_not_utf8` for a part that cannot be read.
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
      // The alphabet of direct tokens does not fit URLs, and values of header fields may be too long for them.
      const findings = plan.findings.map((finding) => ({ ...finding, sealed: true as const }));
      return { part, plan: { ...plan, findings } };
    });
}
