/**
 * I-Regexp (RFC 9485) in linear time: the pattern as well as the text can come from a hostile body.
 * Where RFC 9485 takes `^` and `$` as plain characters, they are anchors here, as the RFC 9535 compliance suite has it.
 */
import { type Budget, spend } from "../../budget.ts";
import { type Automaton, type CharacterSet, createAutomaton } from "../../text/automaton.ts";
import { type Emit, ProgramWriter } from "../../text/automaton-program.ts";
import { PatternCursor, PatternError, requireThat } from "./i-regexp-cursor.ts";
import { anyCharacter, type CostedSet, parseCharacter, parseClass, parseEscape } from "./i-regexp-sets.ts";

const maxSteps = 4_000;
const maxCharacters = 4_000;
const maxNesting = 100;

/** More than the length of any text. */
const unlimited = 2 ** 30;

/** A pattern once it is compiled. */
export interface Regexp {
  readonly automaton: Automaton;
  /** Steps of its program. */
  readonly size: number;
}

/**
 * The machine for a pattern; `undefined` where the pattern is not an I-Regexp, `"too large"` where it has more than
 * 4,000 characters, or its program more than 4,000 steps, or its groups more than 100 levels.
 */
export function compileRegexp(pattern: string): Regexp | "too large" | undefined {
  if (pattern.length > maxCharacters) return "too large";
  try {
    return new Compiler(pattern).compile();
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

/** Parses a whole pattern before it writes the first step: what is no I-Regexp is that also where it is too large. */
class Compiler {
  readonly #cursor: PatternCursor;
  readonly #program = new ProgramWriter(maxSteps, () => new PatternError(true));
  readonly #sets: CharacterSet[] = [];
  readonly #setCosts: number[] = [];
  #nesting = 0;

  constructor(pattern: string) {
    this.#cursor = new PatternCursor(pattern);
  }

  compile(): Regexp {
    const emit = this.#parseChoice();
    requireThat(this.#cursor.atEnd());
    emit();
    this.#program.push({ op: "accept" });
    const { steps } = this.#program;
    const sets = { sets: this.#sets, setCosts: this.#setCosts };
    return {
      automaton: createAutomaton({ steps, ...sets, stepCost: 1, longestMatch: unlimited }),
      size: steps.length,
    };
  }

  #parseChoice(): Emit {
    if (++this.#nesting > maxNesting) throw new PatternError(true);
    const parts = [this.#parseSequence()];
    while (this.#cursor.take("|")) parts.push(this.#parseSequence());
    this.#nesting--;
    return () => this.#program.choice(parts);
  }

  #parseSequence(): Emit {
    const parts: Emit[] = [];
    for (let next = this.#cursor.peek(); next !== undefined && next !== "|" && next !== ")"; next = this.#cursor.peek())
      parts.push(this.#parseRepetition());
    return () => {
      for (const emit of parts) emit();
    };
  }

  #parseRepetition(): Emit {
    const emit = this.#parseAtom();
    const [min, max] = this.#parseQuantifier();
    return min === 1 && max === 1 ? emit : () => this.#program.repeat(emit, min, max);
  }

  #parseQuantifier(): readonly [min: number, max: number] {
    const cursor = this.#cursor;
    if (cursor.take("*")) return [0, Infinity];
    if (cursor.take("+")) return [1, Infinity];
    if (cursor.take("?")) return [0, 1];
    if (!cursor.take("{")) return [1, 1];
    const min = this.#parseCount();
    let max = min;
    if (cursor.take(",")) max = cursor.peek() === "}" ? Infinity : this.#parseCount();
    requireThat(cursor.take("}") && min <= max);
    return [min, max];
  }

  #parseCount(): number {
    let digits = "";
    for (let next = this.#cursor.peek(); next !== undefined && next >= "0" && next <= "9"; next = this.#cursor.peek())
      digits += this.#cursor.next();
    requireThat(digits !== "");
    return Math.min(Number(digits), maxSteps + 1);
  }

  #parseAtom(): Emit {
    const character = this.#cursor.next();
    switch (character) {
      case "(": {
        const emit = this.#parseChoice();
        requireThat(this.#cursor.take(")"));
        return emit;
      }
      case ".":
        return this.#consume(anyCharacter);
      case "[":
        return this.#consume(parseClass(this.#cursor));
      case "\\":
        return this.#consume(parseEscape(this.#cursor));
      case "^":
        return () => this.#program.push({ op: "start" });
      case "$":
        return () => this.#program.push({ op: "end" });
      default:
        requireThat(!"*+?{}]".includes(character));
        return this.#consume(parseCharacter(character));
    }
  }

  #consume({ accepts, cost }: CostedSet): Emit {
    const set = this.#sets.push(accepts) - 1;
    this.#setCosts.push(cost);
    return () => this.#program.push({ op: "consume", set });
  }
}
