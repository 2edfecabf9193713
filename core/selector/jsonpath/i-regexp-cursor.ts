/** Reads the text of an I-Regexp. */

/** The pattern is not an I-Regexp, or its program would be too large. Only `compileRegexp` catches it. */
export class PatternError extends Error {
  readonly tooLarge: boolean;

  constructor(tooLarge: boolean) {
    super("pattern");
    this.tooLarge = tooLarge;
  }
}

/** Throws a `PatternError` if a condition of the grammar is false. */
export function requireThat(condition: boolean): void {
  if (!condition) throw new PatternError(false);
}

/** A position in a pattern. A surrogate pair is one character. */
export class PatternCursor {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#characters = [...pattern];
  }

  atEnd(): boolean {
    return this.#at === this.#characters.length;
  }

  /** The character at this position, or `ahead` further on; `undefined` after the end. */
  peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead];
  }

  /** Moves on if the next character is the expected one. Returns true if it did. */
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
