import { expect, test } from "@jest/globals";
import { applyEdits } from "../../../core/text/edit.ts";

test.each([
  ["abc", [], "abc", "none"],
  ["abc", [{ start: 1, end: 2, replacement: "X" }], "aXc", "one"],
  [
    "abc",
    [
      { start: 0, end: 1, replacement: "" },
      { start: 1, end: 3, replacement: "YZ" },
    ],
    "YZ",
    "adjacent",
  ],
  ["abc", [{ start: 3, end: 3, replacement: "!" }], "abc!", "insertion"],
])("%p", (text, edits, expected) => {
  expect(applyEdits(text, edits)).toBe(expected);
});

test.each([
  [
    "overlapping",
    [
      { start: 0, end: 2, replacement: "" },
      { start: 1, end: 3, replacement: "" },
    ],
  ],
  [
    "out of order",
    [
      { start: 2, end: 3, replacement: "" },
      { start: 0, end: 1, replacement: "" },
    ],
  ],
  ["backwards", [{ start: 2, end: 1, replacement: "" }]],
  ["beyond the text", [{ start: 2, end: 4, replacement: "" }]],
])("%s edits are a mistake of the caller", (_, edits) => {
  expect(() => applyEdits("abc", edits)).toThrow(RangeError);
});
