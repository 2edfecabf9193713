import { describe, expect, test } from "@jest/globals";
import { ConfigValue, isRecord } from "../../../core/config/config-value.ts";
import type { Issue } from "../../../core/config/issue.ts";

const read = (value: unknown): ConfigValue => new ConfigValue(value, "$", "policy_invalid");

describe("refuses", () => {
  test.each<readonly [string, (value: ConfigValue) => unknown, unknown, string]>([
    ["a text", (value) => value.text(), "", "Expected a string that is not empty."],
    ["a flag", (value) => value.flag(), "true", "Expected true or false."],
    ["an integer", (value) => value.integer(1, 5), 6, "Expected a whole number from 1 to 5."],
    ["half an integer", (value) => value.integer(1, 5), 1.5, "Expected a whole number from 1 to 5"],
    ["a choice", (value) => value.choice("json", "xml"), "jsn", 'Expected one of json, xml. Did you mean "json"?'],
    ["a reference", (value) => value.reference("rule", ["a"]), "b", 'Unknown rule "b". Did you mean "a"? Known: a.'],
    ["a reference among nameless", (value) => value.reference("rule", ["", "c"]), "b", "Known: c."],
    ["a reference to nothing", (value) => value.reference("rule", []), "b", "No rule is defined."],
    ["a list", (value) => value.items(), {}, "Expected a list."],
    ["a short list", (value) => value.items(2), [1], "Expected at least 2 items."],
    [
      "a repetition",
      (value) => value.items(),
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      "This repeats $[0].",
    ],
    ["a missing member", (value) => value.member("a"), {}, 'The setting "a" is missing.'],
    ["a member of a list", (value) => value.optional("a"), [], "Expected an object."],
    ["another setting", (value) => value.allow("label"), { lable: 1 }, 'Did you mean "label"? Allowed: label.'],
  ])("%s", (_why, method, value, reason) => expect(() => method(read(value))).toThrow(reason));
});

test("reads", () => {
  const value = read({ t: "x", f: false, n: 5, l: ["a"], __proto__: null });
  expect(value.member("t").text()).toBe("x");
  expect(value.member("f").flag()).toBe(false);
  expect(value.member("n").integer(1, 5)).toBe(5);
  expect(value.member("l").items(1)[0]?.choice("a", "b")).toBe("a");
  expect(value.optional("constructor")).toBeUndefined();
  expect(value.member("l").items()[0]?.place).toBe("$.l[0]");
});

test("collects mistakes, each once, and goes on", () => {
  const issues: Issue[] = [];
  const value = new ConfigValue({ a: 1 }, "$", "policy_invalid", issues);
  expect(value.attempt(() => value.member("a").text())).toBeUndefined();
  expect(value.attempt(() => value.member("a").text())).toBeUndefined();
  value.member("a").warn("Odd.");
  expect(value.isRefused).toBe(false);
  expect(value.member("a").isRefused).toBe(true);
  expect(issues).toEqual([
    { severity: "error", code: "policy_invalid", place: "$.a", reason: "Expected a string that is not empty." },
    { severity: "warning", code: "policy_invalid", place: "$.a", reason: "Odd." },
  ]);
  expect(() =>
    value.attempt(() => {
      throw new TypeError("a mistake of the program");
    }),
  ).toThrow(TypeError);
});

test.each([
  [{}, true],
  [[], false],
  [null, false],
  ["a", false],
])("%j is a record: %p", (value, is) => expect(isRecord(value)).toBe(is));
