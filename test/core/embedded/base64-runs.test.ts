import { describe, expect, test } from "@jest/globals";
import { endOfEscape } from "../../../core/embedded/base64-escapes.ts";
import { findRuns, readEscapedRun } from "../../../core/embedded/base64-runs.ts";

const run = "Ab0+/_-".repeat(30).slice(0, 200);

describe("runs", () => {
  test.each<[why: string, text: string, spans: readonly (readonly [number, number])[]]>([
    ["nothing", "", []],
    ["prose", "It was a dark and stormy night. ".repeat(40), []],
    ["all of the text", run, [[0, 200]]],
    ["between others", `x: ${run}.`, [[3, 203]]],
    ["the shortest", `. ${run.slice(0, 120)}.`, [[2, 122]]],
    ["too short", `. ${run.slice(0, 119)}.`, []],
    [
      "two of them, one behind the other",
      `"${run}","${run}"`,
      [
        [1, 201],
        [204, 404],
      ],
    ],
    ["lines", `${run}\n${run}`, [[0, 401]]],
  ])("%s", (_, text, spans) => {
    expect(findRuns(text).map(({ start, end }) => [start, end])).toEqual(spans);
  });

  test("many records, each as far behind the last one", () => {
    const text = `{"data":"${run}"},`.repeat(50);
    expect(findRuns(text)).toHaveLength(50);
    expect(findRuns(text).every(({ start, end }) => text.slice(start, end) === run)).toBe(true);
  });

  test("an escape is between two runs, or in one", () => {
    const text = `"${run}\\/${run}"`;
    expect(findRuns(text).map(({ start, end }) => [start, end])).toEqual([
      [1, 201],
      [203, 403],
    ]);
    expect(findRuns(text, endOfEscape)).toEqual([{ start: 1, end: 403 }]);
  });

  test("the escape of a quote before it is none of it", () => {
    const text = `{\\"data\\":\\"${run}\\"}`;
    expect(findRuns(text, endOfEscape)).toEqual([{ start: 12, end: 212 }]);
  });
});

test.each([
  ["nothing escaped", "AAbb", "AAbb", 0, [10, 11, 12, 13, 14]],
  ["JSON", "AA\\/b", "AA/b", 0, [10, 11, 12, 14, 15]],
  ["a form in a form", "A%252Bb", "A+b", 2, [10, 11, 16, 17]],
  ["a line with its indentation", "A\n  b", "A\n  b", 0, [10, 11, 12, 12, 14, 15]],
] as const)("a run without its escapes: %s", (_, text, digits, percents, offsets) => {
  const read = readEscapedRun(text, 10);
  expect([read.digits, read.percents]).toEqual([digits, percents]);
  expect(Array.from({ length: digits.length + 1 }, (__, index) => read.at(index))).toEqual(offsets);
});
