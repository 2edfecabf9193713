/**
 * Report mode: what rules would have done with a request, had they been enforced. Nothing here changes or refuses a
 * request. It is shipped only where a policy has such rules, or another policy reports beside it.
 */
import type { Plan } from "../core/encrypt/encrypt-text.ts";
import { createDryTokenWriter } from "../core/encrypt/token-writer.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { Finding } from "../core/find/finding.ts";
import {
  type CompiledPolicy,
  findRules,
  type Limits,
  loadPolicy,
  type Policy,
  type PolicyModules,
} from "../core/policy/policy.ts";
import type { Rule } from "../core/rule/rule.ts";
import { type LooksSensitive, showPath } from "../core/selector/shown-name.ts";
import type { EdgeRequest } from "./event.ts";
import { type Counts, nameMatches } from "./match-counts.ts";
import { methodsOf } from "./method.ts";
import { type Protection, type ProtectionPlan, planProtection, writeProtection } from "./protection.ts";

/** What one request would have come to; `undefined` where no reporting rule covers it. It never throws. */
export type Report = (request: EdgeRequest) => ReportLine | undefined;

/** As it stands in the log line: names, counts and codes. */
export interface ReportLine {
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
  /** What detectors found in fields that nothing else protects: counts by path and detector. */
  readonly outside?: Counts;
  /** Findings beyond those that `outside` has room for. */
  readonly outsideMore?: number;
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

type IsReporting = (rule: Rule) => boolean;

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

function describe({ body, parts, matches }: ProtectionPlan, isReporting: IsReporting): Description {
  const plans = [...(body === undefined ? [] : [{ place: "body", plan: body.plan }]), ...parts.map(readPart)];
  return {
    tokens: plans.flatMap(({ plan }) => plan.findings).filter(({ rule }) => isReporting(rule)).length,
    matches: nameMatches(new Map([...matches].filter(([rule]) => isReporting(rule)))),
    ...listOutside(plans, isReporting, createNameCheck([...matches.keys()])),
  };
}

interface PlacedPlan {
  /** What the paths of its fields begin with. */
  readonly place: string;
  readonly plan: Plan;
}

function readPart({ part, plan }: ProtectionPlan["parts"][number]): PlacedPlan {
  if (part.kind === "header") return { place: part.name === "cookie" ? "cookie" : "header", plan };
  return { place: part.kind === "uri" ? "path" : "query", plan };
}

const mostPaths = 20;

/** Naming a finding's path takes time in proportion to its depth. */
const mostFindings = 1_000;

function listOutside(
  plans: readonly PlacedPlan[],
  isReporting: IsReporting,
  looksSensitive: LooksSensitive,
): Pick<ReportLine, "outside" | "outsideMore"> {
  const paths = new Map<string, Map<string, number>>();
  let listed = 0;
  let outsideMore = 0;
  for (const { place, plan } of plans) {
    for (const { nameAt, rule, selector } of findOutside(plan, isReporting)) {
      // The names of a path segment are the segments before it, which are values.
      const names =
        nameAt === undefined || place === "path" || listed >= mostFindings ? "" : showPath(nameAt, looksSensitive);
      const path = names === "" ? place : `${place}:${names}`;
      const counts = paths.get(path) ?? new Map<string, number>();
      if (listed >= mostFindings || (paths.size >= mostPaths && !paths.has(path))) {
        outsideMore++;
        continue;
      }
      listed++;
      paths.set(path, counts);
      const detector = rule.selectors[selector]?.text ?? "";
      counts.set(detector, (counts.get(detector) ?? 0) + 1);
    }
  }
  return {
    ...(paths.size === 0
      ? {}
      : { outside: Object.fromEntries([...paths].map(([path, counts]) => [path, Object.fromEntries(counts)])) }),
    ...(outsideMore === 0 ? {} : { outsideMore }),
  };
}

/** What the reporting rules' detectors found in nothing that an enforced rule or a selector covers. */
function findOutside({ found }: Plan, isReporting: IsReporting): readonly Finding[] {
  const isDetected = ({ rule, selector }: Finding): boolean =>
    isReporting(rule) && rule.detectors.some((detector) => detector.selector === selector);
  const covered = found.filter((finding) => !isDetected(finding)).sort((a, b) => a.start - b.start);
  const outside: Finding[] = [];
  let next = 0;
  let coveredEnd = -1;
  for (const finding of found.filter(isDetected).sort((a, b) => a.start - b.start)) {
    for (let at = covered[next]; at !== undefined && at.start <= finding.start; at = covered[++next]) {
      coveredEnd = Math.max(coveredEnd, at.end);
    }
    if (finding.end > coveredEnd) outside.push(finding);
  }
  return outside;
}

const nameWork = 100_000;

/** Whether a detector of the rules finds something in a name. */
function createNameCheck(rules: readonly Rule[]): LooksSensitive {
  const detectors = [...new Set(rules.flatMap((rule) => rule.detectors.map(({ use }) => use.detector)))];
  const budget = { remaining: nameWork };
  const known = new Map<string, boolean>();
  return (name) => {
    const sensitive = known.get(name) ?? detects(name);
    known.set(name, sensitive);
    return sensitive;
  };

  function detects(name: string): boolean {
    try {
      return detectors.some(({ find }) => find(name, budget).length > 0);
    } catch {
      return true;
    }
  }
}
