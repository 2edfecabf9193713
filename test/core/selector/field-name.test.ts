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
])("%j consists of %j", (name, names) => expect(splitFieldName(name)).toEqual(names));

describe("a name of a flat format", () => {
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
  ["a[", "a bracket without its counterpart"],
  ["a]", "a bracket without its counterpart"],
  [" a", "begins or ends with a space"],
  ["a\u0000", "a control character"],
  ["\ta", "a control character"],
  ["a\ud800", "half of a surrogate pair"],
  ["a.\udc00.b", "half of a surrogate pair"],
  ["a.", "empty part"],
])("%j is refused: %s", (text, reason) => expect(() => parseFieldPattern(text)).toThrow(reason));

test.each([
  ["a[b]  [c]", ["a", "b", "c"], "blanks between brackets"],
  ["a[b]x[c]", ["a", "bx", "c"], "text between brackets"],
  ["a.[b]", ["a", "b"], "a dot before a bracket"],
  ["a[][b]", ["a", "b"], "empty brackets"],
  ["a.", ["a", ""], "a dot at the end"],
])("%j consists of %j: %s", (name, names) => {
  expect(splitFieldName(name)).toEqual(names);
});

test.each<[name: string, readings: readonly string[], why: string]>([
  ["ab", ["ab"], "one name"],
  ["a.b", ["a.b", "a_b"], "to PHP, an underscore"],
  [" a.b ", ["a.b", "a_b"], "without the blanks around it"],
  ["a b[c.d]", ["a b.c.d", "a_b.c.d"], "underscores before the bracket"],
  ["a[b", ["a.b", "a_b"], "an open bracket"],
  ["a.[b", ["a.b", "a__b"], "a dot and an open bracket"],
  ["[a]b.c", [".ab.c", ".ab.c", ".a", ".a", ".a.c"], "a bracket first"],
  ["a[b].cd", ["a.b.cd", "a.b.cd", "a.b", "a.b", "a.b.cd"], "a dot after a bracket"],
  ["a[bc]xy", ["a.bcxy", "a.bcxy", "a.bc", "a.bc", "a.bc"], "text after a bracket"],
  ["a[b]xy[c]z", ["a.bxy.cz", "a.bxy.cz", "a.b.c", "a.b.c", "a.b.c"], "text between and after brackets"],
  ["a.b[c].de", ["a.b.c.de", "a_b.c.de", "a.b.c", "a_b.c", "a.b.c.de"], "dots on both sides"],
  ["a[ b ]", ["a.b", "a.b"], "blanks in a bracket"],
  ["a[b] c", ["a.b c", "a.b c", "a.b", "a.b", "a.b"], "a space after a bracket"],
])("%j is read as %j: %s", (name, readings) => {
  expect(readFieldName(name)).toEqual(readings.map((joined) => ({ names: joined.split("."), joined })));
});

test("each decoding of a name is read", () => {
  expect(readFieldName("a", "b.c").map(({ names }) => names)).toEqual([["a"], ["b", "c"], ["b_c"]]);
  expect(readFieldName()).toEqual([]);
});

test.each([
  ["a.b", "x.a.b", true, "its names at the end"],
  ["a.b", "a.b.x", true, "its names at the beginning"],
  ["a.b", "x.a.b.y", true, "its names in the middle"],
  ["a.b", "b.a", false, "the other way round"],
  ["a.b", "ab", false, "without the dot"],
  ["a.b.c", "a.b", false, "too few names"],
])("%s selects the field %s: %p, %s", (pattern, name, selects) => {
  expect(matchesField(parseFieldPattern(pattern), name)).toBe(selects);
});

test.each([
  ["a[bc]", ["a", "bc"]],
  ["a[b][c]", ["a", "b", "c"]],
  ["a[]", ["a"]],
  ["*", ["*"]],
])("the pattern %s has the names %j", (text, names) => {
  const { components, whole } = parseFieldPattern(text);
  expect(components.map((parts) => parts.join("*"))).toEqual(names);
  expect(whole.join("*")).toBe(names.join("."));
});

test.each(["", "a..b", "a[b]]", "[a[b]]", "a[", "a]", " a", "a ", "a\u001f", "\ud800"])(
  "the pattern %j is refused",
  (text) => {
    expect(() => parseFieldPattern(text)).toThrow(
      expect.objectContaining({
        code: "policy_invalid",
        facts: expect.objectContaining({ reason: expect.stringContaining(JSON.stringify(text)) }),
      }),
    );
  },
);
