/** Audit lines of decryptors, added up: which recipient is still opened, by whom, and until when. */
import { gunzipSync } from "node:zlib";
import { isRecord } from "../../core/config/config-value.ts";

export interface Usage {
  /**
   * Audit lines, those that were left out as earlier, what may be some and cannot be read, and lines of anything else.
   */
  readonly calls: number;
  readonly earlierCalls: number;
  readonly unreadable: number;
  readonly otherLines: number;
  /** Times of the first and the last call, as ISO 8601. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly recipients: readonly RecipientUsage[];
}

export interface RecipientUsage {
  readonly recipient: string;
  /** Tokens that KMS was asked to open. */
  readonly opened: number;
  readonly withheld: number;
  /** Tokens by outcome, as the audit lines count them. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of the calls that opened any. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly readers: Readonly<Record<string, ReaderUsage>>;
}

export interface ReaderUsage {
  readonly opened: number;
  readonly last: string | undefined;
}

export interface UsageReader {
  readonly read: (line: string) => void;
  readonly summarize: () => Usage;
}

interface Period {
  first: string | undefined;
  last: string | undefined;
}

interface Tally extends Period {
  opened: number;
  withheld: number;
  readonly outcomes: Map<string, number>;
  readonly readers: Map<string, Period & { opened: number }>;
}

/** `since`: lines of calls before that time, ISO 8601, are left out. */
export function createUsageReader(since: string | undefined): UsageReader {
  const counts = { calls: 0, earlierCalls: 0, unreadable: 0, otherLines: 0 };
  const period: Period = { first: undefined, last: undefined };
  const tallies = new Map<string, Tally>();
  const readEntry = (entry: Entry): void => {
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
    read: (line) => {
      const { entries, unreadable } = findEntries(line);
      counts.unreadable += unreadable;
      if (entries.length === 0 && unreadable === 0 && line.trim() !== "") counts.otherLines++;
      entries.forEach(readEntry);
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

/** Of tokens that moved to another recipient, and of those that are cut off or mangled. */
const unasked: ReadonlySet<string> = new Set(["rewrapped", "token_damaged"]);

function addOutcomes(tally: Tally, outcomes: Entry, reader: string, time: string | undefined): void {
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

type Entry = Readonly<Record<string, unknown>>;

const opening = /\{\s*"audit"\s*:\s*"fieldseal"/g;
/**
 * As tools leave it that write JSON anew, in several lines or another order, or with entities, percent-encoded, or as
 * no JSON at all.
 */
const rewritten =
  /audit(?:[^A-Za-z0-9]|amp|apos|quot|#x?[0-9A-Fa-f]{2,3}|%(?:25)*[0-9A-Fa-f]{2}|u00[0-9A-Fa-f]{2}){1,60}fieldseal(?![\w-])/;
/** In base64, wherever it begins there. */
const encoded = [0, 1, 2].map((shift) =>
  Buffer.from(`${"-".repeat(shift)}"audit":"fieldseal"`)
    .toString("base64")
    .slice(shift === 0 ? 0 : 4, 24),
);
/** What is compressed, or no UTF-8: anything may stand there. */
const binary = /[\0\ufffd]/;
const quotedOpening = /""audit""\s*:\s*""fieldseal""/;
const escapedOpening = /audit(?:\\+"|\\+u0022)/i;

/** Lambda's JSON format, in a record of a subscription, in an export as JSON: and some more. */
const mostLevels = 8;

interface Found {
  readonly entries: readonly Entry[];
  readonly unreadable: number;
}

/**
 * The audit lines in a line of a log: alone, behind a prefix, as strings, in strings again, of JSON or CSV, or in what
 * a subscription packs.
 */
function findEntries(line: string, level = 0): Found {
  const { entries, unreadable, rest } = takeEntries(line);
  const inner = readInner(rest, level + 1);
  return { entries: [...entries, ...inner.entries], unreadable: unreadable + inner.unreadable };
}

/** What stands in a text one level deeper, and how much there is that cannot be read. */
function readInner(text: string, level: number): Found {
  const packed = Array.from(text.matchAll(packedPattern), ([base64]) => unpack(base64));
  const plain = text.replaceAll(packedPattern, "");
  const spelt = quotedOpening.test(plain)
    ? plain.replaceAll('""', '"')
    : escapedOpening.test(plain)
      ? unescape(plain)
      : undefined;
  const inner = [...(spelt === undefined ? [] : [spelt]), ...packed.flatMap((lines) => lines ?? [])];
  const all = level > mostLevels ? [] : inner.map((each) => findEntries(each, level));
  const signs = [
    spelt === undefined && rewritten.test(plain),
    encoded.some((each) => plain.includes(each)),
    binary.test(plain),
    level > mostLevels && inner.length > 0,
  ];
  const broken = packed.filter((lines) => lines === undefined).length;
  return {
    entries: all.flatMap(({ entries }) => entries),
    unreadable: all.reduce((sum, { unreadable }) => sum + unreadable, broken) + signs.filter(Boolean).length,
  };
}

/** The audit lines that stand in a text as they are, and the text without them. */
function takeEntries(text: string): Found & { readonly rest: string } {
  const entries: Entry[] = [];
  let unreadable = 0;
  let done = 0;
  let rest = "";
  for (const { index, 0: begin } of text.matchAll(opening)) {
    // What a caller gives as its purpose stands within a line.
    if (index < done) continue;
    const end = findEnd(text, index);
    const entry = end === undefined ? undefined : readObject(text.slice(index, end));
    if (entry === undefined) unreadable++;
    else entries.push(entry);
    rest += text.slice(done, index);
    done = end ?? index + begin.length;
  }
  return { entries, unreadable, rest: rest + text.slice(done) };
}

/** Base64 of gzip, as a subscription gives log data to functions and streams. */
const packedPattern = /H4sI[A-Za-z0-9+/]{60,}={0,2}/g;

/** Log data unfolds to so much at most. */
const mostUnpacked = 1 << 26;

/** `undefined` where it is cut off. */
function unpack(base64: string): readonly string[] | undefined {
  try {
    return gunzipSync(Buffer.from(base64, "base64"), { maxOutputLength: mostUnpacked }).toString("utf8").split("\n");
  } catch {
    return undefined;
  }
}

/** A text behind one level of JSON's escapes. */
function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, character: string | undefined) =>
    hex === undefined
      ? (shortEscapes[character ?? ""] ?? character ?? "")
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const shortEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Where the object ends that begins at an offset. */
function findEnd(text: string, start: number): number | undefined {
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/gs;
  token.lastIndex = start;
  let depth = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === "{") depth++;
    else if (found[0] === "}" && --depth === 0) return token.lastIndex;
  }
  return undefined;
}

function readObject(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && isRecord(value["recipients"]) ? value : undefined;
  } catch {
    return undefined;
  }
}
