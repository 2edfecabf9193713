/** Detectors recognise sensitive values by their form. */
import type { Budget } from "../budget.ts";
import type { Span } from "../text/edit.ts";

/** Levels of certainty of a match, in ascending order. */
export const confidences = ["low", "medium", "high"] as const;
/** One of `confidences`. */
export type Confidence = (typeof confidences)[number];

/** A value that a detector found in a text. */
export interface Match extends Span {
  /** `high`: the value passed a check that random text seldom passes. A context word raises lower levels by one. */
  readonly confidence: Confidence;
  /** It counts only near a context word. */
  readonly needsContext: boolean;
}

/** Unusual properties of a detector's values. The check of a policy reports settings that do not fit them. */
export interface Traits {
  /** The usual minimum of bytes, if a direct token may not carry so many. */
  readonly usualBytes?: number;
  /** The values have line breaks. */
  readonly multiline?: true;
}

/** Finds values of one kind. */
export interface Detector extends Traits {
  readonly name: string;
  /** A text with such a value has at least this many decimal digits: a cheap test before `find`. */
  readonly digits: number;
  /** The same for ASCII letters. */
  readonly letters: number;
  /** The same for substrings: such a text has at least one of them. `undefined`: no substring is known. */
  readonly includes: readonly string[] | undefined;
  /** The confidence of its matches without a context word. */
  readonly confidence: Confidence;
  /**
   * Words that make a match likelier: in the text around it, or in the names of its field and the fields around that.
   */
  readonly context: RegExp | undefined;
  /**
   * Finds such values, in order. Linear in the text, because every match has a maximum length. May throw `too_complex`.
   */
  readonly find: (text: string, budget: Budget) => readonly Match[];
}

interface Definition extends Traits {
  readonly name: string;
  readonly needs: { readonly digits?: number; readonly letters?: number; readonly includes?: readonly string[] };
  /** Has the flag `g`. Each repetition has a maximum, and no two consecutive repetitions match the same characters. */
  readonly pattern: RegExp;
  /**
   * Returns true or false, or how many characters of the candidate belong to the value. Absent: all candidates match.
   */
  readonly check?: (candidate: string, budget: Budget) => boolean | number;
  /** The confidence of matches without a context word. `high` needs a `check` by check digits. */
  readonly confidence: Confidence;
  readonly context?: RegExp;
  readonly needsContext?: boolean | ((match: string) => boolean);
}

/**
 * Makes a detector of a pattern and a check. After a candidate that fails its check, the search goes on at its second
 * character.
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

/** True if all digits are the same: such numbers pass many checks and are never real. */
export function isRepeated(digits: string): boolean {
  return /^(.)\1+$/.test(digits);
}
