/**
 * Report mode: tells what rules would have done with a request if they were enforced. Changes and refuses nothing. The
 * bundle holds this file only if the policy has reporting rules, or a second policy reports.
 */
import { createDryTokenWriter } from "../core/encrypt/token-writer.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import {
  type CompiledPolicy,
  findRules,
  type Limits,
  loadPolicy,
  type Policy,
  type PolicyModules,
} from "../core/policy/policy.ts";
import type { Rule } from "../core/rule/rule.ts";
import type { EdgeRequest } from "./event.ts";
import type { HeadPlan } from "./head/plan.ts";
import { type Counts, nameMatches } from "./match-counts.ts";
import { methodsOf } from "./method.ts";
import { type Protection, type ProtectionPlan, planProtection, writeProtection } from "./protection.ts";
import { type IsReporting, listOutside, type NamedPlan, type OutsideFindings } from "./report-outside.ts";

/** Reports on one request; `undefined` if no reporting rule covers it. Never throws. */
export type Report = (request: EdgeRequest) => ReportLine | undefined;

/** A report as it is in the log line: names, counts and codes. */
export interface ReportLine extends OutsideFindings {
  /** The name of the reporting policy; absent for rules in report mode of the enforced policy. */
  readonly policy?: string;
  readonly rules: readonly string[];
  readonly outcome: Protection["outcome"] | "refused";
  readonly code?: ErrorCode;
  readonly rule?: string;
  readonly offset?: number;
  /** The number of values that would have become tokens, and went on as they came. */
  readonly tokens: number;
  readonly matches: Counts;
}

/** Reports on the rules in report mode of a policy, as if all of its rules were enforced. */
export function reportRules(compiled: CompiledPolicy, modules: PolicyModules): Report {
  return createReport(
    undefined,
    () => loadPolicy(compiled, modules, "all"),
    ({ mode }) => mode === "report",
  );
}

/**
 * Reports on a second policy, as if only that one were enforced. `name` is its name in the log. The lower limits of the
 * two policies apply, so that a report cannot take the time that the enforced policy needs.
 */
export function reportPolicy(compiled: CompiledPolicy, modules: PolicyModules, name: string, enforced: Limits): Report {
  const load = (): Policy => {
    const policy = loadPolicy(compiled, modules, "all");
    return { ...policy, limits: lowerLimits(policy.limits, enforced) };
  };
  return createReport(name, load, () => true);
}

function lowerLimits(own: Limits, enforced: Limits): Limits {
  return {
    depth: own.depth,
    fields: own.fields,
    work: Math.min(own.work, enforced.work),
    decoded: Math.min(own.decoded, enforced.decoded),
  };
}

function createReport(name: string | undefined, load: () => Policy, isReporting: IsReporting): Report {
  let loaded: Policy | undefined;
  return (request) => {
    const head = name === undefined ? {} : { policy: name };
    let rules: readonly Rule[] = [];
    try {
      // At the first request: at the start, a mistake would keep the enforced policy from starting.
      loaded ??= load();
      rules = findRules(loaded, request.uri, methodsOf(request));
      if (name === undefined && !rules.some(isReporting)) return undefined;
      const plan = planProtection(loaded, rules, request);
      const outcome = plan === undefined ? "passed" : writeProtection(plan, createDryTokenWriter()).outcome;
      return {
        ...head,
        rules: nameRules(rules, isReporting),
        outcome,
        ...(plan === undefined ? nothing : describe(plan, isReporting)),
      };
    } catch (error) {
      const { code, facts } = error instanceof FieldsealError ? error : new FieldsealError("internal_error");
      const { rule, offset } = facts;
      return {
        ...head,
        rules: nameRules(rules, isReporting),
        outcome: "refused",
        code,
        ...(rule === undefined ? {} : { rule }),
        ...(offset === undefined ? {} : { offset }),
        ...nothing,
      };
    }
  };
}

const nothing: Description = { tokens: 0, matches: {} };

function nameRules(rules: readonly Rule[], isReporting: IsReporting): readonly string[] {
  return rules.filter(isReporting).map(({ name }) => name);
}

type Description = Pick<ReportLine, "tokens" | "matches" | "outside" | "outsideMore">;

function describe({ body, head, matches }: ProtectionPlan, isReporting: IsReporting): Description {
  const plans = [...(body === undefined ? [] : [{ part: "body", plan: body.plan }]), ...head.map(namePart)];
  return {
    tokens: plans.flatMap(({ plan }) => plan.findings).filter(({ rule }) => isReporting(rule)).length,
    matches: nameMatches(new Map([...matches].filter(([rule]) => isReporting(rule)))),
    ...listOutside(plans, isReporting, [...matches.keys()]),
  };
}

function namePart({ part, plan }: HeadPlan): NamedPlan {
  if (part.kind === "header") return { part: part.name === "cookie" ? "cookie" : "header", plan };
  return { part: part.kind === "uri" ? "path" : "query", plan };
}
