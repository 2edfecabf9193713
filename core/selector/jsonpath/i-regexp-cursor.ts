/** A place in the text of an I-Regexp, and the error of a pattern that is none. */

/** The pattern is not an I-Regexp, or its program would be too large. Only `compileRegexp` catches it. */
export class PatternError extends Error {
  readonly tooLarge: boolean;

  constructor(tooLarge: boolean) {
    super("pattern");
    this.tooLarge = tooLarge;
  }
}

/** Throws a `PatternError` where a condition of the grammar does not hold. */
export function requireThat(condition: boolean): void {
  if (!condition) throw new PatternError(false);
}

/** Reads a pattern character by character: a pair of surrogates is one. */
export class PatternCursor {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#characters = [...pattern];
  }

  atEnd(): boolean {
    return this.#at === this.#characters.length;
  }

  /** The character at this place, or one further on; `undefined` behind the end. */
  peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead];
  }

  /** Moves on if the next character is this one, and says whether it did. */
  take(expected: string): boolean {
    if (this.peek() !== expected) return false;
    this.#at++;
    return true;
  }

  /** Moves on by one character. Throws a `PatternError` at the end. */
  next(): string {
    const character = this.peek();
    if (character === undefined) throw new PatternError(false);
    this.#at++;
    return character;
  }
}
