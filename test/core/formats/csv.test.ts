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
  ["a cell that ends in a quote for PHP, without quotes", "ssn,a\n1\\,2\n", "ssn,a\nT,2\n"],
  ["a backslash before the end, in another cell", 'ssn,a\n1,"2\\"\n', "body_ambiguous@9"],
  ["a backslash before a quote that begins a cell", 'ssn,a\n\\,"2"\n', 'ssn,a\nT,"2"\n'],
  ["a semicolon in the first line, which no selector needs", "ssn;b\n1;2\n", "body_ambiguous"],
  ["one cell of the header that is blank", "ssn, \n1,2\n", "ssn, \nT,2\n"],
  ["an empty text", "", ""],
  ["lines of one column", "ssn\n1\n\n2\n", "ssn\nT\n\nT\n"],
  ["an empty cell", "ssn,b\n,2\n", "ssn,b\nT,2\n"],
  ["an empty quoted cell", 'ssn,b\n"",2\n', 'ssn,b\n"T",2\n'],
  ["lines that end in CR LF", "a,ssn\r\n1,2\r\n3,4\r\n", "a,ssn\r\n1,T\r\n3,T\r\n"],
  ["a quoted cell at the end", 'a,ssn\n1,"2"', 'a,ssn\n1,"T"'],
  ["a byte order mark at the end", "a,ssn\n1,\ufeff", "a,ssn\n1,T"],
  ["another delimiter, without a selected name", "a;c,ssn\n1;2,3", "a;c,ssn\n1;2,T"],
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

test("header=absent is refused", () => {
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

test("a finding has its rule and selector", () => {
  const [found] = readSource("csv", "a,ssn\n1,2", { rule: { fields: ["x", "ssn"] } }).findings;
  expect([found?.rule.name, found?.selector, found?.start, found?.end]).toEqual(["0", 1, 8, 9]);
});

test.each([
  ["a,b\n1,2\n3,4", 4, "the names, and the lines"],
  ["a.x,b\n1,2", 5, "each reading of a name by its parts"],
  ["a;x,b\n1,2", 5, "names by another delimiter"],
])("%j takes %i steps a pattern: %s", (source, steps) => {
  const budget = { remaining: 100 };
  readSource("csv", source, { rule: { fields: ["y", "z"] }, context: { budget } });
  expect(budget.remaining).toBe(100 - 2 * steps);
});

test.each(["\v", "\f", "\u001c", "\u001d", "\u001e", "\u0085", "\u2028", "\u2029"])(
  "%j ends a line for some readers",
  (character) => {
    expect(replaceFound("csv", `ssn\na${character}b\n`, { rule })).toBe("body_ambiguous@5");
  },
);

describe("nodes", () => {
  test("have all names of their column", () => {
    const nodes = [...readSource("csv", "a.b,c\n1,2").nodes()];
    expect(nodes.slice(2).map(({ nameAt }) => [nameAt?.(0), nameAt?.(1)])).toEqual([
      ["b", "a"],
      ["c", undefined],
    ]);
  });

  test("of a cell with doubled quotes have a place for each character", () => {
    const [, node] = readSource("csv", 'a\n"""x"""').nodes();
    expect([node?.text, [0, 1, 2, 3].map((offset) => node?.at(offset))]).toEqual(['"x"', [3, 5, 6, 8]]);
  });

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

  test("are not read from rows of different lengths", () => {
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
  ["blank lines are no rows", "\n\na\n\nb", [["a"], ["b"]]],
  ["an empty quoted cell is a row", 'a\n""', [["a"], [""]]],
  ["nothing", "", []],
  ["an empty last cell", "a,", [["a", ""]]],
  ["text after a quoted cell", '"a"b', "body_malformed@3"],
  ["a comma before another delimiter", "a,b;c", [["a", "b;c"]]],
  ["a semicolon", "a;b", [["a", "b"]]],
  ["a tab", "a\tb", [["a", "b"]]],
  ["a bar", "a|b", [["a", "b"]]],
  ["no delimiter within quotes", '"a;b"', [["a;b"]]],
  ["no delimiter within empty quotes", '"";b', [["", "b"]]],
  ["a delimiter after quotes", '"a;b"|c', [["a;b", "c"]]],
  ["blank lines that end in CR LF", "a\r\n\r\nb\r\n", [["a"], ["b"]]],
  ["quotes alone at the end", 'a,"', "body_malformed@2"],
  ["a plain cell that a quote ends", 'a,b"', "body_malformed@3"],
  ["the first line's delimiter", "a\n1;2", [["a"], ["1;2"]]],
])("%s", (_, source, rows) => {
  expect(describeError(() => readCells(source).map((row) => row.map(({ text }) => text)))).toEqual(rows);
});
