/**
 * I-Regexp (RFC 9485) in linear time: a pattern becomes a program for a machine that follows all alternatives at once
 * and never backtracks, since the pattern as well as the text can come from a hostile body.
 * Where RFC 9485 takes `^` and `$` as plain characters, they are anchors here, as the RFC 9535 compliance suite has it.
 */
import { type Budget, spend } from "../../budget.ts";
import { type Automaton, type CharacterSet, createAutomaton } from "../../text/automaton.ts";
import { type Emit, ProgramWriter } from "../../text/automaton-program.ts";

/** A program larger than this is not made: counted repetitions multiply. */
const maxSteps = 4_000;
const maxCharacters = 4_000;
const maxNesting = 100;

/** A pattern once it is compiled. */
export interface Regexp {
  readonly automaton: Automaton;
  /** Steps of its program. */
  readonly size: number;
}

/** Thrown and caught inside this file only: the pattern is not an I-Regexp, or its program would be too large. */
class PatternError extends Error {
  readonly tooLarge: boolean;

  constructor(tooLarge: boolean) {
    super("pattern");
    this.tooLarge = tooLarge;
  }
}

/**
 * The machine for a pattern; `undefined` where the pattern is not an I-Regexp, `"too large"` where it would be huge.
 */
export function compileRegexp(pattern: string): Regexp | "too large" | undefined {
  if (pattern.length > maxCharacters) return "too large";
  try {
    return compile(pattern);
  } catch (error) {
    if (error instanceof PatternError) return error.tooLarge ? "too large" : undefined;
    throw error;
  }
}

/**
 * Whether a machine accepts the whole text (`match`) or some part of it (`search`). Time is bounded by the length of
 * the text times the size of the program. Throws `too_complex` when the budget is spent.
 */
export function testRegexp(
  { automaton, size }: Regexp,
  text: string,
  mode: "match" | "search",
  budget: Budget,
): boolean {
  spend(budget, size);
  if (mode === "search") return automaton(text, 0, "any", budget) !== undefined;
  return automaton(text, 0, "at start", budget)?.end === text.length;
}

/** The whole pattern is parsed before the first step is written, so that a mistake in it comes before its size. */
function compile(pattern: string): Regexp {
  const program = new ProgramWriter(maxSteps, () => new PatternError(true));
  const cursor: Cursor = { characters: [...pattern], at: 0, nesting: 0, program, sets: [], setCosts: [] };
  const emit = parseChoice(cursor);
  requireThat(cursor.at === cursor.characters.length);
  emit();
  program.push({ op: "accept" });
  const { sets, setCosts } = cursor;
  const { steps } = program;
  return {
    automaton: createAutomaton({ steps, sets, setCosts, stepCost: 1, longestMatch: 2 ** 30 }),
    size: steps.length,
  };
}

interface Cursor {
  readonly characters: readonly string[];
  at: number;
  nesting: number;
  readonly program: ProgramWriter;
  readonly sets: CharacterSet[];
  readonly setCosts: number[];
}

function peek(cursor: Cursor): string | undefined {
  return cursor.characters[cursor.at];
}

function take(cursor: Cursor, expected: string): boolean {
  if (peek(cursor) !== expected) return false;
  cursor.at++;
  return true;
}

function requireNext(cursor: Cursor): string {
  const character = cursor.characters[cursor.at++];
  if (character === undefined) throw new PatternError(false);
  return character;
}

function requireThat(condition: boolean): void {
  if (!condition) throw new PatternError(false);
}

function parseChoice(cursor: Cursor): Emit {
  if (++cursor.nesting > maxNesting) throw new PatternError(true);
  const parts = [parseSequence(cursor)];
  while (take(cursor, "|")) parts.push(parseSequence(cursor));
  cursor.nesting--;
  return () => cursor.program.choice(parts);
}

function parseSequence(cursor: Cursor): Emit {
  const parts: Emit[] = [];
  for (let next = peek(cursor); next !== undefined && next !== "|" && next !== ")"; next = peek(cursor)) {
    parts.push(parsePiece(cursor));
  }
  return () => {
    for (const emit of parts) emit();
  };
}

function parsePiece(cursor: Cursor): Emit {
  const emit = parseAtom(cursor);
  const repeat =
    (min: number, max: number): Emit =>
    () =>
      cursor.program.repeat(emit, min, max);
  if (take(cursor, "*")) return repeat(0, Infinity);
  if (take(cursor, "+")) return repeat(1, Infinity);
  if (take(cursor, "?")) return repeat(0, 1);
  if (!take(cursor, "{")) return emit;
  const min = parseCount(cursor);
  let max = min;
  if (take(cursor, ",")) max = peek(cursor) === "}" ? Infinity : parseCount(cursor);
  requireThat(take(cursor, "}") && min <= max);
  return repeat(min, max);
}

function parseCount(cursor: Cursor): number {
  let digits = "";
  for (let next = peek(cursor); next !== undefined && next >= "0" && next <= "9"; next = peek(cursor)) {
    digits += requireNext(cursor);
  }
  requireThat(digits !== "");
  return Math.min(Number(digits), maxSteps + 1);
}

function parseAtom(cursor: Cursor): Emit {
  const character = requireNext(cursor);
  switch (character) {
    case "(": {
      const emit = parseChoice(cursor);
      requireThat(take(cursor, ")"));
      return emit;
    }
    case ".":
      return consume(cursor, (codePoint) => codePoint !== 0x0a && codePoint !== 0x0d);
    case "[":
      return parseClass(cursor);
    case "\\": {
      const category = parseCategory(cursor);
      if (category !== undefined) return consume(cursor, category, categoryCost);
      return consumeOnly(cursor, parseSingleEscape(cursor));
    }
    case "^":
      return () => cursor.program.push({ op: "start" });
    case "$":
      return () => cursor.program.push({ op: "end" });
    default:
      requireThat(!"*+?{}]".includes(character) && character.isWellFormed());
      return consumeOnly(cursor, codePointOf(character));
  }
}

function consumeOnly(cursor: Cursor, wanted: number): Emit {
  return consume(cursor, (codePoint) => codePoint === wanted);
}

/** One character of a set. `cost`: what asking the set is worth, in comparisons. */
function consume({ program, sets, setCosts }: Cursor, accepts: CharacterSet, cost = 1): Emit {
  const set = sets.push(accepts) - 1;
  setCosts.push(cost);
  return () => program.push({ op: "consume", set });
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

const singleEscapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The character after a backslash that stands for one character. */
function parseSingleEscape(cursor: Cursor): number {
  const letter = requireNext(cursor);
  const control = Object.hasOwn(singleEscapes, letter) ? singleEscapes[letter] : undefined;
  requireThat(control !== undefined || "()*+-.?[\\]^{|}".includes(letter));
  return codePointOf(control ?? letter);
}

/** A look into the Unicode tables is worth this many comparisons. */
const categoryCost = 10;

const categories = /^(?:L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|Z[lps]?|S[ckmo]?|C[cfno]?)$/;

/** `p{…}` or `P{…}` after a backslash; `undefined` where something else stands there. */
function parseCategory(cursor: Cursor): CharacterSet | undefined {
  const letter = peek(cursor);
  if (letter !== "p" && letter !== "P") return undefined;
  cursor.at++;
  requireThat(take(cursor, "{"));
  let name = "";
  while (!take(cursor, "}")) name += requireNext(cursor);
  requireThat(categories.test(name));
  const category = new RegExp(`^\\${letter}{${name}}$`, "u");
  return (codePoint) => category.test(String.fromCodePoint(codePoint));
}

/** A character class after its opening bracket. */
function parseClass(cursor: Cursor): Emit {
  const negated = take(cursor, "^");
  const ranges: { readonly from: number; readonly to: number }[] = [];
  const sets: CharacterSet[] = [];
  const hyphen = { from: 0x2d, to: 0x2d };
  if (take(cursor, "-")) ranges.push(hyphen);
  while (!take(cursor, "]")) {
    if (take(cursor, "-")) {
      // A hyphen may stand for itself only at the beginning or the end.
      requireThat(peek(cursor) === "]");
      ranges.push(hyphen);
      continue;
    }
    const escaped = take(cursor, "\\");
    const category = escaped ? parseCategory(cursor) : undefined;
    if (category !== undefined) {
      sets.push(category);
      continue;
    }
    const from = escaped ? parseSingleEscape(cursor) : parseClassCharacter(cursor);
    let to = from;
    if (peek(cursor) === "-" && cursor.characters[cursor.at + 1] !== "]") {
      cursor.at++;
      to = take(cursor, "\\") ? parseSingleEscape(cursor) : parseClassCharacter(cursor);
      requireThat(from <= to);
    }
    ranges.push({ from, to });
  }
  requireThat(ranges.length + sets.length > 0);
  const accepts: CharacterSet = (codePoint) =>
    ranges.some(({ from, to }) => codePoint >= from && codePoint <= to) || sets.some((set) => set(codePoint));
  const cost = ranges.length + sets.length * categoryCost;
  return consume(cursor, negated ? (codePoint) => !accepts(codePoint) : accepts, cost);
}

function parseClassCharacter(cursor: Cursor): number {
  const character = requireNext(cursor);
  requireThat(!"-[\\]".includes(character) && character.isWellFormed());
  return codePointOf(character);
}
