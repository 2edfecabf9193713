/** Values of a template as texts and numbers: the checks quote any of them, and none may make a check throw. */
import { expect, test } from "@jest/globals";
import { numberOf, showValue } from "../../infra/deployment.ts";

test.each<readonly [why: string, value: unknown, text: string, number: number]>([
  ["a string of letters", "nodejs24.x", "nodejs24.x", NaN],
  ["a string of digits, as CloudFormation accepts it", "128", "128", 128],
  ["a number", 1_769, "1769", 1_769],
  ["a boolean", true, "true", 1],
  ["an absent value", undefined, "nothing", NaN],
  ["null", null, "null", 0],
  ["a reference", { Ref: "Size" }, '{"Ref":"Size"}', NaN],
  ["a list", [128], "[128]", NaN],
  ["an object with a toString that is not a function", { toString: [] }, '{"toString":[]}', NaN],
  ["such an object in a list", [{ toString: [] }], '[{"toString":[]}]', NaN],
])("%s has a text and a number", (_, value, text, number) => {
  expect([showValue(value), numberOf(value)]).toEqual([text, number]);
});
