/**
 * Log lines of the edge function, however a log service wraps them, added up. It takes names, codes and counts from
 * them only.
 */
import { isRecord } from "../../core/config/config-value.ts";

export interface Summary {
  /** Lines of the function, and those of anything else. */
  readonly requests: number;
  readonly otherLines: number;
  /** The first and the last time, in milliseconds since 1970. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly outcomes: readonly Counted<{ readonly outcome: string }>[];
  /** Values that selectors and detectors found: `policy` and `mode` tell the enforced rules from those that report. */
  readonly matches: readonly Counted<Selector>[];
  readonly refusals: readonly Counted<{ readonly code: string; readonly rule?: string }>[];
  /** Bodies that went on unread, where rules allow that. */
  readonly unreadable: readonly Counted<{ readonly code: string }>[];
  /** Requests that reporting rules would have refused; `refusedAnyway` counts those of them that were refused. */
  readonly wouldRefuse: readonly (Counted<{
    readonly policy?: string;
    readonly code: string;
    readonly rule?: string;
  }> & { readonly refusedAnyway: number })[];
  /** Values that reporting rules would have protected. */
  readonly wouldProtect: readonly Counted<{ readonly policy?: string }>[];
  /** Fields outside the policy in which detectors found something. */
  readonly outside: readonly Counted<{ readonly policy?: string; readonly path: string; readonly detector: string }>[];
  /** Findings outside the policy for whose paths the log had no room. */
  readonly outsideMore: number;
}

export interface Selector {
  readonly mode: "enforce" | "report";
  readonly policy?: string;
  readonly rule: string;
  readonly selector: string;
}

export type Counted<T> = T & { readonly count: number };

export interface LogReader {
  /** Takes one line of a log. */
  readonly read: (line: string) => void;
  readonly summarize: () => Summary;
}

/** Adds lines up; how many different names it can hold is bounded by memory alone, since they are those of policies. */
export function createLogReader(): LogReader {
  let requests = 0;
  let otherLines = 0;
  let outsideMore = 0;
  let from: number | undefined;
  let to: number | undefined;
  const outcomes = createTally<{ outcome: string }>();
  const matches = createTally<Selector>();
  const refusals = createTally<{ code: string; rule?: string }>();
  const unreadable = createTally<{ code: string }>();
  const wouldRefuse = createTally<{ policy?: string; code: string; rule?: string }>();
  const refusedAnyway = createTally<{ policy?: string; code: string; rule?: string }>();
  const wouldProtect = createTally<{ policy?: string }>();
  const outside = createTally<{ policy?: string; path: string; detector: string }>();

  const readEntry = (entry: Entry): void => {
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
      if (isRecord(report)) readReport(report, outcome);
  };

  const readReport = (report: Entry, outcome: string): void => {
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
    read: (line) => {
      const entries = [...findEntries(line)];
      if (entries.length === 0 && line.trim() !== "") otherLines++;
      for (const entry of entries) readEntry(entry);
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

type Entry = Readonly<Record<string, unknown>>;

/**
 * Entries of the function in a line: as it wrote them, behind a prefix, in a field of CSV, or as messages of an export.
 */
function* findEntries(line: string): Generator<Entry> {
  const text = line.trim();
  const start = text.search(/[{[]/);
  if (start < 0) return;
  const own = text.indexOf('{"_aws"');
  const value = parseJson(text.slice(start)) ?? (own < 0 ? undefined : parseJson(text.slice(own))) ?? parseQuoted(text);
  yield* findEntriesIn(value, 0);
}

/** A field of CSV, with its quotes doubled: `"2026-01-01","{""outcome"":…}"`. */
function parseQuoted(text: string): unknown {
  const start = text.indexOf('{""');
  return start < 0 ? undefined : parseJson(text.slice(start, text.lastIndexOf("}") + 1).replaceAll('""', '"'));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Exports stand in one another: a subscription's batch holds events, and an event's message can be a log record. */
const deepestWrapping = 6;

function* findEntriesIn(value: unknown, depth: number): Generator<Entry> {
  if (depth > deepestWrapping) return;
  if (Array.isArray(value)) {
    for (const item of value) yield* findEntriesIn(item, depth + 1);
  } else if (typeof value === "string") {
    if (value.includes('"outcome"'))
      yield* findEntriesIn(parseJson(value.slice(value.indexOf("{"), value.lastIndexOf("}") + 1)), depth + 1);
  } else if (isRecord(value)) {
    if (isEntry(value)) yield value;
    else for (const name of wrappers) if (value[name] !== undefined) yield* findEntriesIn(value[name], depth + 1);
  }
}

function isEntry({ outcome, requests, tokens }: Entry): boolean {
  return typeof outcome === "string" && requests === 1 && typeof tokens === "number";
}

/** Members under which log services and their exports keep what was logged. */
const wrappers = ["message", "@message", "events", "logEvents", "results", "value", "log"] as const;

/** Whether a line could be the beginning of one JSON text over several lines. */
export function mayBeginDocument(line: string): boolean {
  return /^\s*[[{]/.test(line) && parseJson(line) === undefined;
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

/** Counts of two levels of names. */
function eachCount(value: unknown, take: (outer: string, inner: string, count: number) => void): void {
  if (!isRecord(value)) return;
  for (const [outer, counts] of Object.entries(value)) {
    if (isRecord(counts)) for (const [inner, count] of Object.entries(counts)) take(outer, inner, countOf(count));
  }
}

interface Tally<T> {
  readonly add: (key: T, count: number) => void;
  readonly count: (key: T) => number;
  /** The highest first. */
  readonly list: () => readonly Counted<T>[];
}

function createTally<T extends object>(): Tally<T> {
  const counts = new Map<string, Counted<T>>();
  const identify = (key: object): string => JSON.stringify(Object.entries(key).filter(([name]) => name !== "count"));
  return {
    add: (key, count) => {
      const name = identify(key);
      counts.set(name, { ...key, count: (counts.get(name)?.count ?? 0) + count });
    },
    count: (key) => counts.get(identify(key))?.count ?? 0,
    list: () => [...counts.values()].sort((a, b) => b.count - a.count),
  };
}
