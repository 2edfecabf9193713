import { expect, test } from "@jest/globals";
import { ConfigValue } from "../../../core/config/config-value.ts";
import { readPatterns } from "../../../core/policy-check/read-patterns.ts";

const read = (...items: readonly object[]): readonly unknown[] =>
  readPatterns(new ConfigValue(items, "$.patterns"), ["card"]);

test("a pattern with all settings; no patterns without the list", () => {
  expect(read({ name: "own", pattern: "a", checksum: "luhn", context: ["x"], needsContext: true })).toEqual([
    {
      name: "own",
      program: { steps: [{ op: "consume", set: 0 }, { op: "accept" }], sets: ["a"], ignoreCase: false },
      checksum: "luhn",
      context: ["x"],
      needsContext: true,
    },
  ]);
  expect(readPatterns(undefined, [])).toEqual([]);
});

test.each([
  [[{ name: "Own", pattern: "a" }], "a letter first"],
  [[{ name: "card", pattern: "a" }], "Another detector has the name"],
  [
    [
      { name: "own", pattern: "a" },
      { name: "own", pattern: "b" },
    ],
    "Another detector has the name",
  ],
  [[{ name: "own", pattern: "a", needsContext: true }], "needs context words"],
  [[{ name: "own", pattern: "(" }], "at $.patterns[0].pattern"],
])("%j is refused: %s", (items, reason) => expect(() => read(...items)).toThrow(reason));
