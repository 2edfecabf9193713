/** Adds up the audit lines of decryptors: which reader opened which recipient, and when last. */
import { isRecord } from "../../../core/config/config-value.ts";
import { findAuditEntries } from "./audit-lines.ts";
import type { LogEntry } from "./find-entries.ts";

/** The audit lines of a log, added up. */
export interface Usage {
  /** Audit lines that are included. */
  readonly calls: number;
  /** Audit lines of calls before `since`. */
  readonly earlierCalls: number;
  /** Possible audit lines that cannot be read. */
  readonly unreadable: number;
  /** Lines of anything else. */
  readonly otherLines: number;
  /** Times of the first and the last call, in ISO 8601. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly recipients: readonly RecipientUsage[];
}

/** The use of one recipient's tokens. */
export interface RecipientUsage {
  readonly recipient: string;
  /** Tokens that KMS was asked to open. */
  readonly opened: number;
  readonly withheld: number;
  /** Tokens by outcome, such as `opened`, `masked` or an error code. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Times of the first and the last call that opened one. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly readers: Readonly<Record<string, ReaderUsage>>;
}

/** The use of one recipient's tokens by one reader. */
export interface ReaderUsage {
  readonly opened: number;
  readonly last: string | undefined;
}

/** Adds up the lines of a log. */
export interface UsageLog {
  readonly addLine: (line: string) => void;
  readonly summarize: () => Usage;
}

interface Period {
  first: string | undefined;
  last: string | undefined;
}

interface RecipientTally extends Period {
  opened: number;
  withheld: number;
  readonly outcomes: Map<string, number>;
  readonly readers: Map<string, Period & { opened: number }>;
}

/** Creates an empty log. It leaves out calls before `since`, a time in ISO 8601 and UTC. */
export function createUsageLog(since: string | undefined): UsageLog {
  const counts = { calls: 0, earlierCalls: 0, unreadable: 0, otherLines: 0 };
  const period: Period = { first: undefined, last: undefined };
  const tallies = new Map<string, RecipientTally>();
  const addEntry = (entry: LogEntry): void => {
    const time = typeof entry["time"] === "string" ? entry["time"] : undefined;
    if (since !== undefined && time !== undefined && time < since) {
      counts.earlierCalls++;
      return;
    }
    counts.calls++;
    extend(period, time);
    const reader = typeof entry["reader"] === "string" ? entry["reader"] : "";
    const recipients = isRecord(entry["recipients"]) ? entry["recipients"] : {};
    for (const [id, outcomes] of Object.entries(recipients)) {
      if (!isRecord(outcomes)) continue;
      const tally = tallies.get(id) ?? {
        outcomes: new Map(),
        readers: new Map(),
        opened: 0,
        withheld: 0,
        first: undefined,
        last: undefined,
      };
      tallies.set(id, tally);
      addOutcomes(tally, outcomes, reader, time);
    }
  };
  return {
    addLine: (line) => {
      const { entries, unreadable } = findAuditEntries(line);
      counts.unreadable += unreadable;
      if (entries.length === 0 && unreadable === 0 && line.trim() !== "") counts.otherLines++;
      entries.forEach(addEntry);
    },
    summarize: () => ({
      ...counts,
      ...period,
      recipients: [...tallies]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([recipient, { outcomes, readers, ...tally }]) => ({
          recipient,
          ...tally,
          outcomes: Object.fromEntries(outcomes),
          readers: Object.fromEntries([...readers].map(([name, { opened, last }]) => [name, { opened, last }])),
        })),
    }),
  };
}

function extend(period: Period, time: string | undefined): void {
  if (time === undefined) return;
  if (period.first === undefined || time < period.first) period.first = time;
  if (period.last === undefined || time > period.last) period.last = time;
}

/** Outcomes without a request to KMS to open the token: it was moved to another recipient, or is cut off or mangled. */
const unasked: ReadonlySet<string> = new Set(["rewrapped", "token_damaged"]);

function addOutcomes(tally: RecipientTally, outcomes: LogEntry, reader: string, time: string | undefined): void {
  let opened = 0;
  for (const [outcome, count] of Object.entries(outcomes)) {
    if (typeof count !== "number") continue;
    tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + count);
    if (outcome === "withheld") tally.withheld += count;
    else if (!unasked.has(outcome)) opened += count;
  }
  if (opened === 0) return;
  tally.opened += opened;
  extend(tally, time);
  const own = tally.readers.get(reader) ?? { opened: 0, first: undefined, last: undefined };
  own.opened += opened;
  extend(own, time);
  tally.readers.set(reader, own);
}
