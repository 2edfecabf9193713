import { expect, test } from "@jest/globals";
import { defineDetector, digitsOf, isRepeated } from "../../../core/detectors/detector.ts";

const unlimited = { remaining: 1e9 };

test("all candidates without a check, with what the definition leaves out", () => {
  const { find, ...rest } = defineDetector({
    name: "x",
    needs: { digits: 2 },
    pattern: /[0-9]{2}/g,
    confidence: "low",
  });
  expect(rest).toEqual({
    name: "x",
    digits: 2,
    letters: 0,
    includes: undefined,
    confidence: "low",
    context: undefined,
  });
  expect(find("12 345", unlimited)).toEqual([
    { start: 0, end: 2, confidence: "low", needsContext: false },
    { start: 3, end: 5, confidence: "low", needsContext: false },
  ]);
  expect(find("12", unlimited)).toHaveLength(1);
});

test("after a failed candidate, the search goes on at its second character", () => {
  const { find } = defineDetector({
    name: "x",
    needs: {},
    pattern: /[0-9]{2}/g,
    check: (candidate) => candidate === "23",
    confidence: "high",
  });
  expect(find("123", unlimited)).toEqual([{ start: 1, end: 3, confidence: "high", needsContext: false }]);
});

test("a check can return how much of a candidate matches; needsContext can depend on the match", () => {
  const { find } = defineDetector({
    name: "x",
    needs: {},
    pattern: /[a-z]{3}/g,
    check: () => 2,
    confidence: "high",
    needsContext: (match) => match === "cd",
  });
  expect(find("abcde", unlimited).map(({ start, end, needsContext }) => [start, end, needsContext])).toEqual([
    [0, 2, false],
    [2, 4, true],
  ]);
});

test("traits go into the detector", () => {
  const detector = defineDetector({
    name: "x",
    needs: {},
    pattern: /x/g,
    confidence: "low",
    usualBytes: 5,
    multiline: true,
  });
  expect(detector).toMatchObject({ usualBytes: 5, multiline: true });
});

test("digits, and whether they are all the same", () => {
  expect(digitsOf("1-2 a3")).toBe("123");
  expect([isRepeated("111"), isRepeated("112"), isRepeated("1")]).toEqual([true, false, false]);
});
