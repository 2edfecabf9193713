/** Base64 in texts (RFC 4648): on one line or many, and with the escapes that JSON, forms and XML make of its signs. */
import { isUtf8 } from "node:buffer";
import type { Span } from "./edits.ts";
import { encodePercent } from "./percent.ts";

/** Shorter ones hold no token, and nothing that is worth telling of one that was cut off. */
const shortestBase64 = 120;

/** Base64 in a text, and how it is spelt. */
export interface Base64 extends Span {
  /** It without escapes and padding. */
  readonly digits: string;
  /** How often its signs are percent-encoded. */
  readonly percents: number;
  readonly alphabet: "base64" | "base64url";
  readonly padded: boolean;
  /** Characters of a line, and what ends one; 0 where there is one line only. */
  readonly width: number;
  /** Of which the first line has so many of other text before it. */
  readonly indent: number;
  readonly separator: string;
}

/** A form makes spaces of plus signs. */
const spacedPattern = /^[A-Za-z0-9+/ ]+={0,2}$/;

/**
 * Base64 in a text: on one line, or over lines of one width. With blanks it may be all of the text, or what stands between them; with
 * escapes it is what they spell, or what stands between them.
 */
export function* findBase64(text: string): Generator<Base64> {
  if (text.length >= shortestBase64 && text.includes(" ") && spacedPattern.test(text)) {
    const digits = text.replaceAll(" ", "+").replace(/=+$/, "");
    yield { start: 0, end: text.length, digits, percents: 0, alphabet: "base64", padded: text.length % 4 === 0, width: 0, indent: 0, separator: "" };
  }
  for (const { start, end } of findRuns(text, endOfEscape)) {
    const run = text.slice(start, end);
    if (!escapeSign.test(run)) {
      yield* readRun(text, { digits: run, percents: 0, at: (index) => start + index });
      continue;
    }
    const between = findRuns(run).flatMap((plain) => [...readRun(text, { digits: run.slice(plain.start, plain.end), percents: 0, at: (index) => start + plain.start + index })]);
    yield* [...readRun(text, readEscapedRun(run, start)), ...between].sort((a, b) => a.start - b.start);
  }
}

/** Characters of base64 in both alphabets, and of the ends of lines, as they are spelt in a text. */
interface Run {
  readonly digits: string;
  readonly percents: number;
  /** Where in the text one begins; for the number of them, where the last one ends. */
  readonly at: (index: number) => number;
}

function readEscapedRun(run: string, start: number): Run {
  const known = new Map<string, string>();
  const offsets = new Uint32Array(run.length + 1);
  let digits = "";
  let percents = 0;
  for (let at = 0; at < run.length; ) {
    base64Run.lastIndex = at;
    base64Run.test(run);
    const plainEnd = base64Run.lastIndex;
    for (let index = at; index < plainEnd; index++) offsets[digits.length + index - at] = index;
    digits += run.slice(at, plainEnd);
    at = endOfEscape(run, plainEnd);
    if (at < 0) break;
    const escape = run.slice(plainEnd, at);
    let character = known.get(escape);
    if (character === undefined) {
      character = readEscapes(escape);
      known.set(escape, character);
      percents = Math.max(percents, percentsIn(escape));
    }
    offsets[digits.length] = plainEnd;
    digits += character;
  }
  offsets[digits.length] = run.length;
  return { digits, percents, at: (index) => start + (offsets[index] ?? run.length) };
}

function percentsIn(escape: string): number {
  const [encoded] = /%(?:25)*/.exec(escape) ?? [];
  return encoded === undefined ? 0 : (encoded.length + 1) / 2;
}

const paddingPattern = /(?:=|%(?:25){0,8}3d){0,2}/iy;

/** Where lines were wrapped behind other text, padding may stand on a line of its own. */
const wrappedPadding = /=?\r?\n={1,2}(?![^\r\n])|={0,2}/y;

function* readRun(text: string, { digits: run, percents, at }: Run): Generator<Base64> {
  for (const { start, end, width, indent, separator } of groupLines(run, columnOf(text, at(0)), text[at(run.length)])) {
    const spelt = run.slice(start, end);
    const pattern = indent > 0 ? wrappedPadding : paddingPattern;
    pattern.lastIndex = at(end);
    const padding = end < run.length && indent === 0 ? "" : (pattern.exec(text)?.[0] ?? "");
    // Where none was needed, nobody can tell; and more decoders ask for it than refuse it.
    const isFull = spelt.replace(/[\r\n]/g, "").length % 4 === 0;
    yield {
      start: at(start),
      end: at(end) + padding.length,
      digits: spelt,
      percents: Math.max(percents, percentsIn(padding)),
      alphabet: /[-_]/.test(spelt) ? "base64url" : "base64",
      padded: padding !== "" || isFull,
      width: end - start > width - indent ? width : 0,
      indent,
      separator: text.slice(at(start + width - indent), at(start + width - indent + separator.length)),
    };
  }
}

/** How many characters stand before an offset on its line; 0 where they are more than lines of base64 have. */
function columnOf(text: string, at: number): number {
  const before = text.slice(Math.max(0, at - shortestBase64), at);
  const newline = before.lastIndexOf("\n");
  return newline < 0 && before.length === shortestBase64 ? 0 : before.length - newline - 1;
}

interface LineGroup extends Span {
  readonly width: number;
  readonly indent: number;
  /** What ends the first line. */
  readonly separator: string;
}

/**
 * Lines that may be base64 of a text or of gzip: as wide as the first one, and a shorter one at the end; wide ones are each a
 * record of its own. Delimiters of mails are in none, nor words behind the last line. The run begins at a column, and `follows` stands
 * behind it: where a tool wrapped a line, the first piece of base64 has what stood before it on its own.
 */
function groupLines(run: string, column: number, follows: string | undefined): readonly LineGroup[] {
  const groups: LineGroup[] = [];
  let group: LineGroup | undefined;
  let closed = false;
  let whole = 0;
  const add = (): void => {
    if (group === undefined) return;
    const isWord = closed && endsInWord(run, group, whole, follows);
    const lines = isWord ? { ...group, end: whole } : group;
    if (lines.end - lines.start >= shortestBase64 && beginsWell(run, lines)) groups.push(lines);
  };
  for (let at = 0; at < run.length; ) {
    const newline = run.indexOf("\n", at);
    const next = newline < 0 ? run.length : newline + 1;
    let end = newline < 0 ? run.length : newline;
    if (end > at && end < next && run[end - 1] === "\r") end--;
    const width = run.startsWith("--", at) ? 0 : end - at;
    if (group !== undefined && group.start === 0 && group.end + group.separator.length === at && width > group.width && width <= group.width + column && beginsAsContent(run, 0)) {
      group = { ...group, width: group.width + column, indent: column };
    }
    if (group !== undefined && !closed && width > 0 && width <= group.width && group.width < shortestBase64) {
      closed = width < group.width;
      if (closed) whole = group.end;
      group = { ...group, end };
    } else {
      add();
      group = width === 0 ? undefined : { start: at, end, width, indent: 0, separator: run.slice(end, next) };
      closed = false;
    }
    at = next;
  }
  add();
  return groups;
}

/** Behind words, and hardly ever behind base64. */
const behindWords = /[ \t:.!?(@]/;

/** Whether a shorter line behind whole ones is the first word of what follows them: with it there would be no text. */
function endsInWord(run: string, { start, end }: LineGroup, whole: number, follows: string | undefined): boolean {
  const isLast = end === run.length;
  if (isLast && (follows === "=" || follows === "%")) return false;
  const last = run.slice(whole, end).replace(/[\r\n]+/, "");
  const before = run.slice(start, whole).replace(/[\r\n]+/g, "");
  if (before.length % 4 !== 0) return false;
  if (isLast && follows !== undefined && behindWords.test(follows) && last.length % 4 !== 0) return true;
  if (run.startsWith("H4sI", start)) return false;
  const tail = Buffer.from(before.slice(-8) + last, "base64");
  // The first character may be cut.
  const first = tail.findIndex((octet) => (octet & 0xc0) !== 0x80);
  return first >= 0 && !isUtf8(tail.subarray(first));
}

/** Characters that tell base64 of a text or of gzip from that of anything else: so many octets are hardly ever UTF-8. */
const sampled = 88;

/** So many characters more than are sampled cost more to look into than to sample first. */
const worthSampling = 1_024;

/** So many octets of which none is a control character that no text begins with, nor one that UTF-8 does not have. */
const sampledOctets = 16;

/** First digits of the base64 of such octets; a CR may end a line. */
const firstDigits: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => (/[CDGI-Za-z0-9\r]/.test(String.fromCharCode(code)) ? 1 : 0));

function beginsAsText(run: string, start: number): boolean {
  for (let at = start; at < start + sampledOctets * 4; at += 4) if (firstDigits[run.charCodeAt(at)] !== 1) return false;
  return true;
}

/** Whether lines may be base64 of a text or of gzip, by the first ones. */
function beginsWell(run: string, { start, end, width }: LineGroup): boolean {
  if (run.startsWith("H4sI", start)) return true;
  if (end - start === width && !beginsAsText(run, start)) return false;
  return end - start < worthSampling || beginsAsContent(run, start);
}

/** Whether what begins there is gzip or a text, whatever its lines are. */
function beginsAsContent(run: string, start: number): boolean {
  if (run.startsWith("H4sI", start)) return true;
  const bytes = Buffer.from(run.slice(start, start + sampled), "base64");
  // The last character may be cut.
  let last = bytes.length;
  while (last > bytes.length - 3 && ((bytes[last - 1] ?? 0) & 0xc0) === 0x80) last--;
  if (((bytes[last - 1] ?? 0) & 0xc0) === 0xc0) last--;
  return isUtf8(bytes.subarray(0, last));
}

export function formatBase64(content: Buffer, { alphabet, padded, width, indent, separator, percents }: Base64): string {
  const digits = content.toString(alphabet).replace(/=+$/, "");
  const base64 = padded ? digits + "=".repeat((4 - (digits.length % 4)) % 4) : digits;
  const lines: string[] = [];
  for (let at = 0; at < base64.length; ) {
    const end = width === 0 ? base64.length : at + width - (at === 0 ? indent : 0);
    lines.push(encodeSigns(base64.slice(at, end), percents));
    at = end;
  }
  return lines.join(separator);
}

function encodeSigns(line: string, percents: number): string {
  let encoded = line;
  for (let round = 0; round < percents; round++) encoded = encodePercent(encoded);
  return encoded;
}

/** Whether any base64 in a text has digits of which something holds: sooner told than where it stands and how it is spelt. */
export function someBase64(text: string, holds: (digits: string) => boolean): boolean {
  for (const { start, end } of findRuns(text, endOfEscape)) {
    const run = text.slice(start, end);
    const spelt = escapeSign.test(run) ? readEscapes(run) : run;
    for (const group of groupLines(spelt, columnOf(text, start), text[end])) if (holds(spelt.slice(group.start, group.end))) return true;
  }
  return false;
}

/** A backslash, and what percent-encodes, as they stand in JSON and forms within others. */
const backslashes = "(?:\\\\|%(?:25){0,8}5c){1,64}";
const percent = "%(?:25){0,8}";

/** A sign of base64 or of the end of a line, and what JSON, forms and XML write for it. */
interface EscapedSign {
  readonly character: string;
  readonly hex: string;
  /** What JSON has behind a backslash, and XML between an ampersand and a semicolon. */
  readonly json: readonly string[];
  readonly xml: readonly string[];
}

const escapedSigns: readonly EscapedSign[] = [
  { character: "+", hex: "2b", json: [], xml: ["plus", "#0{0,5}43"] },
  { character: "/", hex: "2f", json: ["/", `${percent}2f`], xml: ["sol", "#0{0,5}47"] },
  { character: "\n", hex: "0a", json: ["n"], xml: ["newline", "#0{0,5}10"] },
  { character: "\r", hex: "0d", json: ["r"], xml: ["#0{0,5}13"] },
];

/** The escapes of these signs, also in several levels. */
function escapesOf(signs: readonly EscapedSign[]): string {
  const hex = signs.map((sign) => sign.hex).join("|");
  const json = signs.flatMap((sign) => sign.json).map((escape) => `|${escape}`);
  const xml = signs.flatMap((sign) => sign.xml).join("|");
  const codes = signs.map((sign) => sign.hex.replace(/^0/, "")).join("|");
  return `${backslashes}(?:u00(?:${hex})${json.join("")})|${percent}(?:${hex})|&(?:amp;){0,8}(?:#x0{0,5}(?:${codes})|${xml});`;
}

const escapePatterns = escapedSigns.map((sign) => ({ character: sign.character, pattern: new RegExp(escapesOf([sign]), "gi") }));
const oneEscape = new RegExp(escapesOf(escapedSigns), "iy");
const escapeSign = /[\\%&]/;

function readEscapes(text: string): string {
  let read = text;
  for (const { character, pattern } of escapePatterns) read = read.replace(pattern, character);
  return read;
}

/** Where the escape ends that begins at an offset; -1 where none does that base64 may hold. */
function endOfEscape(text: string, at: number): number {
  if (!opensEscape(text.charCodeAt(at))) return -1;
  oneEscape.lastIndex = at;
  return oneEscape.test(text) ? oneEscape.lastIndex : -1;
}

const longestReference = 64;

/** Where what begins an escape stands, if one ends at an offset; or the character before it. */
function beforeEscape(text: string, end: number): number {
  if (text[end - 1] !== ";") return end - 1;
  const start = text.slice(Math.max(0, end - longestReference), end).search(/&(?:amp;)*#?[0-9a-z]+;$/i);
  return start < 0 ? end - 1 : Math.max(0, end - longestReference) + start;
}

const anyEscape = new RegExp(`${backslashes}(?:u[0-9a-f]{4}|${percent}[0-9a-f]{2}|.)|${percent}[0-9a-f]{2}`, "iy");

/** Behind an escape of something else, of a quote before base64; or behind the character there. */
function endOfAnyEscape(text: string, at: number): number {
  if (!opensEscape(text.charCodeAt(at))) return at + 1;
  anyEscape.lastIndex = at;
  anyEscape.test(text);
  return Math.max(anyEscape.lastIndex, at + 1);
}

const base64Run = /[A-Za-z0-9+/_\r\n-]*/y;

/** Runs of characters of base64 that are long enough. Looks at few characters of a text that has none. */
function findRuns(text: string, endOfOther: EndOfOther = () => -1): readonly Span[] {
  const runs: Span[] = [];
  let last: Span = { start: 0, end: 0 };
  let gap = 0;
  for (let at = shortestBase64 - 1; at < text.length; at += shortestBase64) {
    if (!mayBelong(text, at)) continue;
    const run = findRunAt(text, at, last.end + gap, endOfOther);
    at = Math.max(at, run.end - 1);
    if (run.end - run.start < shortestBase64) continue;
    runs.push(run);
    gap = run.start - last.end;
    last = run;
  }
  return runs;
}

/** The run with a character in it. Most records are alike, so that it is likely to begin as far behind the last one as that did. */
function findRunAt(text: string, at: number, likely: number, endOfOther: EndOfOther): Span {
  if (likely > 0 && likely <= at && !isSpelt(text.charCodeAt(likely - 1))) {
    const end = endOfRun(text, likely, endOfOther);
    if (end > at) return { start: likely, end };
  }
  return { start: startOfRun(text, at, endOfOther), end: endOfRun(text, at, endOfOther) };
}

/** Where what begins at an offset and is no base64 ends; -1 where a run ends there. */
type EndOfOther = (text: string, at: number) => number;

function startOfRun(text: string, at: number, endOfOther: EndOfOther): number {
  let start = at;
  for (;;) {
    while (start > 0 && base64Codes[text.charCodeAt(start - 1)] === 1) start--;
    if (start === 0) return start;
    const before = beforeEscape(text, start);
    if (endOfOther(text, before) < start) return endOfAnyEscape(text, start - 1);
    start = before;
  }
}

function endOfRun(text: string, at: number, endOfOther: EndOfOther): number {
  let end = at;
  for (let next = at; next >= 0; next = endOfOther(text, end)) {
    base64Run.lastIndex = next;
    base64Run.test(text);
    end = base64Run.lastIndex;
  }
  return end;
}

/** Of a run that is long enough one half is on one side of each character in its middle. */
function mayBelong(text: string, at: number): boolean {
  return isSpelt(text.charCodeAt(at)) && (probe(text, at, -1) || probe(text, at, 1));
}

function probe(text: string, at: number, side: 1 | -1): boolean {
  const quarter = shortestBase64 / 8;
  for (let step = quarter - 1; step < quarter * 4; step += quarter) if (!isSpelt(text.charCodeAt(at + step * side))) return false;
  return true;
}

function isSpelt(code: number): boolean {
  return speltCodes[code] === 1;
}

function opensEscape(code: number): boolean {
  return code === 0x5c || code === 0x25 || code === 0x26;
}

/** Characters of base64 in both alphabets, and of the ends of lines. */
const base64Codes: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9+/_\r\n-]/.test(String.fromCharCode(code)) ? 1 : 0));

/** These, and what else escapes of them have. */
const speltCodes: Uint8Array = base64Codes.map((is, code) => (is === 1 || /[\\%&#;]/.test(String.fromCharCode(code)) ? 1 : 0));
