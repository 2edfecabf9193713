/**
 * A policy's own pattern as a detector. Its automaton follows all alternatives at once and never backtracks, so
 * matching is linear in the text for every pattern.
 */
import type { Budget } from "../budget.ts";
import { type CharacterSet, createAutomaton, type Step } from "../text/automaton.ts";
import { type ChecksumName, checksums } from "./checksum-table.ts";
import type { Detector, Match } from "./detector.ts";
import { wordsPattern } from "./words.ts";

/** A checked pattern as plain data, which a build embeds. */
export interface CompiledPattern {
  readonly name: string;
  readonly program: PatternProgram;
  readonly checksum: ChecksumName | undefined;
  readonly context: readonly string[];
  readonly needsContext: boolean;
}

/** The program of a pattern for the automaton. */
export interface PatternProgram {
  readonly steps: readonly Step[];
  /** Character sets, each as the source of a regular expression for one character. */
  readonly sets: readonly string[];
  readonly ignoreCase: boolean;
}

/** The maximum length of a match, in UTF-16 code units. */
export const longestMatch = 1_000;

/** Loads a pattern as a detector. Its `find` throws `too_complex` once the budget is spent. */
export function loadPattern({ name, program, checksum, context, needsContext }: CompiledPattern): Detector {
  const { steps, sets, ignoreCase } = program;
  const automaton = createAutomaton({
    steps,
    sets: sets.map((source) => createSet(source, ignoreCase)),
    setCosts: sets.map(() => 1),
    stepCost: 0,
    longestMatch,
  });
  const check = checksum === undefined ? () => true : checksums[checksum];
  const confidence = checksum === undefined ? "medium" : "high";
  const find = (text: string, budget: Budget): readonly Match[] => {
    const matches: Match[] = [];
    for (let from = 0; from < text.length; ) {
      const span = automaton(text, from, "leftmost", budget);
      if (span === undefined) break;
      const matched = span.end > span.start && check(text.slice(span.start, span.end));
      if (matched) matches.push({ ...span, confidence, needsContext });
      from = matched ? span.end : span.start + 1;
    }
    return matches;
  };
  return { name, digits: 0, letters: 0, includes: undefined, confidence, context: wordsPattern(context), find };
}

/**
 * Makes a character set. It has a table for ASCII, because testing a regular expression for each character is too slow.
 */
export function createSet(source: string, ignoreCase: boolean): CharacterSet {
  const pattern = new RegExp(`^(?:${source})$`, ignoreCase ? "iu" : "u");
  const ascii = Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
  return (codePoint) => ascii[codePoint] ?? pattern.test(String.fromCodePoint(codePoint));
}
