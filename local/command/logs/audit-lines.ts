/**
 * Finds the audit lines of decryptors in the lines of a log: alone, behind a prefix, as strings, in strings again, of
 * JSON or CSV, or in what a subscription packs.
 */
import { gunzipSync } from "node:zlib";
import { isRecord } from "../../../core/config/config-value.ts";
import { tryParseJson } from "../json-text.ts";

/** What a decryptor wrote of one call, unchecked but for `recipients`, which is an object. */
export type AuditEntry = Readonly<Record<string, unknown>>;

/** The audit lines that a text holds, and how many more there may be that cannot be read. */
export interface FoundAuditEntries {
  readonly entries: readonly AuditEntry[];
  readonly unreadable: number;
}

/** How a decryptor begins a line. */
const opening = /\{\s*"audit"\s*:\s*"fieldseal"/g;
const between = "[^A-Za-z0-9]|amp|apos|quot|#x?[0-9A-Fa-f]{2,3}|%(?:25)*[0-9A-Fa-f]{2}|u00[0-9A-Fa-f]{2}";
/**
 * How tools leave it that write JSON anew: in several lines or another order, with entities, percent-encoded, or as no
 * JSON at all.
 */
const rewritten = new RegExp(`audit(?:${between}){1,60}fieldseal(?![\\w-])`);
/** In base64, at each of the three offsets at which it can begin there. */
const encoded = [0, 1, 2].map((shift) =>
  Buffer.from(`${"-".repeat(shift)}"audit":"fieldseal"`)
    .toString("base64")
    .slice(shift === 0 ? 0 : 4, 24),
);
/** Compressed, or no UTF-8: it may hold anything. */
const binary = /[\0\ufffd]/;
/** In a field of CSV. */
const quotedOpening = /""audit""\s*:\s*""fieldseal""/;
/** In a string of JSON. */
const escapedOpening = /audit(?:\\+"|\\+u0022)/i;

/** Lambda's JSON format in a record of a subscription in an export as JSON, and some more. */
const mostLevels = 8;

/** The audit lines in a line of a log. `level` counts how often it was unpacked or unescaped before. */
export function findAuditEntries(line: string, level = 0): FoundAuditEntries {
  const { entries, unreadable, rest } = takeEntries(line);
  const inner = readInner(rest, level + 1);
  return { entries: [...entries, ...inner.entries], unreadable: unreadable + inner.unreadable };
}

/** The audit lines in a text one level deeper, and how many may be there that cannot be read. */
function readInner(text: string, level: number): FoundAuditEntries {
  const packed = Array.from(text.matchAll(packedPattern), ([base64]) => unpack(base64));
  const plain = text.replaceAll(packedPattern, "");
  const spelt = quotedOpening.test(plain)
    ? plain.replaceAll('""', '"')
    : escapedOpening.test(plain)
      ? unescape(plain)
      : undefined;
  const inner = [...(spelt === undefined ? [] : [spelt]), ...packed.flatMap((lines) => lines ?? [])];
  const all = level > mostLevels ? [] : inner.map((each) => findAuditEntries(each, level));
  const traces = [
    spelt === undefined && rewritten.test(plain),
    encoded.some((each) => plain.includes(each)),
    binary.test(plain),
    level > mostLevels && inner.length > 0,
  ];
  const broken = packed.filter((lines) => lines === undefined).length;
  return {
    entries: all.flatMap(({ entries }) => entries),
    unreadable: all.reduce((sum, { unreadable }) => sum + unreadable, broken) + traces.filter(Boolean).length,
  };
}

/** The audit lines that a text holds as they were written, and the text without them. */
function takeEntries(text: string): FoundAuditEntries & { readonly rest: string } {
  const entries: AuditEntry[] = [];
  let unreadable = 0;
  let done = 0;
  let rest = "";
  for (const { index, 0: begin } of text.matchAll(opening)) {
    // The purpose that a caller gives is a part of its line, and may look like one.
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

/** Base64 of gzip: how a subscription gives log data to functions and streams. */
const packedPattern = /H4sI[A-Za-z0-9+/]{60,}={0,2}/g;

/** Bytes that log data may have once it is unpacked. */
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

function readObject(text: string): AuditEntry | undefined {
  const value = tryParseJson(text);
  return isRecord(value) && isRecord(value["recipients"]) ? value : undefined;
}
