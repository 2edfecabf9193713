import { describe, expect, test } from "@jest/globals";
import { formats } from "../../../core/rule/formats.ts";
import { detectsIn, needsFormat, readsBodies, readsFormat, readsParts } from "../../../core/rule/scope.ts";
import { makePolicy } from "../../support/edge.ts";

const ruleOf = (settings: object) => {
  const [rule] = makePolicy([settings]).rules;
  if (rule === undefined) throw new TypeError("there is no rule");
  return rule;
};

const inside = { body: [{ select: "$.p", inside: ["$.a"] }] };

test.each<[why: string, settings: object, read: readonly string[]]>([
  ["JSONPath", { body: ["$.a"] }, ["json", "ndjson", "multipart"]],
  ["JSONPath in strings only", inside, ["json", "ndjson", "multipart"]],
  ["paths of elements", { xml: ["//a"] }, ["multipart", "xml"]],
  ["JSONPath and paths of elements", { body: ["$.a"], xml: ["//a"] }, ["json", "ndjson", "multipart", "xml"]],
  ["names of fields", { fields: ["a"] }, ["json", "ndjson", "form", "multipart", "xml", "csv"]],
  ["detectors", { detect: ["email"] }, [...formats]],
  ["detectors elsewhere", { detect: ["email"], detectIn: ["query"] }, []],
  ["a query's names", { query: ["a"] }, []],
])("bodies that %s look into", (_, settings, read) => {
  const rule = ruleOf(settings);
  expect(formats.filter((format) => readsFormat(rule, format))).toEqual(read);
  expect(readsBodies(rule)).toBe(read.length > 0);
});

test("a rule needs the format that it reads all bodies in", () => {
  const rule = ruleOf({ fields: ["a"], format: "csv" });
  expect(needsFormat(rule, "csv")).toBe(true);
  expect(needsFormat({ ...rule, fields: [], format: "text" }, "text")).toBe(true);
  expect(needsFormat({ ...rule, fields: [] }, "json")).toBe(false);
});

describe("parts of a request", () => {
  const rule = ruleOf({ detect: ["email"], detectIn: ["query", "cookies"] });

  test.each([
    ["query", true],
    ["cookies", true],
    ["headers", false],
    ["body", false],
  ] as const)("detectors look into %s: %p", (part, expected) => {
    expect(detectsIn(rule, part)).toBe(expected);
  });

  test("without detectors, no part is inspected", () => {
    expect(detectsIn({ ...rule, detectors: [] }, "query")).toBe(false);
  });
});

test.each<[settings: object, expected: boolean]>([
  [{ fields: ["a"] }, true],
  [{ detect: ["email"] }, true],
  [{ detect: ["email"], detectIn: ["path"], body: ["$.a"] }, false],
  [{ body: ["$.a"], xml: ["//a"] }, false],
])("a rule of %j can protect every part of a form: %p", (settings, expected) => {
  expect(readsParts(ruleOf(settings))).toBe(expected);
});
