/**
 * I-Regexp (RFC 9485) in linear time: a pattern becomes a program for a machine that follows all alternatives at once
 * and never backtracks, since the pattern as well as the text can come from a hostile body.
 * Where RFC 9485 takes `^` and `$` as plain characters, they are anchors here, as the RFC 9535 compliance suite has it.
 */
import { type Budget, spend } from "../../budget.ts";

/** A program larger than this is not made: counted repetitions multiply. */
const maxInstructions = 4_000;
const maxCharacters = 4_000;
const maxNesting = 100;

type CharacterSet = (codePoint: number) => boolean;

type Instruction =
  | { readonly op: "consume"; readonly accepts: CharacterSet; readonly cost: number }
  | { readonly op: "split"; readonly first: number; readonly second: number }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "assert"; readonly at: "start" | "end" }
  | { readonly op: "accept" };

export interface Regexp {
  readonly program: readonly Instruction[];
}

type Node =
  | { readonly kind: "set"; readonly accepts: CharacterSet; readonly cost: number }
  | { readonly kind: "anchor"; readonly at: "start" | "end" }
  | { readonly kind: "sequence" | "choice"; readonly nodes: readonly Node[] }
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number };

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
    const cursor: Cursor = { characters: [...pattern], at: 0, nesting: 0 };
    const node = parseChoice(cursor);
    if (cursor.at !== cursor.characters.length) return undefined;
    const program: Instruction[] = [];
    emit(program, node);
    push(program, { op: "accept" });
    return { program };
  } catch (error) {
    if (error instanceof PatternError) return error.tooLarge ? "too large" : undefined;
    throw error;
  }
}

/**
 * Whether a machine accepts the whole text (`match`) or some part of it (`search`). Time is bounded by the length of
 * the text times the size of the program. Throws `too_complex` when the budget is spent.
 */
export function testRegexp({ program }: Regexp, text: string, mode: "match" | "search", budget: Budget): boolean {
  spend(budget, program.length);
  let current = new ThreadList(program.length);
  let following = new ThreadList(program.length);
  for (let at = 0; ; ) {
    if (at === 0 || mode === "search") follow(program, 0, current, at, text.length);
    spend(budget, 1 + current.cost);
    if (current.accepted && (mode === "search" || at === text.length)) return true;
    if (at === text.length || (current.size === 0 && mode === "match")) return false;
    const codePoint = text.codePointAt(at) ?? 0;
    at += codePoint > 0xffff ? 2 : 1;
    following.clear();
    for (let index = 0; index < current.size; index++) {
      const place = current.places[index] ?? 0;
      const instruction = program[place];
      if (instruction?.op === "consume" && instruction.accepts(codePoint)) {
        follow(program, place + 1, following, at, text.length);
      }
    }
    [current, following] = [following, current];
  }
}

/** The places in the program where the machine may be at one character. */
class ThreadList {
  readonly places: Int32Array;
  size = 0;
  /** Steps that it took to get here and will take to go on. */
  cost = 0;
  accepted = false;
  readonly seen: Int32Array;
  readonly stack: number[] = [];
  generation = 1;

  constructor(capacity: number) {
    this.places = new Int32Array(capacity);
    this.seen = new Int32Array(capacity);
  }

  clear(): void {
    this.size = 0;
    this.cost = 0;
    this.accepted = false;
    this.generation++;
  }
}

/** Adds a place and all that can be reached from it without consuming a character. */
function follow(program: readonly Instruction[], from: number, list: ThreadList, at: number, length: number): void {
  const { stack } = list;
  stack.push(from);
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (list.seen[place] === list.generation) continue;
    list.seen[place] = list.generation;
    list.cost++;
    const instruction = program[place];
    switch (instruction?.op) {
      case "consume":
        list.places[list.size++] = place;
        list.cost += instruction.cost;
        break;
      case "split":
        stack.push(instruction.second, instruction.first);
        break;
      case "jump":
        stack.push(instruction.to);
        break;
      case "assert":
        if (instruction.at === "start" ? at === 0 : at === length) stack.push(place + 1);
        break;
      case "accept":
        list.accepted = true;
        break;
      case undefined:
        break;
    }
  }
}

function push(program: Instruction[], instruction: Instruction): number {
  if (program.length >= maxInstructions) throw new PatternError(true);
  return program.push(instruction) - 1;
}

function emit(program: Instruction[], node: Node): void {
  switch (node.kind) {
    case "set":
      push(program, { op: "consume", accepts: node.accepts, cost: node.cost });
      return;
    case "anchor":
      push(program, { op: "assert", at: node.at });
      return;
    case "sequence":
      for (const part of node.nodes) emit(program, part);
      return;
    case "choice":
      emitChoice(program, node.nodes);
      return;
    case "repeat":
      emitRepeat(program, node.node, node.min, node.max);
      return;
  }
}

function emitChoice(program: Instruction[], nodes: readonly Node[]): void {
  const jumps: number[] = [];
  nodes.forEach((node, index) => {
    if (index === nodes.length - 1) {
      emit(program, node);
      return;
    }
    const split = push(program, { op: "jump", to: 0 });
    emit(program, node);
    jumps.push(push(program, { op: "jump", to: 0 }));
    program[split] = { op: "split", first: split + 1, second: program.length };
  });
  for (const jump of jumps) program[jump] = { op: "jump", to: program.length };
}

function emitRepeat(program: Instruction[], node: Node, min: number, max: number): void {
  for (let count = 0; count < min; count++) {
    const before = program.length;
    emit(program, node);
    // What emits nothing matches only the empty text, however often.
    if (program.length === before) return;
  }
  if (max === Infinity) {
    const split = push(program, { op: "jump", to: 0 });
    emit(program, node);
    push(program, { op: "jump", to: split });
    program[split] = { op: "split", first: split + 1, second: program.length };
    return;
  }
  const splits: number[] = [];
  for (let count = min; count < max; count++) {
    splits.push(push(program, { op: "jump", to: 0 }));
    emit(program, node);
  }
  for (const split of splits) program[split] = { op: "split", first: split + 1, second: program.length };
}

interface Cursor {
  readonly characters: readonly string[];
  at: number;
  nesting: number;
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

function parseChoice(cursor: Cursor): Node {
  if (++cursor.nesting > maxNesting) throw new PatternError(true);
  const nodes = [parseSequence(cursor)];
  while (take(cursor, "|")) nodes.push(parseSequence(cursor));
  cursor.nesting--;
  return { kind: "choice", nodes };
}

function parseSequence(cursor: Cursor): Node {
  const nodes: Node[] = [];
  for (let next = peek(cursor); next !== undefined && next !== "|" && next !== ")"; next = peek(cursor)) {
    nodes.push(parsePiece(cursor));
  }
  return { kind: "sequence", nodes };
}

function parsePiece(cursor: Cursor): Node {
  const node = parseAtom(cursor);
  if (take(cursor, "*")) return { kind: "repeat", node, min: 0, max: Infinity };
  if (take(cursor, "+")) return { kind: "repeat", node, min: 1, max: Infinity };
  if (take(cursor, "?")) return { kind: "repeat", node, min: 0, max: 1 };
  if (!take(cursor, "{")) return node;
  const min = parseCount(cursor);
  let max = min;
  if (take(cursor, ",")) max = peek(cursor) === "}" ? Infinity : parseCount(cursor);
  requireThat(take(cursor, "}") && min <= max);
  return { kind: "repeat", node, min, max };
}

function parseCount(cursor: Cursor): number {
  let digits = "";
  for (let next = peek(cursor); next !== undefined && next >= "0" && next <= "9"; next = peek(cursor)) {
    digits += requireNext(cursor);
  }
  requireThat(digits !== "");
  return Math.min(Number(digits), maxInstructions + 1);
}

function parseAtom(cursor: Cursor): Node {
  const character = requireNext(cursor);
  switch (character) {
    case "(": {
      const node = parseChoice(cursor);
      requireThat(take(cursor, ")"));
      return node;
    }
    case ".":
      return { kind: "set", accepts: (codePoint) => codePoint !== 0x0a && codePoint !== 0x0d, cost: 1 };
    case "[":
      return parseClass(cursor);
    case "\\": {
      const accepts = parseCategory(cursor);
      return accepts === undefined ? only(parseSingleEscape(cursor)) : { kind: "set", accepts, cost: categoryCost };
    }
    case "^":
      return { kind: "anchor", at: "start" };
    case "$":
      return { kind: "anchor", at: "end" };
    default:
      requireThat(!"*+?{}]".includes(character) && character.isWellFormed());
      return only(codePointOf(character));
  }
}

function only(wanted: number): Node {
  return { kind: "set", accepts: (codePoint) => codePoint === wanted, cost: 1 };
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
function parseClass(cursor: Cursor): Node {
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
  return { kind: "set", accepts: negated ? (codePoint) => !accepts(codePoint) : accepts, cost };
}

function parseClassCharacter(cursor: Cursor): number {
  const character = requireNext(cursor);
  requireThat(!"-[\\]".includes(character) && character.isWellFormed());
  return codePointOf(character);
}
