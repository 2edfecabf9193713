/**
 * Where prefixes may begin in a text, escaped or not. Patterns find these offsets, since each has to be decoded
 * character by character: they look at the first character and at what may follow it, and find too much rather than too
 * little.
 */
import type { Markers } from "../../token/marker.ts";
import { escapedPrefixPattern, openers, prefixPattern } from "./prefix-patterns.ts";

/** Gives the offsets where a prefix may begin, in ascending order, and then -1. */
export type Candidates = () => number;

/** Looks through a text for the prefixes of recipients. Linear in the text. */
export function createCandidates(text: string, recipients: readonly Markers[]): Candidates {
  const pattern = patternFor(text, recipients);
  let from = 0;
  return () => {
    if (pattern === undefined) return -1;
    pattern.lastIndex = from;
    const index = pattern.exec(text)?.index ?? -1;
    // One may begin within another.
    from = index < 0 ? text.length : index + 1;
    if (text[index] !== "\\") return index;
    let run = 1;
    while (text[index - run] === "\\") run++;
    // Each layer halves the backslashes: those that belong to this escape are the lowest bit of their number.
    return index + 1 - (run & -run);
  };
}

/** The patterns of recipients, each for texts with the same characters to begin with. */
const known = new WeakMap<readonly Markers[], Map<string, RegExp>>();

/** Finds the prefixes that a text can have, by the characters in it; `undefined` where it can have none. */
function patternFor(text: string, recipients: readonly Markers[]): RegExp | undefined {
  const isPlain = recipients.some(({ prefix }) => text.includes(prefix.charAt(0)));
  let parts = isPlain ? "#" : "";
  for (const opener of openers) if (text.includes(opener)) parts += opener;
  if (parts === "") return undefined;
  let patterns = known.get(recipients);
  if (patterns === undefined) {
    patterns = new Map();
    known.set(recipients, patterns);
  }
  let pattern = patterns.get(parts);
  if (pattern === undefined) {
    const prefixes = recipients.map(({ prefix }) => prefix);
    const escaped = openers.filter((opener) => parts.includes(opener));
    const sources = escaped.map((opener) => escapedPrefixPattern(opener, prefixes));
    if (isPlain) sources.unshift(prefixPattern(prefixes));
    pattern = new RegExp(sources.join("|"), "gi");
    patterns.set(parts, pattern);
  }
  return pattern;
}
