/** Audit lines of decryptors, added up: which recipient is still opened, by whom, and until when. */
import { isRecord } from "../../core/shape.ts";

export interface Usage {
  /** Audit lines, and lines of anything else. */
  readonly calls: number;
  readonly otherLines: number;
  readonly recipients: readonly RecipientUsage[];
}

export interface RecipientUsage {
  readonly recipient: string;
  /** Tokens that KMS was asked to open: all but those that were withheld. */
  readonly opened: number;
  readonly withheld: number;
  /** Tokens by outcome, as the audit lines count them. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly readers: Readonly<Record<string, number>>;
  /** Times of the first and the last call that opened any, as ISO 8601. */
  readonly first: string | undefined;
  readonly last: string | undefined;
}

export interface UsageReader {
  readonly read: (line: string) => void;
  readonly summarize: () => Usage;
}

interface Tally {
  readonly outcomes: Map<string, number>;
  readonly readers: Map<string, number>;
  opened: number;
  withheld: number;
  first: string | undefined;
  last: string | undefined;
}

/** `since`: lines of calls before that time, ISO 8601, are left out. */
export function createUsageReader(since: string | undefined): UsageReader {
  let calls = 0;
  let otherLines = 0;
  const tallies = new Map<string, Tally>();
  const readEntry = (entry: Readonly<Record<string, unknown>>): void => {
    const time = typeof entry["time"] === "string" ? entry["time"] : undefined;
    if (since !== undefined && time !== undefined && time < since) return;
    calls++;
    const reader = typeof entry["reader"] === "string" ? entry["reader"] : "";
    const recipients = isRecord(entry["recipients"]) ? entry["recipients"] : {};
    for (const [id, outcomes] of Object.entries(recipients)) {
      if (!isRecord(outcomes)) continue;
      const tally = tallies.get(id) ?? { outcomes: new Map(), readers: new Map(), opened: 0, withheld: 0, first: undefined, last: undefined };
      tallies.set(id, tally);
      addOutcomes(tally, outcomes, reader, time);
    }
  };
  return {
    read: (line) => {
      const entries = findEntries(line);
      if (entries.length === 0 && line.trim() !== "") otherLines++;
      entries.forEach(readEntry);
    },
    summarize: () => ({
      calls,
      otherLines,
      recipients: [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([recipient, { outcomes, readers, opened, withheld, first, last }]) => ({
        recipient,
        opened,
        withheld,
        outcomes: Object.fromEntries(outcomes),
        readers: Object.fromEntries(readers),
        first,
        last,
      })),
    }),
  };
}

function addOutcomes(tally: Tally, outcomes: Readonly<Record<string, unknown>>, reader: string, time: string | undefined): void {
  let opened = 0;
  for (const [outcome, count] of Object.entries(outcomes)) {
    if (typeof count !== "number") continue;
    tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + count);
    if (outcome === "withheld") tally.withheld += count;
    else opened += count;
  }
  if (opened === 0) return;
  tally.opened += opened;
  tally.readers.set(reader, (tally.readers.get(reader) ?? 0) + opened);
  if (time === undefined) return;
  if (tally.first === undefined || time < tally.first) tally.first = time;
  if (tally.last === undefined || time > tally.last) tally.last = time;
}

/** The audit lines in a line of a log: alone, behind a prefix, or as strings in an export in JSON or CSV. */
function findEntries(line: string): Readonly<Record<string, unknown>>[] {
  const text = line.includes(opening) ? line : line.replaceAll('\\"', '"').replaceAll('""', '"');
  return text.split(opening).slice(1).flatMap((piece) => {
    const entry = readObject(opening + piece);
    return entry === undefined ? [] : [entry];
  });
}

const opening = '{"audit":"fieldseal"';

/** The object that a text begins with. */
function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let depth = 0;
  for (const { 0: found, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (found === "{") depth++;
    if (found !== "}" || --depth > 0) continue;
    try {
      const value: unknown = JSON.parse(text.slice(0, index + 1));
      return isRecord(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
