/** Finds JSON in text that is none as a whole, such as the lines of a log, pretty-printed and cut off ones too. */
import type { Span } from "../text/edit.ts";

/** A JSON text in the text around it; or, where one breaks off, a string of its own; or the name of a member there. */
export interface JsonFragment extends Span {
  readonly kind: "text" | "string" | "name";
  /** The member that it is the value of, or is in, as far as the text tells. */
  readonly member: MemberName | undefined;
  /** Whether it is in JSON that breaks off, so that nobody can tell its path. */
  readonly isPart: boolean;
}

/** The literal of a member's name, and the member around that one. */
export interface MemberName extends Span {
  readonly outer: MemberName | undefined;
}

interface Open {
  /** The member that it is the value of, or is in. */
  readonly member: MemberName | undefined;
  readonly start: number;
  readonly closer: string;
  /** How many fragments there were when it began: those behind are in it. */
  readonly fragments: number;
}

const openerPattern = /[[{"]/g;
const spacePattern = /[ \t\r\n]*/y;
const scalarPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

/**
 * The objects and arrays in a text that are in no other, in order; what is whole in those that break off, or of which
 * the beginning is missing; and quoted texts with quotes in them, which somebody has escaped. Linear in the text.
 * Containers that are nested deeper than `maxDepth`, which is at least 1, are none.
 */
export function findJsonFragments(text: string, maxDepth: number): readonly JsonFragment[] {
  const fragments: JsonFragment[] = [];
  for (let at = 0; at < text.length; ) {
    openerPattern.lastIndex = at;
    const start = openerPattern.exec(text)?.index;
    if (start === undefined) break;
    if (text[start] !== '"') {
      at = readContainer(text, start, maxDepth, fragments);
      continue;
    }
    const member = memberBefore(text, start);
    const end = text[start - 1] === "\\" ? -1 : endOfString(text, start);
    const isString = end >= 0 && (text.slice(start, end).includes('\\"') || member !== undefined);
    if (isString) fragments.push({ kind: "string", start, end, member, isPart: true });
    // Where nothing is escaped, the quote may as well have been a closing one.
    at = isString ? end : start + 1;
  }
  return fragments;
}

/** Blanks that are looked at around a colon. */
const mostBlanks = 64;

/** Characters of a name that is looked for before its value. */
const longestName = 256;

/**
 * The member whose name is before an offset, with a quote and a colon behind it, if one does: of its name at least
 * the end.
 */
function memberBefore(text: string, at: number): MemberName | undefined {
  const colon = lastBefore(text, at);
  const closing = text[colon] === ":" ? lastBefore(text, colon) : -1;
  if (text[closing] !== '"') return undefined;
  const before = text.slice(Math.max(0, closing - longestName), closing);
  let opening = before.lastIndexOf('"');
  while (before[opening - 1] === "\\") opening = before.lastIndexOf('"', opening - 2);
  return { start: opening < 0 ? closing : closing - before.length + opening, end: closing + 1, outer: undefined };
}

/** Where the last character before an offset is that is no space. */
function lastBefore(text: string, at: number): number {
  let last = at - 1;
  while (at - last < mostBlanks && isSpace(text.charCodeAt(last))) last--;
  return last;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** Reads the container that begins at an offset, and gives where it ends, or where it stops being JSON. */
function readContainer(text: string, from: number, maxDepth: number, fragments: JsonFragment[]): number {
  const open: Open[] = [];
  let at = from;
  let member = memberBefore(text, from);
  /** Whether a value has ended just here, so that a comma or the container's end has to follow. */
  let ended = false;
  for (;;) {
    at = skipSpace(text, at);
    const character = text[at];
    const innermost = open.at(-1);
    if (ended || character === innermost?.closer) {
      if (innermost !== undefined && character === innermost.closer && (ended || isEmpty(text, innermost, at))) {
        open.pop();
        at++;
        fragments.length = innermost.fragments;
        member = innermost.member;
        fragments.push({
          kind: "text",
          start: innermost.start,
          end: at,
          member,
          isPart: open.length > 0 || member !== undefined,
        });
        if (open.length === 0) return at;
        ended = true;
        continue;
      }
      if (character !== ",") return at;
      at = skipSpace(text, at + 1);
      ended = false;
    }
    if (innermost?.closer === "}") {
      const end = text[at] === '"' ? endOfString(text, at) : -1;
      if (end < 0) return at;
      fragments.push({ kind: "name", start: at, end, member: innermost.member, isPart: true });
      member = { start: at, end, outer: innermost.member };
      at = skipSpace(text, end);
      if (text[at] !== ":") return at;
      at = skipSpace(text, at + 1);
    }
    const first = text[at];
    if (first === "{" || first === "[") {
      if (open.length === maxDepth) return at;
      open.push({ member, start: at, closer: first === "{" ? "}" : "]", fragments: fragments.length });
      at++;
      continue;
    }
    const end = first === '"' ? endOfString(text, at) : endOfScalar(text, at);
    if (end < 0) return at;
    if (first === '"') fragments.push({ kind: "string", start: at, end, member, isPart: true });
    at = end;
    ended = true;
  }
}

function isEmpty(text: string, { start }: Open, at: number): boolean {
  return skipSpace(text, start + 1) === at;
}

function skipSpace(text: string, at: number): number {
  spacePattern.lastIndex = at;
  return at + (spacePattern.exec(text)?.[0].length ?? 0);
}

function endOfScalar(text: string, at: number): number {
  scalarPattern.lastIndex = at;
  const scalar = scalarPattern.exec(text)?.[0];
  return scalar === undefined ? -1 : at + scalar.length;
}

const stringStopPattern = /["\\\u0000-\u001f]/g;
const escapePattern = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y;

/** Behind the closing quote of the string that begins at an offset; -1 where none does. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; ) {
    stringStopPattern.lastIndex = at;
    const stop = stringStopPattern.exec(text);
    if (stop === null) return -1;
    if (stop[0] === '"') return stop.index + 1;
    escapePattern.lastIndex = stop.index;
    const escape = stop[0] === "\\" ? escapePattern.exec(text)?.[0] : undefined;
    if (escape === undefined) return -1;
    at = stop.index + escape.length;
  }
}
