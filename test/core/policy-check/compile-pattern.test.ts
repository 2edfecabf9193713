import { expect, test } from "@jest/globals";
import { compilePattern } from "../../../core/policy-check/compile-pattern.ts";

test.each([
  ["syntax", "(a", "is malformed"],
  ["escape", "a\\-b", "is malformed"],
  ["backreference", "(a)\\1", "linear time"],
  ["lookahead over several", "a(?=bc)", "lookaround"],
  ["empty", "", "empty text"],
  ["can be empty", "a*", "empty text"],
  ["only assertions", "\\b", "empty text"],
  ["too large", "(?:a{1,100}){1,100}b", "too large"],
  ["longer than any match", "a{1001}", "matches only texts of more than 1000 characters"],
])("%s is refused: %s", (_why, pattern, reason) => {
  expect(() => compilePattern(pattern, false)).toThrow(reason);
});

test.each([
  ["ab", [{ op: "consume", set: 0 }, { op: "consume", set: 1 }, { op: "accept" }], ["a", "b"]],
  ["^a$", [{ op: "start" }, { op: "consume", set: 0 }, { op: "end" }, { op: "accept" }], ["a"]],
  ["a\\B", [{ op: "consume", set: 0 }, { op: "boundary", set: 1, negated: true }, { op: "accept" }], ["a", "\\w"]],
  [
    "(?<!a)b",
    [{ op: "look", behind: true, set: 0, negated: true }, { op: "consume", set: 1 }, { op: "accept" }],
    ["a", "b"],
  ],
])("%s is a program of plain data", (pattern, steps, sets) => {
  expect(JSON.parse(JSON.stringify(compilePattern(pattern, true)))).toEqual({ steps, sets, ignoreCase: true });
});
