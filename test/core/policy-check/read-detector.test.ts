import { expect, test } from "@jest/globals";
import { ConfigValue } from "../../../core/config/config-value.ts";
import { parseDetector, parseExempt } from "../../../core/policy-check/read-detector.ts";

const parse = (value: unknown): unknown => parseDetector(new ConfigValue(value, "$.detect[0]"), ["card", "email"]);
const defaults = { confidence: "low", allow: [], context: [], needsContext: false, exempt: [] };

test.each([
  ["card", { ...defaults, detector: "card" }],
  [
    { detector: "email", allow: ["a@b"] },
    { ...defaults, detector: "email", allow: ["a@b"] },
  ],
  [
    { detector: "card", confidence: "high", context: ["pan"], needsContext: true },
    { ...defaults, detector: "card", confidence: "high", context: ["pan"], needsContext: true },
  ],
])("%j", (value, use) => expect(parse(value)).toEqual(use));

test.each([
  ["crad", 'Did you mean "card"?'],
  [{ detector: "card", alow: [] }, 'Did you mean "allow"?'],
  [{ detector: "card", confidence: "sure" }, "low, medium, high"],
  [{}, '"detector" is missing'],
])("%j is refused: %s", (value, reason) => expect(() => parse(value)).toThrow(reason));

test("exempt names are patterns; empty without the setting", () => {
  expect(parseExempt(new ConfigValue({ exempt: ["a.b"] }, "$"))).toEqual([
    { components: [["a"], ["b"]], whole: ["a.b"] },
  ]);
  expect(parseExempt(new ConfigValue({}, "$"))).toEqual([]);
});
