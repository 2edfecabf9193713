/**
 * Finds the JSON lines of one function in the lines of a log: alone, behind a prefix, in strings of JSON or fields of
 * CSV, in strings within strings, and in gzip as base64, as a CloudWatch Logs subscription packs them.
 */
import { gunzipSync } from "node:zlib";
import { isRecord } from "../../../core/config/config-value.ts";
import { tryParseJson } from "../json-text.ts";

/** A JSON object that a function logged. Its members are unchecked, except those that its kind accepts. */
export type LogEntry = Readonly<Record<string, unknown>>;

/** What one function logs. */
export interface EntryKind {
  /** The name of an entry's first member. */
  readonly first: string;
  /** That member's value as JSON, if all entries have the same. */
  readonly value?: string;
  /** True if the object is an entry of this kind. */
  readonly accepts: (entry: LogEntry) => boolean;
  /**
   * How many entries a text may hold in a form that this search cannot read. `isEscaped` is true if the text holds
   * escapes, which the search removes next.
   */
  readonly countTraces?: (text: string, isEscaped: boolean) => number;
}

/** The entries that a text holds, and how many more it may hold that cannot be read. */
export interface FoundEntries {
  readonly entries: readonly LogEntry[];
  readonly unreadable: number;
}

/** Levels of escapes and packing. Lambda's JSON format within a subscription's record within a JSON export has six. */
const mostLevels = 8;

/** Gives a function that finds the entries of a kind in a text, such as a line of a log. */
export function createFinder(kind: EntryKind): (text: string) => FoundEntries {
  const { first, value = "" } = kind;
  const opening = new RegExp(`\\{\\s*"${first}"\\s*:\\s*${value}`, "g");
  const quoted = new RegExp(`""${first}""\\s*:\\s*${value.replaceAll('"', '""')}`);
  const escaped = new RegExp(`${first}(?:\\\\+"|\\\\+u0022)`, "i");
  const unescape = (text: string): string | undefined => {
    if (quoted.test(text)) return text.replaceAll('""', '"');
    return escaped.test(text) ? unescapeJson(text) : undefined;
  };

  const find = (text: string, level: number): FoundEntries => {
    const { entries, unreadable, rest } = takeEntries(text, opening, kind);
    const packed = Array.from(rest.matchAll(packedPattern), ([base64]) => unpack(base64));
    const plain = rest.replaceAll(packedPattern, "");
    const unescaped = unescape(plain);
    const inner = [...(unescaped === undefined ? [] : [unescaped]), ...packed.flatMap((lines) => lines ?? [])];
    const isTooDeep = level >= mostLevels && inner.length > 0;
    const found = isTooDeep ? [] : inner.map((each) => find(each, level + 1));
    const broken = packed.filter((lines) => lines === undefined).length;
    const traces = kind.countTraces?.(plain, unescaped !== undefined) ?? 0;
    return {
      entries: [entries, ...found.map((each) => each.entries)].flat(),
      unreadable: found.reduce(
        (sum, each) => sum + each.unreadable,
        unreadable + broken + traces + (isTooDeep ? 1 : 0),
      ),
    };
  };
  return (text) => find(text, 0);
}

/** The entries that a text holds without escapes, and the text without them. */
function takeEntries(text: string, opening: RegExp, kind: EntryKind): FoundEntries & { readonly rest: string } {
  const entries: LogEntry[] = [];
  let unreadable = 0;
  let done = 0;
  let rest = "";
  for (const { index, 0: begin } of text.matchAll(opening)) {
    // A caller's purpose is a part of its audit line, and may look like another one.
    if (index < done) continue;
    const end = findEnd(text, index);
    const entry = end === undefined ? undefined : tryParseJson(text.slice(index, end));
    if (isRecord(entry) && kind.accepts(entry)) entries.push(entry);
    else unreadable++;
    rest += text.slice(done, index);
    done = end ?? index + begin.length;
  }
  return { entries, unreadable, rest: rest + text.slice(done) };
}

/** The offset behind the JSON object that begins at `start`; `undefined` if the text ends within it. */
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

/** Base64 of gzip: how a subscription gives log data to functions and streams. */
const packedPattern = /H4sI[A-Za-z0-9+/]{60,}={0,2}/g;

/** Bytes that log data may have once it is unpacked. */
const mostUnpacked = 1 << 26;

/** The lines of packed log data; `undefined` if it is cut off or too large. */
function unpack(base64: string): readonly string[] | undefined {
  try {
    return gunzipSync(Buffer.from(base64, "base64"), { maxOutputLength: mostUnpacked }).toString("utf8").split("\n");
  } catch {
    return undefined;
  }
}

/** The text without one level of JSON's escapes. */
function unescapeJson(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, character: string | undefined) =>
    hex === undefined
      ? (shortEscapes[character ?? ""] ?? character ?? "")
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const shortEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
