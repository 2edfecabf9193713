/** Lines of one run that are base64 together: of one width, indented or not, in a path, or before words. */
import { isUtf8 } from "node:buffer";
import type { Span } from "../text/edit.ts";
import { isBetween, shortestBase64, skipBlanks } from "./base64-characters.ts";
import { endOfPart, pathCharacter, startOfPart } from "./base64-paths.ts";
import { beginsAsPart, beginsAsText, isContinuation, isSampleOfText, sampled } from "./base64-samples.ts";

/** Lines of a run that are base64 together. */
export interface LineGroup extends Span {
  readonly firstWidth: number;
  /** Of the lines behind the first one. */
  readonly width: number;
  /** Where the second line begins; -1 where there is one only. */
  readonly secondStart: number;
}

type Writable<T> = { -readonly [name in keyof T]: T[name] };

/**
 * Lines that may be base64 of a text or of gzip: of one width, and a shorter one at the end; the first one
 * may be shorter too, where something else is before it on its line. Each wide one is a record of its own. Delimiters
 * of mails are in none, nor words behind the last line. `follows` is the character behind the run.
 */
export function groupLines(run: string, follows: string | undefined): readonly LineGroup[] {
  const groups: LineGroup[] = [];
  let group: Writable<LineGroup> | undefined;
  let closed = false;
  let whole = 0;
  const add = (): void => {
    if (group === undefined) return;
    if (closed && beginsWell(run, group) && endsInWord(run, group, whole, follows)) group.end = whole;
    for (const part of takeParts(run, group)) groups.push(part);
  };
  for (let at = 0; at < run.length; ) {
    const newline = run.indexOf("\n", at);
    const next = newline < 0 ? run.length : newline + 1;
    const start = skipBlanks(run, at);
    const end = endOfLine(run, start, newline < 0 ? run.length : newline);
    const width = run.startsWith("--", start) ? 0 : end - start;
    if (group !== undefined && !closed && width > 0 && goesOn(run, group, { start, end })) {
      closed = width < group.width;
      if (closed) whole = group.end;
      group.end = end;
      if (group.secondStart < 0) group.secondStart = start;
    } else if (group !== undefined && isFirstCut(run, group, { start, end: start + width })) {
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

/** Whether a line is one of a group: as wide as those before it, or narrower, and broken off alike. */
function goesOn(run: string, group: LineGroup, { start, end }: Span): boolean {
  return end - start <= group.width && group.width < shortestBase64 && isBrokenAlike(run, group, start);
}

/** Whether the first line of a run is the end of a line that begins before the run, and this is the second one. */
function isFirstCut(run: string, { start, end, firstWidth, width }: LineGroup, line: Span): boolean {
  const lineWidth = line.end - line.start;
  return (
    start === 0 &&
    end === firstWidth &&
    lineWidth > width &&
    lineWidth < shortestBase64 &&
    beginsAsPart(joinDigits(run.slice(0, line.end)), 0)
  );
}

/** The group, if it is long enough; of one line that does not begin well, what does within it. */
function* takeParts(run: string, group: LineGroup): Generator<LineGroup> {
  if (group.end - group.start < shortestBase64) return;
  if (group.secondStart >= 0) {
    if (beginsWell(run, group)) yield group;
    return;
  }
  for (let rest: Span = group; ; ) {
    const start = beginsWell(run, toLine(rest)) ? rest.start : startOfPart(run, rest);
    if (start < 0) return;
    const end = endOfPart(run, start, rest);
    yield toLine({ start, end });
    if (rest.end - end <= shortestBase64) return;
    rest = { start: end + 1, end: rest.end };
  }
}

function toLine({ start, end }: Span): LineGroup {
  return { start, end, firstWidth: end - start, width: end - start, secondStart: -1 };
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

/** So many characters more than are sampled cost more to look into than to sample first. */
const worthSampling = 1_024;

/** Whether lines may be base64 of a text or of gzip, by the first ones. */
function beginsWell(run: string, { start, end, secondStart }: LineGroup): boolean {
  if (run.startsWith("H4sI", start)) return true;
  if (secondStart < 0 && !beginsAsText(run, start)) return false;
  const sample =
    secondStart < 0
      ? run.slice(start, start + sampled)
      : joinDigits(run.slice(start, Math.min(end, start + 2 * sampled))).slice(0, sampled);
  // What is before a solidus may be a path.
  return (end - start < worthSampling && !pathCharacter.test(sample)) || isSampleOfText(sample);
}
