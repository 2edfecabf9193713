/** Parses the character sets of I-Regexp (RFC 9485, section 4): characters, classes, Unicode categories. */
import type { CharacterSet } from "../../text/automaton.ts";
import { type PatternCursor, requireThat } from "./i-regexp-cursor.ts";

/** A set, and its cost of one test, in comparisons. */
export interface CostedSet {
  readonly accepts: CharacterSet;
  readonly cost: number;
}

/** `.`: every character except CR and LF. */
export const anyCharacter: CostedSet = {
  accepts: (codePoint) => codePoint !== 0x0a && codePoint !== 0x0d,
  cost: 1,
};

/** The set of one character. Throws a `PatternError` for half of a surrogate pair. */
export function parseCharacter(character: string): CostedSet {
  requireThat(character.isWellFormed());
  return only(codePointOf(character));
}

/** Parses an escape after its backslash. Throws a `PatternError` for one that I-Regexp does not have. */
export function parseEscape(cursor: PatternCursor): CostedSet {
  const category = parseCategory(cursor);
  return category === undefined ? only(parseSingleEscape(cursor)) : { accepts: category, cost: categoryCost };
}

/** Parses a character class after its opening bracket. Throws a `PatternError`. */
export function parseClass(cursor: PatternCursor): CostedSet {
  const negated = cursor.take("^");
  const ranges: { readonly from: number; readonly to: number }[] = [];
  const categories: CharacterSet[] = [];
  const hyphen = { from: 0x2d, to: 0x2d };
  if (cursor.take("-")) ranges.push(hyphen);
  while (!cursor.take("]")) {
    if (cursor.take("-")) {
      // A hyphen means itself only at the beginning or the end.
      requireThat(cursor.peek() === "]");
      ranges.push(hyphen);
      continue;
    }
    const escaped = cursor.take("\\");
    const category = escaped ? parseCategory(cursor) : undefined;
    if (category !== undefined) {
      categories.push(category);
      continue;
    }
    const from = escaped ? parseSingleEscape(cursor) : parseClassCharacter(cursor);
    ranges.push({ from, to: parseRangeEnd(cursor, from) });
  }
  requireThat(ranges.length + categories.length > 0);
  const accepts: CharacterSet = (codePoint) =>
    ranges.some(({ from, to }) => codePoint >= from && codePoint <= to) ||
    categories.some((category) => category(codePoint));
  return {
    accepts: negated ? (codePoint) => !accepts(codePoint) : accepts,
    cost: ranges.length + categories.length * categoryCost,
  };
}

/** The last character of a range that begins with `from`; `from` itself without a range. */
function parseRangeEnd(cursor: PatternCursor, from: number): number {
  if (cursor.peek(1) === "]" || !cursor.take("-")) return from;
  const to = cursor.take("\\") ? parseSingleEscape(cursor) : parseClassCharacter(cursor);
  requireThat(from <= to);
  return to;
}

function parseClassCharacter(cursor: PatternCursor): number {
  const character = cursor.next();
  requireThat(!"-[\\]".includes(character) && character.isWellFormed());
  return codePointOf(character);
}

function only(wanted: number): CostedSet {
  return { accepts: (codePoint) => codePoint === wanted, cost: 1 };
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

const singleEscapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Parses an escape of one character after its backslash. */
function parseSingleEscape(cursor: PatternCursor): number {
  const letter = cursor.next();
  const control = Object.hasOwn(singleEscapes, letter) ? singleEscapes[letter] : undefined;
  requireThat(control !== undefined || "()*+-.?[\\]^{|}".includes(letter));
  return codePointOf(control ?? letter);
}

/** The cost of one test of a Unicode category, in comparisons. */
const categoryCost = 10;

const categoryNames = /^(?:L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|Z[lps]?|S[ckmo]?|C[cfno]?)$/;

/** Parses `p{…}` or `P{…}` after a backslash; `undefined` for other escapes. */
function parseCategory(cursor: PatternCursor): CharacterSet | undefined {
  const letter = cursor.peek();
  if (letter !== "p" && letter !== "P") return undefined;
  cursor.next();
  requireThat(cursor.take("{"));
  let name = "";
  while (!cursor.take("}")) name += cursor.next();
  requireThat(categoryNames.test(name));
  const category = new RegExp(`^\\${letter}{${name}}$`, "u");
  return (codePoint) => category.test(String.fromCodePoint(codePoint));
}
