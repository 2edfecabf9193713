/**
 * Where characters of base64 (RFC 4648) stand together in a text, with the escapes that JSON, forms and XML make of its
 * signs and lines.
 */
import type { Span } from "../text/edit.ts";

/** Shorter ones hold no token, and nothing that is worth telling of one that was cut off. */
export const shortestBase64 = 120;

/** Characters of base64 in both alphabets, and the ends of lines, as they are spelt in a text. */
export interface Run {
  readonly digits: string;
  readonly percents: number;
  /** Where in the text one begins; for the number of them, where the last one ends. */
  readonly at: (index: number) => number;
}

export function readEscapedRun(run: string, start: number): Run {
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

export function percentsIn(escape: string): number {
  const [encoded] = /%(?:25)*/.exec(escape) ?? [];
  return encoded === undefined ? 0 : (encoded.length + 1) / 2;
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

const escapePatterns = escapedSigns.map((sign) => ({
  character: sign.character,
  pattern: new RegExp(escapesOf([sign]), "gi"),
}));
const oneEscape = new RegExp(escapesOf(escapedSigns), "iy");
export const escapeSign = /[\\%&]/;
const tabEscapes = new RegExp(`${backslashes}t`, "g");
const tabEscape = new RegExp(tabEscapes.source, "y");
const newlineEscape = `(?:${escapesOf(escapedSigns.filter(({ json }) => json.includes("n")))})`;
const oneNewlineEscape = new RegExp(`^${newlineEscape}$`, "i");
/** Up to the first digit behind the blanks, or to the last sign of a tab's escape. */
const indentedEscape = new RegExp(`${newlineEscape}(?:[ \\t]|\\\\{1,64}t){0,${mostBlanks}}\\\\{0,64}$`, "i");

export function readEscapes(text: string): string {
  let read = text.replace(tabEscapes, "\t");
  for (const { character, pattern } of escapePatterns) read = read.replace(pattern, character);
  return read;
}

/**
 * Where an escape ends that begins at an offset, or the end of a line with blanks; -1 where none does that base64 may
 * hold.
 */
export function endOfEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (isBlank(code) && endsLine(text.charCodeAt(at - 1))) return skipBlanks(text, at);
  if (isBetween(code)) {
    const end = endOfBreak(text, at);
    if (end >= 0) return end;
  }
  if (!opensEscape(code)) return -1;
  const end = endOfMatch(oneEscape, text, at);
  const next = text.charCodeAt(end);
  return end >= 0 && (isBlank(next) || next === 0x5c) && oneNewlineEscape.test(text.slice(at, end))
    ? skipIndentation(text, end)
    : end;
}

/**
 * The end of a line with the blanks around it; before it may stand what says that the line goes on, in mails an equals
 * sign and elsewhere a backslash.
 */
function endOfBreak(text: string, at: number): number {
  let end = skipBlanks(text, isBlank(text.charCodeAt(at)) ? at : at + 1);
  if (!endsLine(text.charCodeAt(end))) return -1;
  end += text.startsWith("\r\n", end) ? 2 : 1;
  return skipBlanks(text, end);
}

export function skipBlanks(text: string, at: number): number {
  let end = at;
  while (end - at < mostBlanks && isBlank(text.charCodeAt(end))) end++;
  return end;
}

/** Blanks and tabs, as they are or behind backslashes. */
function skipIndentation(text: string, at: number): number {
  let end = at;
  for (let next = at; next >= 0 && next - at < 2 * mostBlanks; next = endOfMatch(tabEscape, text, end))
    end = skipBlanks(text, next);
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
export function findRuns(text: string, endOfOther: EndOfOther = () => -1): readonly Span[] {
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

/**
 * The run with a character in it, or behind the blanks that stand there. Most records are alike, so that it is likely
 * to begin as far behind the last one as that did.
 */
function findRunAt(
  text: string,
  sample: number,
  { behind, likely }: { readonly behind: number; readonly likely: number },
  endOfOther: EndOfOther,
): Span {
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

/**
 * Where the run begins that an offset is in, behind the one before it; and from where it goes on, since the offset may
 * be in an escape.
 */
function startOfRun(
  text: string,
  at: number,
  behind: number,
  endOfOther: EndOfOther,
): { readonly start: number; readonly inner: number } {
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
  for (let step = quarter - 1; step < quarter * 4; step += quarter)
    if (!isSpelt(text.charCodeAt(at + step * side))) return false;
  return true;
}

function isSpelt(code: number): boolean {
  return speltCodes[code] === 1;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** What may stand between the digits of two lines. */
export function isBetween(code: number): boolean {
  return isBlank(code) || code === 0x0d || code === 0x3d || code === 0x5c;
}

function endsLine(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}

function opensEscape(code: number): boolean {
  return code === 0x5c || code === 0x25 || code === 0x26;
}

/** Characters of base64 in both alphabets, and of the ends of lines. */
const base64Codes: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9+/_\r\n-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** These, and what else their escapes and the ends of their lines have. */
const speltCodes: Uint8Array = base64Codes.map((is, code) =>
  is === 1 || /[\\%&#; \t=]/.test(String.fromCharCode(code)) ? 1 : 0,
);
