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
  /** Characters of the first line and of the others, and what ends one; 0 where there is one line only. */
  readonly firstWidth: number;
  readonly width: number;
  readonly separator: string;
}

/** A form makes spaces of plus signs. */
const spacedPattern = /^[A-Za-z0-9+/ ]+={0,2}$/;

/**
 * Base64 in a text: on one line, or over lines of one width, which may be indented. With blanks it may be all of the text, or what stands
 * between them; with escapes it is what they spell, or what stands between them; with the signs of a path it may begin and end at one.
 */
export function* findBase64(text: string): Generator<Base64> {
  if (text.length >= shortestBase64 && text.includes(" ") && spacedPattern.test(text)) {
    const digits = text.replaceAll(" ", "+").replace(/=+$/, "");
    yield { start: 0, end: text.length, digits, percents: 0, alphabet: "base64", padded: text.length % 4 === 0, firstWidth: 0, width: 0, separator: "" };
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

/** Characters of base64 in both alphabets, and the ends of lines, as they are spelt in a text. */
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
    offsets.fill(plainEnd, digits.length, digits.length + character.length);
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
/** In mails another equals sign ends a line. */
const quotedPaddingPattern = /(?:=3d){0,2}/iy;
/** Where lines were wrapped behind other text, padding may stand on a line of its own. */
const wrappedPadding = /=?\r?\n={1,2}(?![^\r\n])|={0,2}/y;

function* readRun(text: string, { digits: run, percents, at }: Run): Generator<Base64> {
  for (const group of groupLines(run, text[at(run.length)])) {
    const { start, end, firstWidth, width, secondStart } = group;
    const spelt = digitsOf(run, group);
    const isLine = secondStart < 0;
    const separator = isLine ? "" : text.slice(at(start + firstWidth), at(secondStart));
    const isWrapped = !isLine && firstWidth < width;
    const pattern = isQuotedPrintable(separator) ? quotedPaddingPattern : isWrapped ? wrappedPadding : paddingPattern;
    pattern.lastIndex = at(end);
    const padding = pattern.exec(text)?.[0] ?? "";
    const isUrl = !/[+/]/.test(spelt) && (/[-_]/.test(spelt) || beforeUrl.test(text.slice(Math.max(0, at(start) - 80), at(start))) || /[/.]/.test(text.charAt(at(end))));
    // Where none was needed, nobody can tell; and more decoders ask for it than refuse it, but not of those of URLs.
    const isFull = !isUrl && spelt.length % 4 === 0;
    yield {
      start: at(start),
      end: at(end) + padding.length,
      digits: spelt,
      percents: Math.max(percents, percentsIn(padding)),
      alphabet: isUrl || /[-_]/.test(spelt) ? "base64url" : "base64",
      padded: padding !== "" || isFull,
      firstWidth: isLine ? 0 : firstWidth,
      width: isLine ? 0 : width,
      separator,
    };
  }
}

interface LineGroup extends Span {
  readonly firstWidth: number;
  /** Of the lines behind the first one. */
  readonly width: number;
  /** Where the second line begins; -1 where there is one only. */
  readonly secondStart: number;
}

type Writable<T> = { -readonly [name in keyof T]: T[name] };

/**
 * Lines that may be base64 of a text or of gzip: of one width, and a shorter one at the end; where something stands before the first one
 * on its line, that may be shorter too. Wide ones are each a record of its own. Delimiters of mails are in none, nor words behind the
 * last line; `follows` stands behind the run.
 */
function groupLines(run: string, follows: string | undefined): readonly LineGroup[] {
  const groups: LineGroup[] = [];
  let group: Writable<LineGroup> | undefined;
  let closed = false;
  let whole = 0;
  const add = (): void => {
    if (group === undefined) return;
    if (closed && beginsWell(run, group) && endsInWord(run, group, whole, follows)) group.end = whole;
    if (group.end - group.start < shortestBase64) return;
    for (let rest: LineGroup | undefined = group; rest !== undefined; ) {
      const start = beginsWell(run, rest) ? rest.start : startOfPart(run, rest);
      if (start < 0) return;
      const end = endOfPart(run, start, rest);
      groups.push(start === rest.start && end === rest.end ? rest : { ...rest, start, end, firstWidth: end - start, width: end - start });
      rest = rest.end - end > shortestBase64 ? { ...rest, start: end + 1, firstWidth: rest.end - end - 1, width: rest.end - end - 1 } : undefined;
    }
  };
  for (let at = 0; at < run.length; ) {
    const newline = run.indexOf("\n", at);
    const next = newline < 0 ? run.length : newline + 1;
    const start = skipBlanks(run, at);
    const end = endOfLine(run, start, newline < 0 ? run.length : newline);
    const width = run.charCodeAt(start) === 0x2d && run.charCodeAt(start + 1) === 0x2d ? 0 : end - start;
    if (group !== undefined && !closed && width > 0 && width <= group.width && group.width < shortestBase64 && isBrokenAlike(run, group, start)) {
      closed = width < group.width;
      if (closed) whole = group.end;
      group.end = end;
      if (group.secondStart < 0) group.secondStart = start;
    } else if (group?.start === 0 && group.end === group.firstWidth && width > group.width && width < shortestBase64 && beginsAsPart(joinDigits(run.slice(0, end)), 0)) {
      Object.assign(group, { end, width, secondStart: start });
    } else {
      add();
      group = width === 0 ? undefined : { start, end, firstWidth: width, width, secondStart: -1 };
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
  const last = joinDigits(run.slice(whole, end));
  const before = joinDigits(run.slice(start, whole));
  if (before.length % 4 !== 0) return false;
  if (isLast && follows !== undefined && behindWords.test(follows) && last.length % 4 !== 0) return true;
  if (run.startsWith("H4sI", start)) return false;
  const tail = Buffer.from(before.slice(-8) + last, "base64");
  // The first character may be cut.
  const first = tail.findIndex((octet) => !isContinuation(octet));
  return first >= 0 && !isUtf8(tail.subarray(first));
}

/** Whether the end of a line is like that of the first one: where less is indented, or the line does not go on, something else begins. */
function isBrokenAlike(run: string, { start, end, firstWidth, secondStart }: LineGroup, next: number): boolean {
  if (secondStart < 0) return true;
  const first = start + firstWidth;
  if (secondStart - first === next - end && run.charCodeAt(first) === run.charCodeAt(end)) return true;
  return run.slice(first, secondStart).replaceAll("\r", "") === run.slice(end, next).replaceAll("\r", "");
}

/** Behind the last digit of a line that ends at an offset: before blanks, and before what says that the line goes on. */
function endOfLine(run: string, start: number, newline: number): number {
  let end = newline;
  while (end > start && isBetween(run.charCodeAt(end - 1))) end--;
  return end;
}

/** Digits alone: decoders take nothing else, or end there. */
function digitsOf(run: string, { start, end, secondStart }: LineGroup): string {
  const lines = run.slice(start, end);
  return secondStart < 0 ? lines : joinDigits(lines);
}

function joinDigits(lines: string): string {
  return lines.replace(/[^A-Za-z0-9+/_-]+/g, "");
}

/** Before base64 in paths, queries and JWTs (RFC 7515), whose signs are those of the URL alphabet. */
const beforeUrl = /(?:[/._-]|[?&][A-Za-z0-9_.-]{1,64}=)$/;

/** Between the names of a path, or behind what else stands before base64. */
const pathSign = /[/_-]/;

function isPathSign(code: number): boolean {
  return code === 0x2f || code === 0x5f || code === 0x2d;
}

/** As far as paths are looked at, and keys before an underscore. */
const longestPath = 128;

/** Names behind base64 in a path that are looked at are longer. */
const shortestPart = 8;

/** Where base64 begins behind a sign that its alphabet has too, on one line; -1 where none does. */
function startOfPart(run: string, { start, end, secondStart }: LineGroup): number {
  if (secondStart >= 0) return -1;
  const last = Math.min(start + longestPath, end - shortestBase64);
  for (let at = start; at < last; at++) if (isPathSign(run.charCodeAt(at)) && beginsAsPart(run, at + 1)) return at + 1;
  return -1;
}

/** Where base64 ends: before the solidus of a path, if that is none of its own. */
function endOfPart(run: string, start: number, { end, secondStart }: LineGroup): number {
  if (secondStart >= 0 || !isPathSign(run.charCodeAt(start - 1))) return end;
  const part = run.slice(start, end);
  const slash = part.indexOf("/");
  if (slash < shortestBase64) return end;
  if (/[-_]/.test(part.slice(0, slash))) return start + slash;
  // So few characters may happen to be those of a text.
  if (run[start - 1] === "/" && !part.includes("+") && (part.length % 4 === 1 || part.length - slash <= shortestPart)) return start + slash;
  if (part.startsWith("H4sI")) return end;
  const behind = Buffer.from(part.slice(slash - (slash % 4), slash + sampled), "base64");
  let first = 0;
  while (first < 3 && isContinuation(behind[first])) first++;
  return isUtf8(slash + sampled < part.length ? withoutCut(behind.subarray(first)) : behind.subarray(first)) ? end : start + slash;
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
function beginsWell(run: string, { start, end, secondStart }: LineGroup): boolean {
  if (run.startsWith("H4sI", start)) return true;
  if (secondStart < 0 && !beginsAsText(run, start)) return false;
  const sample = secondStart < 0 ? run.slice(start, start + sampled) : joinDigits(run.slice(start, Math.min(end, start + 2 * sampled))).slice(0, sampled);
  // What stands before a sign may be a path.
  return (end - start < worthSampling && !pathSign.test(sample)) || isSampleOfText(sample);
}

/** The first octets of gzip, with those that have few values: there is more of base64 behind a sign than at the beginning of a line. */
const gzipPattern = /^H4sI[A-H].{5}[AEIMQUYcgkosw048][ACE][A-D/_]/;

function beginsAsPart(run: string, start: number): boolean {
  if (run.startsWith("H4sI", start)) return gzipPattern.test(run.slice(start, start + sampled));
  return beginsAsText(run, start) && isSampleOfText(run.slice(start, start + sampled));
}

function isSampleOfText(base64: string): boolean {
  return isUtf8(withoutCut(Buffer.from(base64, "base64")));
}

/** UTF-8 without its last character, which may be cut. */
function withoutCut(bytes: Buffer): Buffer {
  let last = bytes.length;
  while (last > bytes.length - 3 && isContinuation(bytes[last - 1])) last--;
  if (((bytes[last - 1] ?? 0) & 0xc0) === 0xc0) last--;
  return bytes.subarray(0, last);
}

function isContinuation(octet = 0): boolean {
  return (octet & 0xc0) === 0x80;
}

export function formatBase64(content: Buffer, { alphabet, padded, firstWidth, width, separator, percents }: Base64): string {
  const digits = content.toString(alphabet).replace(/=+$/, "");
  const base64 = padded ? digits + "=".repeat((4 - (digits.length % 4)) % 4) : digits;
  const lines: string[] = [];
  for (let at = 0; at < base64.length; ) {
    const end = width === 0 ? base64.length : at === 0 ? firstWidth : at + width;
    const line = encodeSigns(base64.slice(at, end), percents);
    lines.push(isQuotedPrintable(separator) ? line.replaceAll("=", "=3D") : line);
    at = end;
  }
  return lines.join(separator);
}

/** Ends of lines of mails that are none of what they wrap (RFC 2045, section 6.7). */
function isQuotedPrintable(separator: string): boolean {
  return separator.startsWith("=");
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
    for (const group of groupLines(spelt, text[end])) if (holds(digitsOf(spelt, group))) return true;
  }
  return false;
}

/** An indentation. */
const mostBlanks = 64;

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
const tabEscapes = new RegExp(`${backslashes}t`, "g");
const tabEscape = new RegExp(tabEscapes.source, "y");
const newlineEscape = `(?:${escapesOf(escapedSigns.filter(({ json }) => json.includes("n")))})`;
const oneNewlineEscape = new RegExp(`^${newlineEscape}$`, "i");
/** Up to the first digit behind the blanks, or to the last sign of a tab's escape. */
const indentedEscape = new RegExp(`${newlineEscape}(?:[ \\t]|\\\\{1,64}t){0,${mostBlanks}}\\\\{0,64}$`, "i");

function readEscapes(text: string): string {
  let read = text.replace(tabEscapes, "\t");
  for (const { character, pattern } of escapePatterns) read = read.replace(pattern, character);
  return read;
}

/** Where an escape ends that begins at an offset, or the end of a line with blanks; -1 where none does that base64 may hold. */
function endOfEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (isBlank(code) && endsLine(text.charCodeAt(at - 1))) return skipBlanks(text, at);
  if (isBetween(code)) {
    const end = endOfBreak(text, at);
    if (end >= 0) return end;
  }
  if (!opensEscape(code)) return -1;
  const end = endOfMatch(oneEscape, text, at);
  const next = text.charCodeAt(end);
  return end >= 0 && (isBlank(next) || next === 0x5c) && oneNewlineEscape.test(text.slice(at, end)) ? skipIndentation(text, end) : end;
}

/** The end of a line with the blanks around it; before it may stand what says that the line goes on, in mails an equals sign and elsewhere a backslash. */
function endOfBreak(text: string, at: number): number {
  let end = skipBlanks(text, isBlank(text.charCodeAt(at)) ? at : at + 1);
  if (!endsLine(text.charCodeAt(end))) return -1;
  end += text.startsWith("\r\n", end) ? 2 : 1;
  return skipBlanks(text, end);
}

function skipBlanks(text: string, at: number): number {
  let end = at;
  while (end - at < mostBlanks && isBlank(text.charCodeAt(end))) end++;
  return end;
}

/** Blanks and tabs, as they are or behind backslashes. */
function skipIndentation(text: string, at: number): number {
  let end = at;
  for (let next = at; next >= 0 && next - at < 2 * mostBlanks; next = endOfMatch(tabEscape, text, end)) end = skipBlanks(text, next);
  return end;
}

function endOfMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

const longestReference = 64;

/** Where what `endOfEscape` reads begins, if it ends at an offset; -1 where none can. */
function beforeEscape(text: string, end: number): number {
  let at = end;
  while (at > 0 && end - at < mostBlanks && isBlank(text.charCodeAt(at - 1))) at--;
  if (endsLine(text.charCodeAt(end))) {
    if (text[at - 1] === "=" || text[at - 1] === "\\") return at - 1;
    if (at < end) return at;
  } else if (at < end && endsLine(text.charCodeAt(at - 1))) {
    return at;
  } else if (at < end || (text[end - 1] === "\\" && text[end] === "t")) {
    // The end of the line may be an escape.
    if (at < end && text.startsWith("\\n", at - 2)) return startOfBackslashes(text, at - 2);
    if (at < end && !endsAsEscape(text, at)) return -1;
    const from = Math.max(0, end - 2 * longestReference);
    const start = text.slice(from, end).search(indentedEscape);
    return start < 0 ? -1 : from + start;
  }
  if (text[end - 1] !== ";") return end - 1;
  const start = text.slice(Math.max(0, end - longestReference), end).search(/&(?:amp;)*#?[0-9a-z]+;$/i);
  return start < 0 ? end - 1 : Math.max(0, end - longestReference) + start;
}

function startOfBackslashes(text: string, last: number): number {
  let start = last;
  while (last - start < longestReference && text[start - 1] === "\\") start--;
  return start;
}

/** As the escapes of the ends of lines do, and those of tabs behind them: `\\t`, `%0a`, `&#10;`. */
function endsAsEscape(text: string, end: number): boolean {
  switch (text.charCodeAt(end - 1)) {
    case 0x74:
      return text[end - 2] === "\\";
    case 0x61:
    case 0x41:
      return text[end - 2] === "0";
    default:
      return text[end - 1] === ";";
  }
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
    const run = findRunAt(text, at, { behind: last.end, likely: last.end + gap }, endOfOther);
    at = Math.max(at, run.end - 1);
    if (run.end - run.start < shortestBase64) continue;
    runs.push(run);
    gap = run.start - last.end;
    last = run;
  }
  return runs;
}

/** The run with a character in it, or behind the blanks that stand there. Most records are alike, so that it is likely to begin as far behind the last one as that did. */
function findRunAt(text: string, sample: number, { behind, likely }: { readonly behind: number; readonly likely: number }, endOfOther: EndOfOther): Span {
  let at = sample;
  while (at - sample < mostBlanks && isBlank(text.charCodeAt(at))) at++;
  if (likely > 0 && likely <= at && !isSpelt(text.charCodeAt(likely - 1))) {
    const end = endOfRun(text, likely, endOfOther);
    if (end > at) return { start: likely, end };
  }
  const { start, inner } = startOfRun(text, at, behind, endOfOther);
  return { start, end: endOfRun(text, inner, endOfOther) };
}

/** Where what begins at an offset and is no base64 ends; -1 where a run ends there. */
type EndOfOther = (text: string, at: number) => number;

/** Where the run begins that an offset is in, behind the one before it; and from where it goes on, since the offset may be in an escape. */
function startOfRun(text: string, at: number, behind: number, endOfOther: EndOfOther): { readonly start: number; readonly inner: number } {
  let start = at;
  let inner = at;
  for (;;) {
    while (start > behind && base64Codes[text.charCodeAt(start - 1)] === 1) start--;
    if (start <= behind) return { start, inner };
    const before = beforeEscape(text, start);
    const end = before < behind ? -1 : endOfOther(text, before);
    if (end < start) return { start: endOfAnyEscape(text, start - 1), inner };
    start = before;
    inner = Math.max(inner, end);
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

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** What may stand between the digits of two lines. */
function isBetween(code: number): boolean {
  return isBlank(code) || code === 0x0d || code === 0x3d || code === 0x5c;
}

function endsLine(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}

function opensEscape(code: number): boolean {
  return code === 0x5c || code === 0x25 || code === 0x26;
}

/** Characters of base64 in both alphabets, and of the ends of lines. */
const base64Codes: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9+/_\r\n-]/.test(String.fromCharCode(code)) ? 1 : 0));

/** These, and what else their escapes and the ends of their lines have. */
const speltCodes: Uint8Array = base64Codes.map((is, code) => (is === 1 || /[\\%&#; \t=]/.test(String.fromCharCode(code)) ? 1 : 0));
