/** Context words of detectors, and of a policy. */

/** Words as a whole, in any case; `undefined` for none. */
export function wordsPattern(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined;
  const escaped = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join("|")})(?![\\p{L}\\p{N}])`, "iu");
}

/** A pattern for words, in any case, alone or with what says that a number follows: `card`, `cardNumber`. */
export function numberWords(alternatives: string): RegExp {
  return new RegExp(`\\b(?:${alternatives})(?:no|num|number|nr)?\\b`, "i");
}
