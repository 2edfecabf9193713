/** Lines of one run that are base64 together: of one width, indented or not, in a path, or before words. */
import { isUtf8 } from "node:buffer";
import type { Span } from "../text/edit.ts";
import { isBetween, shortestBase64, skipBlanks } from "./base64-runs.ts";

export interface LineGroup extends Span {
  readonly firstWidth: number;
  /** Of the lines behind the first one. */
  readonly width: number;
  /** Where the second line begins; -1 where there is one only. */
  readonly secondStart: number;
}

type Writable<T> = { -readonly [name in keyof T]: T[name] };

/**
 * Lines that may be base64 of a text or of gzip: of one width, and a shorter one at the end; where something stands
 * before the first one on its line, that may be shorter too. Wide ones are each a record of its own. Delimiters of
 * mails are in none, nor words behind the last line; `follows` stands behind the run.
 */
export function groupLines(run: string, follows: string | undefined): readonly LineGroup[] {
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
      groups.push(
        start === rest.start && end === rest.end
          ? rest
          : { ...rest, start, end, firstWidth: end - start, width: end - start },
      );
      rest =
        rest.end - end > shortestBase64
          ? { ...rest, start: end + 1, firstWidth: rest.end - end - 1, width: rest.end - end - 1 }
          : undefined;
    }
  };
  for (let at = 0; at < run.length; ) {
    const newline = run.indexOf("\n", at);
    const next = newline < 0 ? run.length : newline + 1;
    const start = skipBlanks(run, at);
    const end = endOfLine(run, start, newline < 0 ? run.length : newline);
    const width = run.charCodeAt(start) === 0x2d && run.charCodeAt(start + 1) === 0x2d ? 0 : end - start;
    if (
      group !== undefined &&
      !closed &&
      width > 0 &&
      width <= group.width &&
      group.width < shortestBase64 &&
      isBrokenAlike(run, group, start)
    ) {
      closed = width < group.width;
      if (closed) whole = group.end;
      group.end = end;
      if (group.secondStart < 0) group.secondStart = start;
    } else if (
      group?.start === 0 &&
      group.end === group.firstWidth &&
      width > group.width &&
      width < shortestBase64 &&
      beginsAsPart(joinDigits(run.slice(0, end)), 0)
    ) {
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
  const first = tail.findIndex((byte) => !isContinuation(byte));
  return first >= 0 && !isUtf8(tail.subarray(first));
}

/**
 * Whether the end of a line is like that of the first one: where less is indented, or the line does not go on,
 * something else begins.
 */
function isBrokenAlike(run: string, { start, end, firstWidth, secondStart }: LineGroup, next: number): boolean {
  if (secondStart < 0) return true;
  const first = start + firstWidth;
  if (secondStart - first === next - end && run.charCodeAt(first) === run.charCodeAt(end)) return true;
  return run.slice(first, secondStart).replaceAll("\r", "") === run.slice(end, next).replaceAll("\r", "");
}

/**
 * Behind the last digit of a line that ends at an offset: before blanks, and before what says that the line goes on.
 */
function endOfLine(run: string, start: number, newline: number): number {
  let end = newline;
  while (end > start && isBetween(run.charCodeAt(end - 1))) end--;
  return end;
}

/** Digits alone: decoders take nothing else, or end there. */
export function digitsOf(run: string, { start, end, secondStart }: LineGroup): string {
  const lines = run.slice(start, end);
  return secondStart < 0 ? lines : joinDigits(lines);
}

function joinDigits(lines: string): string {
  return lines.replace(/[^A-Za-z0-9+/_-]+/g, "");
}

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
  if (run[start - 1] === "/" && !part.includes("+") && (part.length % 4 === 1 || part.length - slash <= shortestPart))
    return start + slash;
  if (part.startsWith("H4sI")) return end;
  const behind = Buffer.from(part.slice(slash - (slash % 4), slash + sampled), "base64");
  let first = 0;
  while (first < 3 && isContinuation(behind[first])) first++;
  return isUtf8(slash + sampled < part.length ? withoutCut(behind.subarray(first)) : behind.subarray(first))
    ? end
    : start + slash;
}

/** Characters that tell base64 of a text or of gzip from that of anything else: so many bytes are hardly ever UTF-8. */
const sampled = 88;

/** So many characters more than are sampled cost more to look into than to sample first. */
const worthSampling = 1_024;

/** So many bytes of which none is a control character that no text begins with, nor one that UTF-8 does not have. */
const sampledBytes = 16;

/** First digits of the base64 of such bytes; a CR may end a line. */
const firstDigits: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[CDGI-Za-z0-9\r]/.test(String.fromCharCode(code)) ? 1 : 0,
);

function beginsAsText(run: string, start: number): boolean {
  for (let at = start; at < start + sampledBytes * 4; at += 4) if (firstDigits[run.charCodeAt(at)] !== 1) return false;
  return true;
}

/** Whether lines may be base64 of a text or of gzip, by the first ones. */
function beginsWell(run: string, { start, end, secondStart }: LineGroup): boolean {
  if (run.startsWith("H4sI", start)) return true;
  if (secondStart < 0 && !beginsAsText(run, start)) return false;
  const sample =
    secondStart < 0
      ? run.slice(start, start + sampled)
      : joinDigits(run.slice(start, Math.min(end, start + 2 * sampled))).slice(0, sampled);
  // What stands before a sign may be a path.
  return (end - start < worthSampling && !pathSign.test(sample)) || isSampleOfText(sample);
}

/**
 * The first bytes of gzip, with those that have few values: there is more of base64 behind a sign than at the beginning
 * of a line.
 */
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

function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
