/** Context words of detectors, and of a policy. */

/** A pattern for whole words, in upper or lower case; `undefined` for an empty list. */
export function wordsPattern(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined;
  const escaped = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join("|")})(?![\\p{L}\\p{N}])`, "iu");
}

/** A pattern for words in upper or lower case, alone or with a suffix for numbers: `card`, `cardNumber`. */
export function numberWords(alternatives: string): RegExp {
  return new RegExp(`\\b(?:${alternatives})(?:no|num|number|nr)?\\b`, "i");
}
