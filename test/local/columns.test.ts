import { expect, test } from "@jest/globals";
import { alignColumns } from "../../local/columns.ts";

test.each<[why: string, rows: readonly (readonly string[])[], lines: readonly string[]]>([
  ["no rows", [], []],
  [
    "each column as wide as its widest cell",
    [
      ["a", "bbb", "c"],
      ["aaa", "b", "c"],
    ],
    ["a    bbb  c", "aaa  b    c"],
  ],
  [
    "no blanks at the end",
    [
      ["a", "bbb"],
      ["a", ""],
    ],
    ["a  bbb", "a"],
  ],
])("%s", (_, rows, lines) => {
  expect(alignColumns(rows)).toEqual(lines);
});
