/** Patterns for the characters around a match, so that no part of a longer word or number matches. */

const notBefore = "(?<![0-9A-Za-z])";
const notAfter = "(?![0-9A-Za-z])";
const noNumberBefore = "(?<![0-9A-Za-z]|[0-9][.-])";
const noNumberAfter = "(?![0-9A-Za-z]|[.-][0-9])";

/**
 * A pattern that matches only without a letter or digit beside the match. Put alternatives in `source` into a group.
 */
export function wholeWord(source: string, flags: "g" | "gi" = "g"): RegExp {
  return new RegExp(notBefore + source + notAfter, flags);
}

/** The same for a number, which must also not be part of a longer number with dots or dashes. */
export function wholeNumber(source: string): RegExp {
  return new RegExp(noNumberBefore + source + noNumberAfter, "g");
}
