import { describe, expect, test } from "@jest/globals";
import { FieldsealError } from "../../../core/errors.ts";
import { type Automaton, createAutomaton, type Step, type Wanted } from "../../../core/text/automaton.ts";

const letters = ["a", "b", "c"].map((letter) => (codePoint: number) => String.fromCodePoint(codePoint) === letter);
const a: Step = { op: "consume", set: 0 };
const b: Step = { op: "consume", set: 1 };
const accept: Step = { op: "accept" };

function make(steps: readonly Step[], longestMatch = 100, stepCost = 0): Automaton {
  return createAutomaton({ steps, sets: letters, setCosts: letters.map(() => 1), stepCost, longestMatch });
}

function find(steps: readonly Step[], text: string, wanted: Wanted = "leftmost", from = 0): string | undefined {
  const span = make(steps)(text, from, wanted, { remaining: 1_000 });
  return span === undefined ? undefined : `${span.start}-${span.end}`;
}

/** a*b */
const manyThenB: Step[] = [{ op: "split", first: 1, second: 3 }, a, { op: "jump", to: 0 }, b, accept];

describe("finds", () => {
  test.each<readonly [string, readonly Step[], string, string | undefined]>([
    ["the leftmost", [a, accept], "cacba", "1-2"],
    ["the longest", [a, { op: "split", first: 2, second: 3 }, b, accept], "cab", "1-3"],
    ["a loop", manyThenB, "caab", "1-4"],
    ["a loop that goes on nowhere", manyThenB, "caaa", undefined],
    ["a loop around nothing", [{ op: "split", first: 0, second: 1 }, a, accept], "a", "0-1"],
    ["at the start only", [{ op: "start" }, a, accept], "ba", undefined],
    ["at the end only", [a, { op: "end" }, accept], "aba", "2-3"],
    ["at a boundary", [{ op: "boundary", set: 0, negated: false }, a, accept], "ca", "1-2"],
    ["within", [{ op: "boundary", set: 0, negated: true }, a, accept], "caa", "2-3"],
    ["behind another", [{ op: "look", behind: true, set: 1, negated: false }, a, accept], "aba", "2-3"],
    ["behind no other", [{ op: "look", behind: true, set: 1, negated: true }, a, accept], "baa", "2-3"],
    ["before another", [a, { op: "look", behind: false, set: 1, negated: false }, accept], "aab", "1-2"],
    ["before no other", [a, { op: "look", behind: false, set: 1, negated: true }, accept], "aba", "2-3"],
    ["nothing", [accept], "", "0-0"],
  ])("%s", (_why, steps, text, expected) => expect(find(steps, text)).toBe(expected));

  test("what is wanted", () => {
    expect(find(manyThenB, "cab", "at start")).toBeUndefined();
    expect(find(manyThenB, "aabab", "at start")).toBe("0-3");
    expect(find([a, { op: "split", first: 2, second: 3 }, a, accept], "caa", "any")).toBe("1-2");
    expect(find([a, accept], "aba", "leftmost", 1)).toBe("2-3");
  });

  test("characters beyond the basic plane as one", () => {
    const anything = createAutomaton({
      steps: [{ op: "consume", set: 0 }, accept],
      sets: [(codePoint) => codePoint > 0xffff],
      setCosts: [1],
      stepCost: 0,
      longestMatch: 100,
    });
    expect(anything("a😀", 0, "leftmost", { remaining: 100 })).toEqual({ start: 1, end: 3 });
  });

  test("no more than the longest match", () => {
    const find = (longestMatch: number): unknown =>
      make([a, a, accept], longestMatch)("aa", 0, "leftmost", { remaining: 100 });
    expect([find(1), find(2)]).toEqual([undefined, { start: 0, end: 2 }]);
  });

  test("the same again: nothing of a text is left in the machine", () => {
    const automaton = make(manyThenB);
    const run = (text: string): unknown => automaton(text, 0, "leftmost", { remaining: 100 });
    expect([run("aab"), run("aa"), run("b")]).toEqual([{ start: 0, end: 3 }, undefined, { start: 0, end: 1 }]);
  });
});

describe("costs", () => {
  const cost = (stepCost: number, text: string): number => {
    const budget = { remaining: 1_000 };
    make([b, accept], 100, stepCost)(text, 0, "leftmost", budget);
    return 1_000 - budget.remaining;
  };

  test("one step a place in the text, and what its sets and steps cost", () => {
    expect(cost(0, "aaa")).toBe(4 * 2);
    expect(cost(1, "aaa")).toBe(4 * 3);
  });

  test("stops at the budget", () => {
    expect(() => make([b, accept])("aaa", 0, "leftmost", { remaining: 5 })).toThrow(new FieldsealError("too_complex"));
  });
});
