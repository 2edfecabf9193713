/**
 * A policy's own pattern as a detector. It is run by a machine that follows all alternatives at once and never
 * backtracks, so that matching time is linear in the text whatever the pattern.
 */
import { type Budget, spend } from "../budget.ts";
import type { Span } from "../text/edit.ts";
import { type ChecksumName, checksums } from "./checksum-table.ts";
import type { Detector, Match } from "./detector.ts";
import { wordsPattern } from "./words.ts";

/** A pattern once it is checked, as plain data: what a build embeds. */
export interface CompiledPattern {
  readonly name: string;
  readonly program: PatternProgram;
  readonly checksum: ChecksumName | undefined;
  readonly context: readonly string[];
  readonly needsContext: boolean;
}

export interface PatternProgram {
  readonly steps: readonly PatternStep[];
  /** Sets of characters, each as a regular expression for one character. */
  readonly sets: readonly string[];
  readonly ignoreCase: boolean;
}

export type PatternStep =
  | { readonly op: "consume"; readonly set: number }
  | { readonly op: "split"; readonly first: number; readonly second: number }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "start" | "end" | "accept" }
  | { readonly op: "boundary"; readonly negated: boolean }
  /** The character before or after the place is in a set, or is not. */
  | { readonly op: "look"; readonly behind: boolean; readonly set: number; readonly negated: boolean };

/** Longer matches are not looked for: UTF-16 code units. */
export const longestMatch = 1_000;

/** Throws nothing; `find` throws `too_complex` when the budget is spent. */
export function loadPattern({ name, program, checksum, context, needsContext }: CompiledPattern): Detector {
  const machine = createMachine(program);
  const check = checksum === undefined ? () => true : checksums[checksum];
  const confidence = checksum === undefined ? "medium" : "high";
  const find = (text: string, budget: Budget): readonly Match[] => {
    const matches: Match[] = [];
    for (let from = 0; from < text.length; ) {
      const span = machine(text, from, budget);
      if (span === undefined) break;
      const matched = span.end > span.start && check(text.slice(span.start, span.end));
      if (matched) matches.push({ ...span, confidence, needsContext });
      from = matched ? span.end : span.start + 1;
    }
    return matches;
  };
  return { name, digits: 0, letters: 0, includes: undefined, confidence, context: wordsPattern(context), find };
}

/** The leftmost match that begins at `from` or after it, the longest of those that begin there. */
type Machine = (text: string, from: number, budget: Budget) => Span | undefined;

type CharacterSet = (codePoint: number) => boolean;

function createMachine({ steps, sets: sources, ignoreCase }: PatternProgram): Machine {
  const sets = sources.map((source) => createSet(source, ignoreCase));
  const isWord = createSet("\\w", ignoreCase);
  const accepts = (set: number, codePoint: number | undefined): boolean =>
    codePoint !== undefined && (sets[set]?.(codePoint) ?? false);
  let current = createThreads(steps.length);
  let following = createThreads(steps.length);

  /** Adds a place and all that can be reached from it without consuming a character. Tells whether that is the end. */
  const follow = (threads: Threads, from: number, start: number, text: string, at: number): boolean => {
    const { places, starts, seen, stack } = threads;
    let accepted = false;
    stack.push(from);
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      if (seen[place] === threads.generation) continue;
      seen[place] = threads.generation;
      const step = steps[place];
      switch (step?.op) {
        case "consume":
          places[threads.size] = place;
          starts[threads.size++] = start;
          break;
        case "split":
          stack.push(step.second, step.first);
          break;
        case "jump":
          stack.push(step.to);
          break;
        case "start":
          if (at === 0) stack.push(place + 1);
          break;
        case "end":
          if (at === text.length) stack.push(place + 1);
          break;
        case "boundary": {
          const inWord = (codePoint: number | undefined): boolean => codePoint !== undefined && isWord(codePoint);
          if ((inWord(codePointBefore(text, at)) !== inWord(text.codePointAt(at))) !== step.negated)
            stack.push(place + 1);
          break;
        }
        case "look": {
          const neighbour = step.behind ? codePointBefore(text, at) : text.codePointAt(at);
          if (accepts(step.set, neighbour) !== step.negated) stack.push(place + 1);
          break;
        }
        case "accept":
          accepted = true;
          break;
        case undefined:
          break;
      }
    }
    return accepted;
  };

  return (text, from, budget) => {
    let best: Span | undefined;
    clear(current);
    for (let at = from; ; ) {
      // Threads are in the order of where they began, so that the first one at a place is the leftmost.
      if (best === undefined && follow(current, 0, at, text, at)) best = { start: at, end: at };
      spend(budget, 1 + current.size);
      if (at >= text.length || (best !== undefined && current.size === 0)) return best;
      const codePoint = text.codePointAt(at) ?? 0;
      at += codePoint > 0xffff ? 2 : 1;
      clear(following);
      for (let index = 0; index < current.size; index++) {
        const place = current.places[index] ?? 0;
        const start = current.starts[index] ?? 0;
        if (best !== undefined && start > best.start) break;
        const step = steps[place];
        if (step?.op !== "consume" || !accepts(step.set, codePoint) || at - start > longestMatch) continue;
        if (follow(following, place + 1, start, text, at) && (best === undefined || start <= best.start))
          best = { start, end: at };
      }
      [current, following] = [following, current];
    }
  };
}

/** The places where the machine may be at one character, and where in the text each began. */
interface Threads {
  readonly places: Int32Array;
  readonly starts: Int32Array;
  readonly seen: Int32Array;
  readonly stack: number[];
  size: number;
  generation: number;
}

function createThreads(steps: number): Threads {
  return {
    places: new Int32Array(steps),
    starts: new Int32Array(steps),
    seen: new Int32Array(steps),
    stack: [],
    size: 0,
    generation: 1,
  };
}

function clear(threads: Threads): void {
  threads.size = 0;
  threads.generation++;
}

function codePointBefore(text: string, at: number): number | undefined {
  const before = text.charCodeAt(at - 1);
  if (at === 0) return undefined;
  return before >= 0xdc00 && before <= 0xdfff ? text.codePointAt(at - 2) : before;
}

/** A set of characters, with a table for ASCII: asking a regular expression for each character would take too long. */
function createSet(source: string, ignoreCase: boolean): CharacterSet {
  const pattern = new RegExp(`^(?:${source})$`, ignoreCase ? "iu" : "u");
  const ascii = Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
  return (codePoint) => ascii[codePoint] ?? pattern.test(String.fromCodePoint(codePoint));
}
