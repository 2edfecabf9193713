import { describe, expect, test } from "@jest/globals";
import {
  countSteps,
  matchesField,
  matchesTreeField,
  parseFieldPattern,
  readFieldName,
  splitFieldName,
} from "../../../core/selector/field-name.ts";

test.each([
  ["a", ["a"]],
  ["a.b", ["a", "b"]],
  ["a[b][0].c", ["a", "b", "0", "c"]],
  ["a.b[0][c]", ["a", "b", "0", "c"]],
  ["a[]", ["a"]],
  [" a[b] ", ["a", "b"]],
])("%j is made of %j", (name, names) => expect(splitFieldName(name)).toEqual(names));

describe("a name in one piece", () => {
  test.each([
    ["ssn", "ssn", true, "the same"],
    ["ssn", "person.ssn", true, "at any depth"],
    ["ssn", "person[ssn]", true, "in brackets"],
    ["person", "person.ssn", true, "and all within"],
    ["a.c", "a.b.c", false, "names in a row"],
    ["a.*.c", "a.b.c", true, "any name between"],
    ["a*c", "a.b.c", true, "an asterisk for dots, too"],
    ["ssn", "SSN", false, "case counts"],
    ["a_b", "a.b", true, "PHP's underscores"],
    ["a_b", "a[b", true, "an open bracket is one to PHP"],
    ["a.b", "a[b]x", true, "PHP ignores what follows a bracket"],
    ["a.b.c", "a[b].c", true, "qs's dots"],
    ["ssn", " ssn ", true, "blanks around"],
  ])("%s selects %j: %p, since %s", (pattern, name, selects) => {
    expect(matchesField(parseFieldPattern(pattern), name)).toBe(selects);
  });

  test("steps are counted over all readings", () => {
    expect(countSteps(readFieldName("a"))).toBe(1);
    expect(countSteps(readFieldName("a.b"))).toBe(3);
    expect(countSteps(readFieldName("a", "b"))).toBe(2);
  });
});

test.each([
  ["b", ["a", "b"], true],
  ["a.b", ["x", "a", "b"], true],
  ["a.b", ["a", "x", "b"], false],
  ["a", ["a", "b"], false],
  ["a.b", ["b"], false],
])("%s selects the field at the end of %j in a tree: %p", (pattern, names, selects) => {
  expect(matchesTreeField(parseFieldPattern(pattern), (level) => names.at(-1 - level))).toBe(selects);
});

test.each([
  ["", "empty part"],
  ["a..b", "empty part"],
  ["a[", "a bracket that is not closed"],
  ["a]", "a bracket that is not closed or not opened"],
  [" a", "a blank around it"],
  ["a\u0000", "empty part"],
])("%j is refused: %s", (text, reason) => expect(() => parseFieldPattern(text)).toThrow(reason));
