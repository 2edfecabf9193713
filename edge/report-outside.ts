/** Reports fields that no rule names and in which a detector found something. */
import type { Plan } from "../core/encrypt/encrypt-text.ts";
import type { Finding } from "../core/find/finding.ts";
import type { Rule } from "../core/rule/rule.ts";
import { type LooksSensitive, showPath } from "../core/selector/shown-name.ts";
import type { Counts } from "./match-counts.ts";

/** Findings of detectors in fields that nothing else protects. */
export interface OutsideFindings {
  /** Counts by path and detector. At most 20 paths. */
  readonly outside?: Counts;
  /** The number of findings that `outside` has no room for. */
  readonly outsideMore?: number;
}

/** True for a rule that only reports. */
export type IsReporting = (rule: Rule) => boolean;

/** The plan for one part of the request. */
export interface NamedPlan {
  /** The beginning of its fields' paths. */
  readonly part: string;
  readonly plan: Plan;
}

/** The most paths: a log line stays short. */
const mostPaths = 20;

/** The most named findings: a name takes time in proportion to its depth. */
const mostFindings = 1_000;

/**
 * Counts what detectors of reporting rules found outside of all other findings, by path and detector. Shows no value,
 * and no name that looks sensitive.
 */
export function listOutside(
  plans: readonly NamedPlan[],
  isReporting: IsReporting,
  rules: readonly Rule[],
): OutsideFindings {
  const looksSensitive = createNameCheck(rules);
  const paths = new Map<string, Map<string, number>>();
  let listed = 0;
  let outsideMore = 0;
  for (const { part, plan } of plans) {
    for (const { nameAt, rule, selector } of findOutside(plan, isReporting)) {
      // A path segment takes its names from the segments before it, which may be values.
      const names =
        nameAt === undefined || part === "path" || listed >= mostFindings ? "" : showPath(nameAt, looksSensitive);
      const path = names === "" ? part : `${part}:${names}`;
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

/** Findings of the reporting rules' detectors that no enforced rule and no selector covers. */
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

/** The most steps of the detectors over names. */
const nameWork = 100_000;

/** Makes a check: true if a detector of the rules finds something in a name. */
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
