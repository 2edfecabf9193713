/** Context words of detectors, and of a policy. */

/** Words as a whole, in any case; `undefined` for none. */
export function wordsPattern(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined;
  const escaped = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join("|")})(?![\\p{L}\\p{N}])`, "iu");
}

/** Parts of a pattern that name a number, each as a word alone or with what says that it is one: `card`, `cardNumber`. */
export function numberWords(...words: readonly string[]): RegExp {
  return new RegExp(`\\b(?:${words.join("|")})(?:no|num|number|nr)?\\b`, "i");
}
