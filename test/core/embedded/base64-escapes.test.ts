import { describe, expect, test } from "@jest/globals";
import {
  beforeEscape,
  endOfAnyEscape,
  endOfEscape,
  percentsIn,
  readEscapes,
} from "../../../core/embedded/base64-escapes.ts";

/** Escapes that base64 may hold, and what they are. */
const escapes: readonly (readonly [why: string, escape: string, character: string])[] = [
  ["a solidus of PHP", "\\/", "/"],
  ["in a string in a string", "\\\\/", "/"],
  ["JSON", "\\u002b", "+"],
  ["capital digits", "\\u002F", "/"],
  ["a backslash that is percent-encoded", "%5c/", "/"],
  ["and again", "%255Cn", "\n"],
  ["a form", "%2B", "+"],
  ["a form in a form", "%252f", "/"],
  ["XML, a number", "&#43;", "+"],
  ["XML, with zeros", "&#00047;", "/"],
  ["XML, hexadecimal", "&#x2F;", "/"],
  ["XML in XML", "&amp;#10;", "\n"],
  ["HTML", "&plus;", "+"],
  ["a line of JSON", "\\n", "\n"],
  ["a carriage return of XML", "&#13;", "\r"],
];

describe.each(escapes)("%s: %s", (_, escape, character) => {
  test("is read", () => {
    expect(readEscapes(`AA${escape}BB`)).toBe(`AA${character}BB`);
  });
  test("is known by its beginning", () => {
    expect(endOfEscape(`AA${escape}BB`, 2)).toBe(2 + escape.length);
  });
});

test.each([
  ["a quote", '\\"'],
  ["another character", "%41"],
  ["an entity of something else", "&lt;"],
  ["no escape", "AAAA"],
  ["cut off", "%2"],
  ["ten levels", `%${"25".repeat(9)}2f`],
])("%s is none", (_, text) => {
  expect(endOfEscape(text, 0)).toBe(-1);
});

test.each([
  ["a line", "\nAA", 0, -1],
  ["a line behind a blank", " \nAA", 0, 2],
  ["an indentation", "\n  AA", 1, 3],
  ["blanks within a line", "A  A", 1, -1],
  ["a soft end of a line in mails", "=\r\nAA", 0, 3],
  ["a line that goes on behind a backslash", "\\\n  AA", 0, 4],
  ["an escaped line, indented", "\\n  AA", 0, 4],
  ["an escaped line with a tab", "\\n\\tAA", 0, 4],
  ["a solidus with blanks", "\\/  AA", 0, 2],
])("ends of lines: %s", (_, text, at, end) => {
  expect(endOfEscape(text, at)).toBe(end);
});

test.each([
  ["one character", "x\\/", 3, 2],
  ["an entity", "AA&#43;", 7, 2],
  ["a semicolon alone", "AA;", 3, 2],
  ["blanks behind a line", "AA\n  B", 5, 3],
  ["a soft end of a line", "AA=\nB", 3, 2],
  ["blanks behind an escaped line", "AA\\n  B", 6, 2],
  ["blanks behind a word", "word  B", 6, -1],
])("where it begins: %s", (_, text, end, start) => {
  expect(beforeEscape(text, end)).toBe(start);
});

test.each([
  ["a character", "ab", 1],
  ["a quote", '\\"A', 2],
  ["a quote as JSON may have it", "\\u0022A", 6],
  ["an escaped backslash, and what it is before", '\\\\"A', 3],
  ["percent-encoded", "%22A", 3],
  ["a percent sign alone", "%zz", 1],
])("what else is escaped: %s", (_, text, end) => {
  expect(endOfAnyEscape(text, 0)).toBe(end);
});

test.each([
  ["\\/", 0],
  ["%2f", 1],
  ["%252f", 2],
  ["%25252f", 3],
])("%s is percent-encoded %d times", (escape, count) => {
  expect(percentsIn(escape)).toBe(count);
});
