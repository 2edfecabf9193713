import { expect, test } from "@jest/globals";
import {
  bodyMethods,
  cloudFrontMethods,
  defaultLimits,
  highestLimits,
  limitSettings,
  ruleSettings,
} from "../../../core/policy-check/settings.ts";

test.each(limitSettings)("the default of %s is within its bounds", (name) => {
  expect(defaultLimits[name]).toBeGreaterThanOrEqual(1);
  expect(defaultLimits[name]).toBeLessThanOrEqual(highestLimits[name]);
});

test("names are distinct, and methods with bodies are among CloudFront's", () => {
  expect(new Set(ruleSettings).size).toBe(ruleSettings.length);
  expect(cloudFrontMethods).toEqual(expect.arrayContaining([...bodyMethods]));
});
