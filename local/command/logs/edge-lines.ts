/** Finds the edge function's log entries in the lines of a log, however a log service wraps them. */
import { isRecord } from "../../../core/config/config-value.ts";
import { tryParseJson } from "../json-text.ts";

/** What the edge function logged for one request, unchecked but for `outcome`, `requests` and `tokens`. */
export type EdgeEntry = Readonly<Record<string, unknown>>;

/** The entries in a line: as they were written, behind a prefix, in a field of CSV, or as messages of an export. */
export function* findEdgeEntries(line: string): Generator<EdgeEntry> {
  const text = line.trim();
  const start = text.search(/[{[]/);
  if (start < 0) return;
  const own = text.indexOf('{"_aws"');
  yield* findEntriesIn(
    tryParseJson(text.slice(start)) ?? (own < 0 ? undefined : tryParseJson(text.slice(own))) ?? parseQuoted(text),
    0,
  );
}

/** Whether a line could be the beginning of one JSON text over several lines. */
export function mayBeginDocument(line: string): boolean {
  return /^\s*[[{]/.test(line) && tryParseJson(line) === undefined;
}

/** A field of CSV, with its quotes doubled: `"2026-01-01","{""outcome"":…}"`. */
function parseQuoted(text: string): unknown {
  const start = text.indexOf('{""');
  return start < 0 ? undefined : tryParseJson(text.slice(start, text.lastIndexOf("}") + 1).replaceAll('""', '"'));
}

/** Exports nest: a subscription's batch holds events, and an event's message can be a log record. */
const deepestWrapping = 6;

function* findEntriesIn(value: unknown, depth: number): Generator<EdgeEntry> {
  if (depth > deepestWrapping) return;
  if (Array.isArray(value)) {
    for (const item of value) yield* findEntriesIn(item, depth + 1);
  } else if (typeof value === "string") {
    if (value.includes('"outcome"'))
      yield* findEntriesIn(tryParseJson(value.slice(value.indexOf("{"), value.lastIndexOf("}") + 1)), depth + 1);
  } else if (isRecord(value)) {
    if (isEdgeEntry(value)) yield value;
    else for (const name of wrappers) if (value[name] !== undefined) yield* findEntriesIn(value[name], depth + 1);
  }
}

function isEdgeEntry({ outcome, requests, tokens }: EdgeEntry): boolean {
  return typeof outcome === "string" && requests === 1 && typeof tokens === "number";
}

/** Members under which log services and their exports keep what was logged. */
const wrappers = ["message", "@message", "events", "logEvents", "results", "value", "log"] as const;
