/** What streams, log services and mails put around texts: gzip (RFC 1952) and base64 (RFC 4648), as in records of CloudWatch Logs. */
import { isUtf8 } from "node:buffer";
import { type ContentCoding, parseContentCodings } from "./content-coding.ts";
import type { Span } from "./edits.ts";
import { FieldsealError } from "./errors.ts";
import { mayHoldTokens } from "./mangled-token.ts";
import type { Markers } from "./marker.ts";
import { encodePercent } from "./percent.ts";

export interface Envelope {
  /** What is in it: UTF-8, or gzip once more. */
  readonly content: Buffer;
  readonly wrap: (content: Buffer) => Buffer;
}

/** Octets that gzip may still unfold to in a call, over all envelopes. */
export interface UnfoldingBudget {
  left: number;
}

const [gzip] = parseContentCodings(["gzip"]) as readonly [ContentCoding];

export function isGzip(bytes: Buffer, at = 0): boolean {
  return bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8;
}

/** What gzip holds. Throws `content_coding_malformed`, or `decoded_too_large` where the budget is exhausted. */
export function openGzip(bytes: Buffer, budget: UnfoldingBudget): Envelope {
  // zlib takes no limit of 0.
  if (budget.left < 1) throw new FieldsealError("decoded_too_large");
  const content = gzip.decode(bytes, budget.left);
  budget.left -= content.length;
  return { content, wrap: gzip.encode };
}

/** One envelope in another. */
export function nestEnvelope(outer: Envelope, inner: Envelope | undefined): Envelope {
  return inner === undefined ? outer : { ...inner, wrap: (content) => outer.wrap(inner.wrap(content)) };
}

/** Shorter ones hold no token, and nothing that is worth telling of one that was cut off. */
const shortestBase64 = 120;

/** Base64 in a text, and how it is spelt. */
interface Base64 extends Span {
  /** It without escapes and padding. */
  readonly digits: string;
  /** How often its signs are percent-encoded. */
  readonly percents: number;
  readonly alphabet: "base64" | "base64url";
  readonly padded: boolean;
  /** Characters of a line, and what ends one; 0 where there is one line only. */
  readonly width: number;
  readonly separator: string;
}

/** An envelope, or why it cannot be opened: it was cut off, as a token can be. */
export interface FoundEnvelope extends Span {
  readonly envelope: Envelope | FieldsealError;
}

/**
 * Where base64 of gzip, or of text that may hold tokens of these recipients, stands in a text outside of its tokens, in order. Throws
 * `decoded_too_large`.
 */
export function findEnvelopes(text: string, tokens: readonly Span[], recipients: readonly Markers[], budget: UnfoldingBudget): readonly FoundEnvelope[] {
  const found: FoundEnvelope[] = [];
  let ahead = 0;
  for (const base64 of findBase64(text)) {
    const { start, end } = base64;
    while ((tokens[ahead]?.end ?? Infinity) <= start) ahead++;
    if ((tokens[ahead]?.start ?? Infinity) < end || start < (found.at(-1)?.end ?? 0)) continue;
    const bytes = Buffer.from(base64.digits, "base64");
    const outer: Envelope = { content: bytes, wrap: (content) => Buffer.from(formatBase64(content, base64), "latin1") };
    if (isGzip(bytes)) {
      const inner = attemptGzip(bytes, budget);
      if (inner instanceof FieldsealError) found.push({ start, end, envelope: inner });
      else if (isGzip(inner.content) || isUtf8(inner.content)) found.push({ start, end, envelope: nestEnvelope(outer, inner) });
    } else if (holdsText(bytes, recipients)) {
      found.push({ start, end, envelope: outer });
    }
  }
  return found;
}

function attemptGzip(bytes: Buffer, budget: UnfoldingBudget): Envelope | FieldsealError {
  try {
    return openGzip(bytes, budget);
  } catch (error) {
    if (error instanceof FieldsealError && error.code === "content_coding_malformed") return error;
    throw error;
  }
}

function holdsText(bytes: Buffer, recipients: readonly Markers[]): boolean {
  return isUtf8(bytes) && mayHoldAny(bytes.toString("latin1"), recipients);
}

function isContent(bytes: Buffer, recipients: readonly Markers[]): boolean {
  return isGzip(bytes) || holdsText(bytes, recipients);
}

function mayHoldAny(text: string, recipients: readonly Markers[]): boolean {
  return mayHoldTokens(text, recipients) || mayHoldEnvelopes(text, recipients);
}

/** A form makes spaces of plus signs. */
const spacedPattern = /^[A-Za-z0-9+/ ]+={0,2}$/;

/**
 * Base64 in a text: on one line, or over lines of one width. With blanks it may be all of the text, or what stands between them; with
 * escapes it is what they spell, or what stands between them.
 */
function* findBase64(text: string): Generator<Base64> {
  if (text.length >= shortestBase64 && text.includes(" ") && spacedPattern.test(text)) {
    const digits = text.replaceAll(" ", "+").replace(/=+$/, "");
    yield { start: 0, end: text.length, digits, percents: 0, alphabet: "base64", padded: text.length % 4 === 0, width: 0, separator: "" };
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

function* readRun(text: string, { digits: run, percents, at }: Run): Generator<Base64> {
  for (const { start, end, width, separator } of groupLines(run)) {
    const spelt = run.slice(start, end);
    paddingPattern.lastIndex = at(end);
    const padding = end < run.length ? "" : (paddingPattern.exec(text)?.[0] ?? "");
    // Where none was needed, nobody can tell; and more decoders ask for it than refuse it.
    const isFull = spelt.replace(/[\r\n]/g, "").length % 4 === 0;
    yield {
      start: at(start),
      end: at(end) + padding.length,
      digits: spelt,
      percents: Math.max(percents, percentsIn(padding)),
      alphabet: /[-_]/.test(spelt) ? "base64url" : "base64",
      padded: padding !== "" || isFull,
      width: end - start > width ? width : 0,
      separator: text.slice(at(start + width), at(start + width + separator.length)),
    };
  }
}

interface LineGroup extends Span {
  readonly width: number;
  /** What ends the first line. */
  readonly separator: string;
}

/**
 * Lines that may be base64 of a text or of gzip: as wide as the first one, and a shorter one at the end; wide ones are each a
 * record of its own. Delimiters of mails are in none.
 */
function groupLines(run: string): readonly LineGroup[] {
  const groups: LineGroup[] = [];
  let group: LineGroup | undefined;
  let closed = false;
  const add = (): void => {
    if (group !== undefined && group.end - group.start >= shortestBase64 && beginsWell(run, group)) groups.push(group);
  };
  for (let at = 0; at < run.length; ) {
    const newline = run.indexOf("\n", at);
    const next = newline < 0 ? run.length : newline + 1;
    let end = newline < 0 ? run.length : newline;
    if (end > at && end < next && run[end - 1] === "\r") end--;
    const width = run.startsWith("--", at) ? 0 : end - at;
    if (group !== undefined && !closed && width > 0 && width <= group.width && group.width < shortestBase64) {
      closed = width < group.width;
      group = { ...group, end };
    } else {
      add();
      group = width === 0 ? undefined : { start: at, end, width, separator: run.slice(end, next) };
      closed = false;
    }
    at = next;
  }
  add();
  return groups;
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
  if (end - start < worthSampling) return true;
  const bytes = Buffer.from(run.slice(start, start + sampled), "base64");
  // The last character may be cut.
  let last = bytes.length;
  while (last > bytes.length - 3 && ((bytes[last - 1] ?? 0) & 0xc0) === 0x80) last--;
  if (((bytes[last - 1] ?? 0) & 0xc0) === 0xc0) last--;
  return isUtf8(bytes.subarray(0, last));
}

function formatBase64(content: Buffer, { alphabet, padded, width, separator, percents }: Base64): string {
  const digits = content.toString(alphabet).replace(/=+$/, "");
  const base64 = padded ? digits + "=".repeat((4 - (digits.length % 4)) % 4) : digits;
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += width || base64.length) lines.push(encodeSigns(base64.slice(at, width === 0 ? undefined : at + width), percents));
  return lines.join(separator);
}

function encodeSigns(line: string, percents: number): string {
  let encoded = line;
  for (let round = 0; round < percents; round++) encoded = encodePercent(encoded);
  return encoded;
}

/** Whether a text may hold, somewhere in it and however it is escaped, what `findEnvelopes` finds. Linear in the text. */
export function mayHoldEnvelopes(text: string, recipients: readonly Markers[]): boolean {
  const batch = createBatch(text.length, recipients);
  for (const { start, end } of findRuns(text, endOfEscape)) {
    const run = text.slice(start, end);
    const spelt = escapeSign.test(run) ? readEscapes(run) : run;
    for (const group of groupLines(spelt)) if (batch.holds(spelt.slice(group.start, group.end))) return true;
  }
  return batch.holdsRest();
}

/** Contents of base64 that are looked into together, since most are small and hold nothing. */
interface Batch {
  /** Whether this one or any before it holds gzip or a text that may hold tokens. May put the answer off. */
  readonly holds: (base64: string) => boolean;
  /** The answers that were put off. */
  readonly holdsRest: () => boolean;
}

const batchOctets = 65_536;

/** No text that is looked for goes on behind it, or begins with it. */
const betweenContents = 0x01;

function createBatch(most: number, recipients: readonly Markers[]): Batch {
  let octets: Buffer | undefined;
  let ends: number[] = [];
  let used = 0;
  // One look gives the answer for all: a second one, at each level of base64 in base64, would double the work of the level within.
  const holdsRest = (): boolean => {
    if (octets === undefined || used === 0) return false;
    const contents = octets.subarray(0, used);
    const texts = isUtf8(contents) ? [contents] : ends.map((end, index) => contents.subarray(ends[index - 1] ?? 0, end)).filter((content) => isUtf8(content));
    used = 0;
    ends = [];
    return mayHoldAny(texts.map((text) => text.toString("latin1")).join(""), recipients);
  };
  const holds = (base64: string): boolean => {
    const length = Math.ceil((base64.length * 3) / 4);
    if (length >= batchOctets) return isContent(Buffer.from(base64, "base64"), recipients);
    octets ??= Buffer.allocUnsafe(Math.min(batchOctets, most));
    const held = used + length >= octets.length && holdsRest();
    const end = used + octets.write(base64, used, "base64");
    if (held || isGzip(octets, used)) return true;
    octets[end] = betweenContents;
    used = end + 1;
    ends.push(used);
    return false;
  };
  return { holds, holdsRest };
}

/** A backslash, and what percent-encodes, as they stand in JSON and forms within others. */
const backslashes = "(?:\\\\|%(?:25){0,8}5c){1,64}";
const percent = "%(?:25){0,8}";

/** The signs of base64 and the ends of its lines, as JSON, forms and XML spell them, also in several levels. */
const escapes: readonly (readonly [character: string, pattern: string])[] = [
  ["+", escapesOf({ code: 0x2b, name: "plus" })],
  ["/", escapesOf({ code: 0x2f, name: "sol", sign: "/" })],
  ["\n", escapesOf({ code: 0x0a, name: "newline", sign: "n" })],
  ["\r", escapesOf({ code: 0x0d, sign: "r" })],
];

function escapesOf({ code, name, sign }: { readonly code: number; readonly name?: string; readonly sign?: string }): string {
  const hex = code.toString(16).padStart(2, "0");
  const json = [`u00${hex}`, ...(sign === undefined ? [] : [sign, ...(sign === "/" ? [`${percent}${hex}`] : [])])].join("|");
  const xml = [`#0{0,5}${code}`, `#x0{0,5}${code.toString(16)}`, ...(name === undefined ? [] : [name])].join("|");
  return `${backslashes}(?:${json})|${percent}${hex}|&(?:amp;){0,8}(?:${xml});`;
}

const escapePatterns = escapes.map(([character, pattern]) => ({ character, pattern: new RegExp(pattern, "gi") }));
const oneEscape = new RegExp(escapes.map(([, pattern]) => pattern).join("|"), "iy");
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
