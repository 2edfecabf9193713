import { describe, expect, test } from "@jest/globals";
import { listTexts, readSource, replaceFound } from "../../support/codec.ts";

const rule = { fields: ["ssn", "person.dob"] };

test.each<[why: string, source: string, expected: string]>([
  ["a value", "a=1&ssn=078-05-1120", "a=1&ssn=T"],
  ["every one of a name", "ssn=1&ssn=2", "ssn=T&ssn=T"],
  ["an empty value", "ssn=&a=1", "ssn=T&a=1"],
  ["a name without a value", "ssn&a=1", "ssn&a=1"],
  ["an escaped name", "%73sn=1", "%73sn=T"],
  ["a name that some decode twice", "%2573sn=1", "%2573sn=T"],
  ["a question mark that URLSearchParams leaves out", "?ssn=1", "?ssn=T"],
  ["in brackets", "person[dob]=1", "person[dob]=T"],
  ["after a semicolon", "a=1;ssn=2", "body_ambiguous@0"],
  ["after a semicolon of a later pair", "a=1&b=1;ssn=2", "body_ambiguous@4"],
  ["after a second semicolon", "a=1;b;ssn", "body_ambiguous@0"],
  ["a semicolon in another pair", "a=1;b=2&ssn=1", "a=1;b=2&ssn=T"],
  ["a semicolon in its own value", "ssn=1;b=2", "ssn=T"],
  ["after an empty pair", "&&ssn=1", "&&ssn=T"],
  ["some question marks", "??ssn=1", "??ssn=T"],
  ["a question mark after a byte order mark", "\ufeff?ssn=1", "\ufeff?ssn=T"],
  ["a question mark of a later pair", "a=1&?ssn=1", "a=1&?ssn=1"],
  ["half an escape in the value of an empty name", "=%4", "body_malformed@1"],
  ["half an escape in a name without a value", "a&%4", "body_malformed@2"],
  ["the last control character in a name", "s%1f=1", "body_ambiguous@0"],
  ["a blank in a name", "s%20=1", "s%20=1"],
  ["a semicolon before another name", "b=1&a=1;c=2", "b=1&a=1;c=2"],
  ["an equals sign within brackets", "x=1&person[a=b][dob]=1", "x=1&person[a=b][dob]=1"],
  ["]= after an equals sign, for qs", "ssn[=x]=1", "body_ambiguous@0"],
  ["half an escape", "a=1&ssn=%4", "body_malformed@8"],
  ["half an escape elsewhere", "ssn=1&a=%4", "body_malformed@8"],
  ["bytes that are not UTF-8", "ssn=%ff", "body_not_utf8@4"],
  ["a control character in a name", "a=1&s%00=1", "body_ambiguous@4"],
])("%s", (_, source, expected) => {
  expect(replaceFound("form", source, { rule })).toBe(expected);
});

test.each([
  ["full+name=1", "full+name=T", "in a name"],
  ["a=1;full+name=2", "body_ambiguous@0", "after a semicolon"],
  ["full+name[=x]=1", "body_ambiguous@0", "before ]="],
])("a plus sign is a space: %s gives %s, %s", (source, expected) => {
  expect(replaceFound("form", source, { rule: { fields: ["full name"] } })).toBe(expected);
});

test.each([
  ["ssn[=x]=1", "body_ambiguous@0", "first"],
  ["a=1&ssn[=x]=1", "body_ambiguous@4", "later"],
  ["a=1&ssn[=x%5D=1", "body_ambiguous@4", "escaped"],
  ["a=1&ssn[=x", "a=1&ssn[=x", "not closed"],
  ["a[b]=1&ssn]&=x]", "a[b]=1&ssn]&=x]", "in another pair"],
])("a name that ends at ]=: %s gives %s, %s", (source, expected) => {
  expect(replaceFound("form", source, { rule: { fields: ["ssn.=x"] } })).toBe(expected);
});

test("without rules nothing is found", () => {
  expect(readSource("form", "ssn=1").findings).toEqual([]);
});

test.each([
  ["a=1&b=2", 2, "a step a name"],
  ["a[b]=1", 4, "each reading of a name by its parts"],
  ["a=1;b=2", 2, "what a semicolon separates"],
  ["a&b=2", 1, "no name without a value"],
])("%s takes %i steps a pattern: %s", (source, steps) => {
  const budget = { remaining: 100 };
  readSource("form", source, { rule: { fields: ["x", "y"] }, context: { budget } });
  expect(budget.remaining).toBe(100 - 2 * steps);
});

test("a token is percent-encoded", () => {
  expect(replaceFound("form", "ssn=1", { rule }, "#01#+/=")).toBe("ssn=%2301%23%2B%2F%3D");
});

describe("nodes", () => {
  test("are names and values, decoded", () => {
    expect(listTexts("form", "a+b=c%26d&&e")).toEqual(["a b", "c&d", "e"]);
  });

  test("of empty names and values", () => {
    expect(listTexts("form", "=c+d&e=&f")).toEqual(["", "c d", "e", "", "f"]);
  });

  test("have the names of their field", () => {
    const [, value] = readSource("form", "person[dob]=1").nodes();
    expect([0, 1, 2].map((level) => value?.nameAt?.(level))).toEqual(["dob", "person", undefined]);
  });
});
