/** Adds up the log lines of the edge function. It takes only names, codes and counts from them. */
import { isRecord } from "../../../core/config/config-value.ts";
import { type Counted, createCounter } from "./counter.ts";
import { findEdgeEntries } from "./edge-lines.ts";
import type { LogEntry } from "./find-entries.ts";

/** What reports say of one refusal: `policy` is the other policy's name, absent for rules in report mode. */
interface Refusal {
  readonly policy?: string;
  readonly code: string;
  readonly rule?: string;
}

/** A field outside of the policy, and the detector that found something in it. */
interface OutsideField {
  readonly policy?: string;
  readonly path: string;
  readonly detector: string;
}

/** All lines of a log, added up. Lists have the highest count first. */
export interface EdgeSummary {
  /** Lines of the function. */
  readonly requests: number;
  /** Lines of anything else. */
  readonly otherLines: number;
  /** The first and the last time, in milliseconds since 1970; `undefined` without any. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly outcomes: readonly Counted<{ readonly outcome: string }>[];
  /** Values that selectors and detectors found. */
  readonly matches: readonly Counted<CountedSelector>[];
  readonly refusals: readonly Counted<Refusal>[];
  /** Bodies that rules let through unread. */
  readonly unreadable: readonly Counted<{ readonly code: string }>[];
  /** Requests that reporting rules would have refused; `refusedAnyway` counts those that were also refused. */
  readonly wouldRefuse: readonly (Counted<Refusal> & { readonly refusedAnyway: number })[];
  /** Values that reporting rules would have protected. */
  readonly wouldProtect: readonly Counted<{ readonly policy?: string }>[];
  readonly outside: readonly Counted<OutsideField>[];
  /** Findings outside of the policy in fields that the log lines had no room to name. */
  readonly outsideMore: number;
}

/** A selector or detector of a rule. `mode` says whether the rule was enforced. */
export interface CountedSelector {
  readonly mode: "enforce" | "report";
  readonly policy?: string;
  readonly rule: string;
  readonly selector: string;
}

/** Adds up the lines of a log. */
export interface EdgeLog {
  readonly addLine: (line: string) => void;
  readonly summarize: () => EdgeSummary;
}

/** Creates an empty log. Its size is not bounded, since its names come from policies. */
export function createEdgeLog(): EdgeLog {
  let requests = 0;
  let otherLines = 0;
  let outsideMore = 0;
  let from: number | undefined;
  let to: number | undefined;
  const outcomes = createCounter<{ outcome: string }>();
  const matches = createCounter<CountedSelector>();
  const refusals = createCounter<Refusal>();
  const unreadable = createCounter<{ code: string }>();
  const wouldRefuse = createCounter<Refusal>();
  const refusedAnyway = createCounter<Refusal>();
  const wouldProtect = createCounter<{ policy?: string }>();
  const outside = createCounter<OutsideField>();

  const addEntry = (entry: LogEntry): void => {
    requests++;
    const outcome = textOf(entry["outcome"]) ?? "unknown";
    outcomes.add({ outcome }, 1);
    const time = isRecord(entry["_aws"]) ? entry["_aws"]["Timestamp"] : undefined;
    if (typeof time === "number") {
      from = Math.min(from ?? time, time);
      to = Math.max(to ?? time, time);
    }
    const code = textOf(entry["code"]) ?? "none";
    if (outcome === "refused") refusals.add({ code, ...optional("rule", entry["rule"]) }, 1);
    else if (code !== "none") unreadable.add({ code }, 1);
    eachCount(entry["matches"], (rule, selector, count) => matches.add({ mode: "enforce", rule, selector }, count));
    for (const report of Array.isArray(entry["reports"]) ? entry["reports"] : [])
      if (isRecord(report)) addReport(report, outcome);
  };

  const addReport = (report: LogEntry, outcome: string): void => {
    const policy = optional("policy", report["policy"]);
    const code = textOf(report["code"]);
    if (code !== undefined) {
      const refusal = { ...policy, code, ...optional("rule", report["rule"]) };
      wouldRefuse.add(refusal, 1);
      if (outcome === "refused") refusedAnyway.add(refusal, 1);
    }
    wouldProtect.add(policy, countOf(report["tokens"]));
    eachCount(report["matches"], (rule, selector, count) =>
      matches.add({ mode: "report", ...policy, rule, selector }, count),
    );
    eachCount(report["outside"], (path, detector, count) => outside.add({ ...policy, path, detector }, count));
    outsideMore += countOf(report["outsideMore"]);
  };

  return {
    addLine: (line) => {
      const { entries } = findEdgeEntries(line);
      if (entries.length === 0 && line.trim() !== "") otherLines++;
      for (const entry of entries) addEntry(entry);
    },
    summarize: () => ({
      requests,
      otherLines,
      from,
      to,
      outcomes: outcomes.list(),
      matches: matches.list(),
      refusals: refusals.list(),
      unreadable: unreadable.list(),
      wouldRefuse: wouldRefuse.list().map((refusal) => ({ ...refusal, refusedAnyway: refusedAnyway.count(refusal) })),
      wouldProtect: wouldProtect.list(),
      outside: outside.list(),
      outsideMore,
    }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function optional<K extends string>(name: K, value: unknown): { readonly [N in K]?: string } {
  const named: { [N in K]?: string } = {};
  if (typeof value === "string") named[name] = value;
  return named;
}

/** Calls `take` with each count of an object of objects of counts. */
function eachCount(value: unknown, take: (outer: string, inner: string, count: number) => void): void {
  if (!isRecord(value)) return;
  for (const [outer, counts] of Object.entries(value)) {
    if (isRecord(counts)) for (const [inner, count] of Object.entries(counts)) take(outer, inner, countOf(count));
  }
}
