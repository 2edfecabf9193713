/**
 * I-Regexp (RFC 9485) in linear time, because both pattern and text can come from a hostile body. `^` and `$` are
 * anchors as in the compliance suite of RFC 9535, and not plain characters as in RFC 9485.
 */
import { type Budget, spend } from "../../budget.ts";
import { type Automaton, type CharacterSet, createAutomaton } from "../../text/automaton.ts";
import { type Emit, ProgramWriter } from "../../text/automaton-program.ts";
import { PatternCursor, PatternError, requireThat } from "./i-regexp-cursor.ts";
import { anyCharacter, type CostedSet, parseCharacter, parseClass, parseEscape } from "./i-regexp-sets.ts";

const maxSteps = 4_000;
const maxCharacters = 4_000;
const maxNesting = 100;

/** Longer than any text. */
const unlimited = 2 ** 30;

/** A compiled pattern. */
export interface Regexp {
  readonly automaton: Automaton;
  /** The number of steps of its program. */
  readonly size: number;
}

/**
 * Compiles a pattern; `undefined` if it is not an I-Regexp. `"too large"`: the pattern has more than 4,000 characters,
 * its program more than 4,000 steps, or its groups more than 100 levels.
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
 * True if a pattern matches the whole text (`match`) or some part of it (`search`). The time is at most proportional to
 * the length of the text times the size of the program. Throws `too_complex` once the budget is spent.
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

/** Parses the whole pattern before it writes the first step, so that a malformed pattern is never `"too large"`. */
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
