import { describe, expect, test } from "@jest/globals";
import { readCells } from "../../../core/formats/csv.ts";
import { describeError, listTexts, readSource, replaceFound } from "../../support/codec.ts";

const rule = { fields: ["ssn"] };

test.each<[why: string, source: string, expected: string]>([
  ["a column", "name,ssn\nAda,1\nBob,2\n", "name,ssn\nAda,T\nBob,T\n"],
  ["both of one name", "ssn,ssn\n1,2", "ssn,ssn\nT,T"],
  ["quoted cells", '"ssn",b\r\n"1,2",3', '"ssn",b\r\n"T",3'],
  ["a byte order mark and blank lines", "\ufeffssn,b\n\n1,2\n", "\ufeffssn,b\n\nT,2\n"],
  ["a line that is too short", "a,ssn\n1\n", "body_malformed@6"],
  ["a header of blanks", " \nssn\n1\n", "body_ambiguous"],
  ["the delimiter told to Excel", "sep=;\nssn;b\n1;2", "body_ambiguous"],
  ["a name to readers with another delimiter", "a;ssn,b\n1;2,3", "body_ambiguous"],
  ["another delimiter, and no name", "a;c,ssn\n1;2,3", "a;c,ssn\n1;2,T"],
  ["a quote that ends no cell for PHP", 'ssn\n"1\\"\n', "body_ambiguous@5"],
  ["a doubled quote that is one for PHP", 'ssn\n"1\\"",2"\n', "body_ambiguous@5"],
  ["a backslash elsewhere", 'ssn\n"\\1"\n', 'ssn\n"T"\n'],
  ["a line of Unicode's", "ssn,b\n1\u2028,2\n", "body_ambiguous@7"],
  ["a CR alone", "ssn,b\r1,2\n", "body_ambiguous@5"],
  ["a quote in a plain cell", 'ssn,b\n1"2,3\n', "body_malformed@7"],
  ["a quote without an end", 'ssn,b\n"1,2\n', "body_malformed@6"],
])("%s", (_, source, expected) => {
  expect(replaceFound("csv", source, { rule })).toBe(expected);
});

test("a header that is said to be absent is not guessed", () => {
  expect(replaceFound("csv", "ssn\n1\n", { rule, contentType: "text/csv; header=absent" })).toBe("body_ambiguous");
});

test.each([
  ["a comma", "a,ssn\n1,2", "x,y", 'a,ssn\n1,"x,y"'],
  ["a quote", "a,ssn\n1,2", 'x"', 'a,ssn\n1,"x"""'],
  ["a line end", "a,ssn\n1,2", "x\ny", 'a,ssn\n1,"x\ny"'],
  ["a quote within quotes", 'a,ssn\n1,"2"', 'x"', 'a,ssn\n1,"x"""'],
])("%s is written quoted", (_, source, text, expected) => {
  expect(replaceFound("csv", source, { rule }, text)).toBe(expected);
});

describe("nodes", () => {
  test("are the cells, with doubled quotes as one, in the field of their column", () => {
    const nodes = [...readSource("csv", 'a;b\n1;"x""y"').nodes()];
    expect(nodes.map(({ text, nameAt }) => [text, nameAt?.(0)])).toEqual([
      ["a", undefined],
      ["b", undefined],
      ["1", "a"],
      ['x"y', "b"],
    ]);
    expect([0, 1, 2, 3].map((offset) => nodes[3]?.at(offset))).toEqual([7, 8, 10, 11]);
  });

  test("of rows that differ are none", () => {
    expect(listTexts("csv", "a,b\n1\n")).toBe("body_malformed@4");
  });
});

test.each<[why: string, source: string, rows: readonly (readonly string[])[] | string]>([
  [
    "cells by row",
    "a,b\r\n1,2\r\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  ["blank lines are none", "\n\na\n\nb", [["a"], ["b"]]],
  ["an empty quoted cell is a row", 'a\n""', [["a"], [""]]],
  ["nothing", "", []],
  ["an empty last cell", "a,", [["a", ""]]],
  ["text behind a quoted cell", '"a"b', "body_malformed@3"],
  ["a comma before another delimiter", "a,b;c", [["a", "b;c"]]],
  ["a semicolon", "a;b", [["a", "b"]]],
  ["a tab", "a\tb", [["a", "b"]]],
  ["a bar", "a|b", [["a", "b"]]],
  ["no delimiter within quotes", '"a;b"', [["a;b"]]],
  ["the first line's delimiter", "a\n1;2", [["a"], ["1;2"]]],
])("%s", (_, source, rows) => {
  expect(describeError(() => readCells(source).map((row) => row.map(({ text }) => text)))).toEqual(rows);
});
