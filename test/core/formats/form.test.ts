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
  ["behind a semicolon", "a=1;ssn=2", "body_ambiguous@0"],
  ["a semicolon before another name", "b=1&a=1;c=2", "b=1&a=1;c=2"],
  ["an equals sign within brackets", "x=1&person[a=b][dob]=1", "x=1&person[a=b][dob]=1"],
  ["]= behind an equals sign, to qs", "ssn[=x]=1", "body_ambiguous@0"],
  ["half an escape", "a=1&ssn=%4", "body_malformed@8"],
  ["half an escape elsewhere", "ssn=1&a=%4", "body_malformed@8"],
  ["bytes that are no UTF-8", "ssn=%ff", "body_not_utf8@4"],
  ["a control character in a name", "a=1&s%00=1", "body_ambiguous@4"],
])("%s", (_, source, expected) => {
  expect(replaceFound("form", source, { rule })).toBe(expected);
});

test("a token is percent-encoded", () => {
  expect(replaceFound("form", "ssn=1", { rule }, "#01#+/=")).toBe("ssn=%2301%23%2B%2F%3D");
});

describe("nodes", () => {
  test("are names and values, decoded", () => {
    expect(listTexts("form", "a+b=c%26d&&e")).toEqual(["a b", "c&d", "e"]);
  });

  test("have the names of their field", () => {
    const [, value] = readSource("form", "person[dob]=1").nodes();
    expect([0, 1, 2].map((level) => value?.nameAt?.(level))).toEqual(["dob", "person", undefined]);
  });
});
