/**
 * Report mode: what rules would have done with a request, had they been enforced. Nothing here changes or refuses a
 * request. It is shipped only where a policy has such rules, or another policy reports beside it.
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

/** What one request would have come to; `undefined` where no reporting rule covers it. It never throws. */
export type Report = (request: EdgeRequest) => ReportLine | undefined;

/** A report as the log line has it: names, counts and codes. */
export interface ReportLine extends OutsideFindings {
  /** The name of the reporting policy; absent for the rules of the enforced policy that are in report mode. */
  readonly policy?: string;
  readonly rules: readonly string[];
  readonly outcome: Protection["outcome"] | "refused";
  readonly code?: ErrorCode;
  readonly rule?: string;
  readonly offset?: number;
  /** Values that would have become tokens and went on as they were. */
  readonly tokens: number;
  readonly matches: Counts;
}

/** The rules of a policy that are in report mode, as if all of its rules were enforced. */
export function reportRules(compiled: CompiledPolicy, modules: PolicyModules): Report {
  return createReport(
    undefined,
    () => loadPolicy(compiled, modules, "all"),
    ({ mode }) => mode === "report",
  );
}

/**
 * Another policy beside the enforced one, as if that were all there is. Of the two policies' limits the lower ones
 * count, so that a report cannot take what the enforced policy needs.
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
      // Not before the first request, where a mistake would keep the enforced policy from starting.
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
