/** Where base64 (RFC 4648) may be in a text: on one line, or over lines of equal width. */
import { isUtf8 } from "node:buffer";
import type { Span } from "../text/edit.ts";

/** Shorter base64 holds no token, and no beginning of one that counts as damaged. */
const fewestDigits = 120;

/** From the first digit to the last one, in either alphabet. */
export interface Base64Lines extends Span {
  /** Digits of each line but the last. */
  readonly width: number;
  /** The end of each line, with the blanks around it; "" for a single line. */
  readonly separator: string;
}

const digitCodes: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9+/_-]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const lineCodes: Uint8Array = digitCodes.map((is, code) => (/[ \t\r\n]/.test(String.fromCharCode(code)) ? 1 : is));

const mostBlanks = 64;
const digits = /[A-Za-z0-9+/_-]*/y;
const separators = /[ \t]{0,64}(?:\r\n?|\n)[ \t]{0,64}(?=[A-Za-z0-9+/_-])/y;
const blanksAndLineEnd = /[ \t\r\n]{0,130}/y;

/**
 * Base64 of gzip, or of what may be text: one line of 120 digits or more, or narrower lines of equal width with 120
 * digits or more together. The last line may be shorter. All lines have the same end and the same indentation, as in
 * mails and PEM (RFC 2045, section 6.8; RFC 7468). Linear in the text; looks at few characters of a text without base64.
 */
export function findLines(text: string): readonly Base64Lines[] {
  const found: Base64Lines[] = [];
  let done = 0;
  let gap = 0;
  for (let at = fewestDigits - 1; at < text.length; at = Math.max(at, done - 1) + fewestDigits) {
    if (!mayBelong(text, at)) continue;
    const before = done;
    // Records are alike: base64 mostly begins as far behind the last one as that did.
    if (done + gap <= at && text[done + gap - 1] === '"') done = readBlock(text, done + gap, found);
    if (done <= at) done = readBlock(text, startOfBlock(text, at, done), found);
    gap = Math.max((found.at(-1)?.start ?? 0) - before, 0);
  }
  return found;
}

/** On one side of each character in the middle of base64 there are 60 characters of it. */
function mayBelong(text: string, at: number): boolean {
  return isOfLine(text, at) && (probe(text, at, -15) || probe(text, at, 15));
}

function probe(text: string, at: number, step: number): boolean {
  for (let count = 1; count <= 4; count++) if (!isOfLine(text, at + count * step)) return false;
  return true;
}

function isDigit(text: string, at: number): boolean {
  return digitCodes[text.charCodeAt(at)] === 1;
}

function isOfLine(text: string, at: number): boolean {
  return lineCodes[text.charCodeAt(at)] === 1;
}

/** Where the lines of digits around an offset begin, but not before `from`. */
function startOfBlock(text: string, offset: number, from: number): number {
  let start = isDigit(text, offset) ? offset : endOf(blanksAndLineEnd, text, offset);
  for (let end = start; end > from && (end === start || isDigit(text, end - 1)); end = endOfLineBefore(text, start)) {
    start = end;
    while (start > from && isDigit(text, start - 1)) start--;
  }
  // The digits of an escape are no base64.
  return text[start - 1] === "%" && /^[0-9A-Fa-f]{2}/.test(text.slice(start, start + 2)) ? start + 2 : start;
}

/** Where the line ends, without blanks, before the one that begins at an offset; -1 where none does. */
function endOfLineBefore(text: string, start: number): number {
  const indentation = skipBlanksBack(text, start);
  let end = indentation;
  if (text[end - 1] === "\n") end--;
  if (text[end - 1] === "\r") end--;
  return end === indentation ? -1 : skipBlanksBack(text, end);
}

function skipBlanksBack(text: string, from: number): number {
  let at = from;
  while (from - at < mostBlanks && (text[at - 1] === " " || text[at - 1] === "\t")) at--;
  return at;
}

/** Lines that may be base64 together, as far as they are read. */
interface Group extends Base64Lines {
  end: number;
  separator: string;
  /** Whether no further line belongs to it. */
  isClosed: boolean;
}

/** Adds what is base64 of the lines of digits from an offset on. Returns where they end. */
function readBlock(text: string, from: number, found: Base64Lines[]): number {
  let group: Group | undefined;
  let separator = "";
  for (let start = from; ; ) {
    const end = endOf(digits, text, start);
    if (group !== undefined && goesOn(text, group, separator, start, end)) {
      group.isClosed = end - start < group.width;
      group.end = end;
      group.separator = separator;
    } else {
      // One more line of this width, but with another separator: nobody can tell where the base64 ends.
      const isTorn: boolean = group?.isClosed === false && group.width === end - start;
      if (group !== undefined && !isTorn && isBase64(text, group)) found.push(group);
      // Behind a line of another width this may be the middle of base64; PEM has dashes before it.
      const isClosed: boolean = end - start >= fewestDigits || (group !== undefined && text[group.end - 1] !== "-");
      group = { start, end, width: end - start, separator: "", isClosed };
    }
    separators.lastIndex = end;
    const next = separators.exec(text)?.[0];
    if (next === undefined) {
      if (isBase64(text, group)) found.push(group);
      return end;
    }
    separator = next;
    start = end + next.length;
  }
}

/** Whether a line belongs to those before it. The delimiters of mails do not, which have the digits of base64 too. */
function goesOn(text: string, group: Group, separator: string, start: number, end: number): boolean {
  return (
    !group.isClosed &&
    (group.separator === "" || group.separator === separator) &&
    (end - start === group.width || (end - start < group.width && !isWord(text, group, start, end))) &&
    !text.startsWith("--", start)
  );
}

const behindWords = /[ \t]{1,64}[^ \t\r\n]|[:.!?(@]/y;

/** Whether a shorter line behind lines of equal width is a word of the text behind them: with it they are no text. */
function isWord(text: string, group: Group, start: number, end: number): boolean {
  if ((end - start) % 4 !== 0 && endOf(behindWords, text, end) > end) return true;
  if (group.width % 4 !== 0 || isGzip(text, group) || /[=%]/.test(text.charAt(end))) return false;
  const tail = Buffer.from(text.slice(group.end - 8, group.end) + text.slice(start, end), "base64");
  const first = tail.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return !isUtf8(tail.subarray(Math.max(first, 0)));
}

/** So many digits tell whether more than 1,024 are worth decoding: other bytes are hardly ever UTF-8. */
const sampled = 88;
const worthSampling = 1_024;

/** Whether a group is long enough, and is gzip or may be text by its first digits. */
function isBase64(text: string, group: Group): boolean {
  const { start, end } = group;
  if (end - start < fewestDigits) return false;
  if (end - start <= worthSampling || isGzip(text, group)) return true;
  const first = digitsOf(text, { ...group, end: start + 2 * sampled }).slice(0, sampled);
  const bytes = Buffer.from(first, "base64");
  // The last character may be cut.
  return [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
}

function isGzip(text: string, { start }: Span): boolean {
  return text.startsWith("H4sI", start);
}

/** The digits without what is between their lines. */
export function digitsOf(text: string, { start, end, separator }: Base64Lines): string {
  const lines = text.slice(start, end);
  return separator === "" ? lines : lines.replaceAll(separator, "");
}

/** Where the match of a sticky pattern ends that begins at an offset; the offset itself where none does. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
