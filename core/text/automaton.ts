/**
 * A machine for regular expressions that follows all alternatives at once and never backtracks: its time is bounded by
 * the length of the text times the size of the program, whatever the expression (R. Cox, "Regular Expression Matching:
 * the Virtual Machine Approach", 2009).
 */
import { type Budget, spend } from "../budget.ts";
import type { Span } from "./edit.ts";

/** One step of a program, as plain data: places are indices of steps, sets are numbered. */
export type Step =
  | { readonly op: "consume"; readonly set: number }
  | { readonly op: "split"; readonly first: number; readonly second: number }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "start" | "end" | "accept" }
  /** Of the characters before and after the place, exactly one is in the set; `negated`: both are, or neither. */
  | { readonly op: "boundary"; readonly set: number; readonly negated: boolean }
  /** The character before or after the place is in the set; `negated`: it is not, or there is none. */
  | { readonly op: "look"; readonly behind: boolean; readonly set: number; readonly negated: boolean };

/** A set of characters, by their code points. */
export type CharacterSet = (codePoint: number) => boolean;

/** A program with what its numbers stand for. */
export interface Program {
  readonly steps: readonly Step[];
  readonly sets: readonly CharacterSet[];
  /** What asking each of the sets is worth, in steps of a budget. */
  readonly setCosts: readonly number[];
  /** What reaching a place is worth, in steps of a budget. */
  readonly placeCost: number;
  /** Longer matches are not looked for: UTF-16 code units. */
  readonly longestMatch: number;
}

/**
 * What is looked for: the leftmost match, at its longest; the longest of those that begin at the very start; any match,
 * up to where the first one ends.
 */
export type Wanted = "leftmost" | "at start" | "any";

/** Finds a match that begins at an offset or after it. Throws `too_complex` when the budget is spent. */
export type Automaton = (text: string, from: number, wanted: Wanted, budget: Budget) => Span | undefined;

/** The machine for a program. It keeps its lists from one text to the next, and is not to be entered twice at once. */
export function createAutomaton({ steps, sets, setCosts, placeCost, longestMatch }: Program): Automaton {
  const consumed = steps.map((step) => (step.op === "consume" ? sets[step.set] : undefined));
  const costs = steps.map((step) => placeCost + (step.op === "consume" ? (setCosts[step.set] ?? 0) : 0));
  const stack: number[] = [];
  let current = createThreads(steps.length);
  let following = createThreads(steps.length);

  const accepts = (set: number, codePoint: number | undefined): boolean =>
    codePoint !== undefined && sets[set]?.(codePoint) === true;

  /** Adds a place and all that can be reached from it without consuming a character. Says whether that is the end. */
  const follow = (threads: Threads, from: number, start: number, text: string, at: number): boolean => {
    const { places, starts, seen, generation } = threads;
    let accepted = false;
    stack.push(from);
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      if (seen[place] === generation) continue;
      seen[place] = generation;
      threads.cost += costs[place] ?? 0;
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
          const isBoundary = accepts(step.set, codePointBefore(text, at)) !== accepts(step.set, text.codePointAt(at));
          if (isBoundary !== step.negated) stack.push(place + 1);
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

  return (text, from, wanted, budget) => {
    let best: Span | undefined;
    clear(current);
    for (let at = from; ; ) {
      // Threads are in the order of where they began, so that the first one at a place is the leftmost.
      const mayBegin = best === undefined && (at === from || wanted !== "at start");
      if (mayBegin && follow(current, 0, at, text, at)) best = { start: at, end: at };
      spend(budget, 1 + current.cost);
      if (best !== undefined && wanted === "any") return best;
      if (at >= text.length || (current.size === 0 && (best !== undefined || wanted === "at start"))) return best;
      const codePoint = text.codePointAt(at) ?? 0;
      at += codePoint > 0xffff ? 2 : 1;
      clear(following);
      for (let index = 0; index < current.size; index++) {
        const place = current.places[index] ?? 0;
        const start = current.starts[index] ?? 0;
        if (best !== undefined && start > best.start) break;
        if (consumed[place]?.(codePoint) !== true || at - start > longestMatch) continue;
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
  /** The generation in which each place was last reached. A warm function lives for more than 2^31 characters. */
  readonly seen: Float64Array;
  generation: number;
  size: number;
  /** Steps of a budget that it took to get here and will take to go on. */
  cost: number;
}

function createThreads(capacity: number): Threads {
  return {
    places: new Int32Array(capacity),
    starts: new Int32Array(capacity),
    seen: new Float64Array(capacity),
    generation: 0,
    size: 0,
    cost: 0,
  };
}

function clear(threads: Threads): void {
  threads.generation++;
  threads.size = 0;
  threads.cost = 0;
}

function codePointBefore(text: string, at: number): number | undefined {
  if (at === 0) return undefined;
  const before = text.charCodeAt(at - 1);
  return before >= 0xdc00 && before <= 0xdfff ? text.codePointAt(at - 2) : before;
}
