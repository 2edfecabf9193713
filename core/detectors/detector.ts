/** What recognises sensitive values by their form. */
import type { Budget } from "../budget.ts";
import type { Span } from "../text/edit.ts";

/** How sure it is that a match is what it looks like, in ascending order. */
export const confidences = ["low", "medium", "high"] as const;
/** One of `confidences`. */
export type Confidence = (typeof confidences)[number];

/** A value that a detector found in a text. */
export interface Match extends Span {
  /** `high` where a check passed that chance seldom passes; a context word raises the others by one. */
  readonly confidence: Confidence;
  /** Whether it counts only beside a context word. */
  readonly needsContext: boolean;
}

/** What is unusual about a detector's values: a policy's check warns of settings that do not go with it. */
export interface Traits {
  /** Bytes that such a value has at least, as a rule, where they are more than a direct token may carry. */
  readonly usualBytes?: number;
  /** Whether such a value has line breaks. */
  readonly multiline?: true;
}

/** Finds values of one kind. */
export interface Detector extends Traits {
  readonly name: string;
  /** Decimal digits that a text has at least, in all, if it holds such a value: a cheap question before `find`. */
  readonly digits: number;
  /** ASCII letters, likewise. */
  readonly letters: number;
  /** Texts of which it has at least one; `undefined` where none is known. */
  readonly includes: readonly string[] | undefined;
  /** Of its matches without a context word. */
  readonly confidence: Confidence;
  /** Words that make a match likelier, in the text around it or in the names of its field and of what that is in. */
  readonly context: RegExp | undefined;
  /** Such values of a text, in order. Linear in the text: every match has a bound. May throw `too_complex`. */
  readonly find: (text: string, budget: Budget) => readonly Match[];
}

interface Definition extends Traits {
  readonly name: string;
  readonly needs: { readonly digits?: number; readonly letters?: number; readonly includes?: readonly string[] };
  /**
   * With the flag `g`; each repetition in it is bounded, and no two that follow one another match the same characters.
   */
  readonly pattern: RegExp;
  /** Whether a candidate is one, or how many of its characters are. Without it, all candidates are. */
  readonly check?: (candidate: string, budget: Budget) => boolean | number;
  /** Of matches without a context word; `high` goes with a `check` by check digits. */
  readonly confidence: Confidence;
  readonly context?: RegExp;
  readonly needsContext?: boolean | ((match: string) => boolean);
}

/**
 * A detector that is a pattern and a check. A candidate that fails its check is given up only for its first character.
 */
export function defineDetector({
  name,
  needs,
  pattern,
  check,
  confidence,
  context,
  needsContext = false,
  ...traits
}: Definition): Detector {
  const find = (text: string, budget: Budget): readonly Match[] => {
    const matches: Match[] = [];
    pattern.lastIndex = 0;
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      const { 0: candidate, index: start } = found;
      const checked = check === undefined || check(candidate, budget);
      if (checked === false) {
        pattern.lastIndex = start + 1;
        continue;
      }
      const match = checked === true ? candidate : candidate.slice(0, checked);
      const end = start + match.length;
      pattern.lastIndex = end;
      matches.push({
        start,
        end,
        confidence,
        needsContext: typeof needsContext === "boolean" ? needsContext : needsContext(match),
      });
    }
    return matches;
  };
  return {
    name,
    digits: needs.digits ?? 0,
    letters: needs.letters ?? 0,
    includes: needs.includes,
    confidence,
    context,
    find,
    ...traits,
  };
}

/** The digits of a match, without separators. */
export function digitsOf(match: string): string {
  return match.replace(/[^0-9]/g, "");
}

/** Whether all digits are the same, which passes many checks and means nothing. */
export function isRepeated(digits: string): boolean {
  return /^(.)\1+$/.test(digits);
}
