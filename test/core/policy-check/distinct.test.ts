import { expect, test } from "@jest/globals";
import { ConfigValue } from "../../../core/config/config-value.ts";
import type { Issue } from "../../../core/config/issue.ts";
import { requireDistinct } from "../../../core/policy-check/distinct.ts";

test("reports each repetition at its place, with the first place", () => {
  const issues: Issue[] = [];
  const placed = ["a", "b", "a", "a"].map((value, index) => ({
    at: new ConfigValue(value, `$[${index}]`, "policy_invalid", issues),
    value,
  }));
  requireDistinct(placed, "id");
  expect(issues.map(({ place, reason }) => [place, reason])).toEqual([
    ["$[2]", 'The id "a" is already used at $[0].'],
    ["$[3]", 'The id "a" is already used at $[0].'],
  ]);
});
