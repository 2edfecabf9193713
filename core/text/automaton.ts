/**
 * Runs regular expressions without backtracking: it follows all alternatives at once, so its time is at most
 * proportional to the length of the text times the size of the program (R. Cox, "Regular Expression Matching: the
 * Virtual Machine Approach", 2009).
 */
import { type Budget, spend } from "../budget.ts";
import type { Span } from "./edit.ts";

/** A step of a program, as plain data. A step leads to the next one, or to the steps that it names by index. */
export type Step =
  | { readonly op: "consume"; readonly set: number }
  | { readonly op: "split"; readonly first: number; readonly second: number }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "start" | "end" | "accept" }
  /** Passes if exactly one of the characters before and after is in the set; `negated`: if both or neither are. */
  | { readonly op: "boundary"; readonly set: number; readonly negated: boolean }
  /** Passes if the character before or after is in the set; `negated`: if it is not, or if there is no character. */
  | { readonly op: "look"; readonly behind: boolean; readonly set: number; readonly negated: boolean };

/** A character set: true for the code points in it. */
export type CharacterSet = (codePoint: number) => boolean;

/** A program and its character sets. It begins at the first step. */
export interface Program {
  readonly steps: readonly Step[];
  readonly sets: readonly CharacterSet[];
  /** The cost of one test of each set, in steps of a budget. */
  readonly setCosts: readonly number[];
  /** The cost of reaching a step of the program, in steps of a budget. */
  readonly stepCost: number;
  /** The maximum length of a match, in UTF-16 code units, below 2^31. */
  readonly longestMatch: number;
}

/** The wanted match: the longest of the leftmost, the longest at the start, or any match up to its first end. */
export type Wanted = "leftmost" | "at start" | "any";

/** Finds a match that begins at or after an offset. Throws `too_complex` once the budget is spent. */
export type Automaton = (text: string, from: number, wanted: Wanted, budget: Budget) => Span | undefined;

/** Makes an automaton for a program. It uses the same memory for each text. */
export function createAutomaton(program: Program): Automaton {
  const { longestMatch } = program;
  const nodes = program.steps.map((step) => createNode(step, program));
  const follow = createFollow(nodes);
  let current = createThreads(nodes.length);
  let following = createThreads(nodes.length);

  return (text, from, wanted, budget) => {
    let best: Span | undefined;
    clear(current);
    for (let at = from; ; ) {
      // Threads are in the order of their starts, so the first one at a step is the leftmost.
      const mayBegin = best === undefined && (at === from || wanted !== "at start");
      if (mayBegin && follow(current, 0, at, text, at)) best = { start: at, end: at };
      spend(budget, 1 + current.cost);
      if (best !== undefined && wanted === "any") return best;
      if (at >= text.length || (current.size === 0 && (best !== undefined || wanted === "at start"))) return best;
      const codePoint = text.codePointAt(at) ?? 0;
      at += codePoint > 0xffff ? 2 : 1;
      clear(following);
      for (let index = 0; index < current.size; index++) {
        const step = current.steps[index] ?? 0;
        const start = current.starts[index] ?? 0;
        if (best !== undefined && start > best.start) break;
        if (nodes[step]?.accepts?.(codePoint) !== true || at - start > longestMatch) continue;
        if (follow(following, step + 1, start, text, at) && (best === undefined || start <= best.start))
          best = { start, end: at };
      }
      [current, following] = [following, current];
    }
  };
}

/** A step in the form that the automaton runs. All nodes have the same members, because that is fast. */
interface Node {
  /** The steps that it leads to without a character, or `nowhere`. */
  readonly lead: number;
  readonly alternative: number;
  readonly cost: number;
  /** The characters that it consumes. */
  readonly accepts: CharacterSet | undefined;
  /** True if it passes at an offset of a text. */
  readonly holds: ((text: string, at: number) => boolean) | undefined;
  readonly isEnd: boolean;
}

const nowhere = -1;

function createNode(step: Step, { sets, setCosts, stepCost }: Program): Node {
  const node: Node = {
    lead: nowhere,
    alternative: nowhere,
    cost: stepCost,
    accepts: undefined,
    holds: undefined,
    isEnd: false,
  };
  switch (step.op) {
    case "split":
      return { ...node, lead: step.first, alternative: step.second };
    case "jump":
      return { ...node, lead: step.to };
    case "consume":
      return { ...node, accepts: sets[step.set], cost: stepCost + (setCosts[step.set] ?? 0) };
    case "accept":
      return { ...node, isEnd: true };
    case "start":
      return { ...node, holds: (_, at) => at === 0 };
    case "end":
      return { ...node, holds: (text, at) => at === text.length };
    case "boundary": {
      const { negated } = step;
      const set = sets[step.set];
      const isBoundary = (text: string, at: number): boolean =>
        has(set, codePointBefore(text, at)) !== has(set, text.codePointAt(at));
      return { ...node, holds: (text, at) => isBoundary(text, at) !== negated };
    }
    default: {
      const { behind, negated } = step;
      const set = sets[step.set];
      return {
        ...node,
        holds: (text, at) => has(set, behind ? codePointBefore(text, at) : text.codePointAt(at)) !== negated,
      };
    }
  }
}

function has(set: CharacterSet | undefined, codePoint: number | undefined): boolean {
  return codePoint !== undefined && set?.(codePoint) === true;
}

function codePointBefore(text: string, at: number): number | undefined {
  if (at === 0) return undefined;
  const before = text.charCodeAt(at - 1);
  return before >= 0xdc00 && before <= 0xdfff ? text.codePointAt(at - 2) : before;
}

/** Adds a step and all steps that it leads to without a character. Returns true if the program's end is among them. */
type Follow = (threads: Threads, from: number, start: number, text: string, at: number) => boolean;

function createFollow(nodes: readonly Node[]): Follow {
  const open: number[] = [];
  return (threads, from, start, text, at) => {
    const { seen, generation } = threads;
    let { size, cost } = threads;
    let accepted = false;
    for (let step: number | undefined = from; step !== undefined; ) {
      const node: Node | undefined = seen[step] === generation ? undefined : nodes[step];
      if (node === undefined) {
        step = open.pop();
        continue;
      }
      seen[step] = generation;
      cost += node.cost;
      if (node.alternative >= 0) open.push(node.alternative);
      if (node.lead >= 0) {
        step = node.lead;
        continue;
      }
      if (node.accepts !== undefined) {
        threads.steps[size] = step;
        threads.starts[size++] = start;
      }
      accepted ||= node.isEnd;
      step = node.holds?.(text, at) === true ? step + 1 : open.pop();
    }
    threads.size = size;
    threads.cost = cost;
    return accepted;
  };
}

/** The steps at which the automaton may be before a character, and the start of the match for each. */
interface Threads {
  readonly steps: number[];
  readonly starts: number[];
  /**
   * The generation in which each step was last reached. Not an Int32Array, because a warm function reads more than 2^31
   * characters.
   */
  readonly seen: number[];
  generation: number;
  size: number;
  /** The cost of getting here and going on. */
  cost: number;
}

function createThreads(capacity: number): Threads {
  return {
    steps: [],
    starts: [],
    seen: Array<number>(capacity).fill(0),
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
