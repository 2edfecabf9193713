/** What a pattern says of the characters around a match: a part of something longer is none. */

const notBefore = "(?<![0-9A-Za-z])";
const notAfter = "(?![0-9A-Za-z])";
const noNumberBefore = "(?<![0-9A-Za-z]|[0-9][.-])";
const noNumberAfter = "(?![0-9A-Za-z]|[.-][0-9])";

/**
 * A pattern for what has neither a letter nor a digit beside it. Alternatives of `source` stand in a group. `flags` has
 * the `g` that detectors need.
 */
export function wholeWord(source: string, flags: "g" | "gi" = "g"): RegExp {
  return new RegExp(notBefore + source + notAfter, flags);
}

/** The same for a number, which is no part of a fraction or of a longer one with dots or dashes either. */
export function wholeNumber(source: string): RegExp {
  return new RegExp(noNumberBefore + source + noNumberAfter, "g");
}
