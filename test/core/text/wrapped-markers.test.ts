import { describe, expect, test } from "@jest/globals";
import { findOpenEnd, findSpans, wrapMarkers } from "../../../core/text/wrapped-markers.ts";

const markers = wrapMarkers({ prefix: "#01#", suffix: "#10#" });

describe("from a prefix to its suffix", () => {
  test.each<[why: string, text: string, from: number, expected: readonly (readonly [number, number])[]]>([
    ["in a line", "x#01#a#10#y", 0, [[1, 10]]],
    [
      "two",
      "#01##10##01##10#",
      0,
      [
        [0, 8],
        [8, 16],
      ],
    ],
    ["wrapped within the markers", "#0\n  1#a#1=\r\n0#", 0, [[0, 15]]],
    ["from an offset on", "#01#a#10##01#b#10#", 1, [[9, 18]]],
    ["the last prefix before a suffix", "#01##01#a#10#", 0, [[4, 13]]],
    ["without an end", "#01#a", 0, [[0, Number.POSITIVE_INFINITY]]],
    ["the last of two without an end", "#01#a#01#b", 0, [[5, Number.POSITIVE_INFINITY]]],
    ["a suffix alone", "a#10#", 0, []],
    ["prefixes that share a character", "#01#01#a#10#", 0, [[3, 12]]],
    ["markers that share a character", "#01#10#", 0, [[0, 7]]],
    ["a line too many", "#0\n\n\n1#a#10#", 0, []],
  ])("%s", (_, text, from, expected) => {
    expect([...findSpans(text, from, markers)].map(({ start, end }) => [start, end])).toEqual(expected);
  });
});

test.each<[text: string, start: number | undefined, why: string]>([
  ["a#", 1, "one character"],
  ["a#01", 1, "three"],
  ["a#0\n ", 1, "wrapped"],
  ["a#01#", 1, "all of it"],
  ["a#x", undefined, "another one"],
  ["#01 ", undefined, "a blank, which wraps nothing"],
])("%j may end in a prefix at %p: %s", (text, start) => {
  const expected = start === undefined ? [] : [{ start, end: Number.POSITIVE_INFINITY }];
  expect(findOpenEnd(text, markers)).toEqual(expected);
});
