/** Errors: their names, and what they say. */
import { expect, test } from "@jest/globals";
import { describeCode, type ErrorCode, type ErrorFacts, FieldsealError } from "../../core/errors.ts";

test.each<[code: ErrorCode, facts: ErrorFacts, message: string, why: string]>([
  ["too_deep", {}, "The body is nested too deeply.", "no facts"],
  ["too_deep", { offset: 0 }, "The body is nested too deeply. (offset 0)", "an offset"],
  ["field_missing", { rule: "a" }, "A required field is missing. (rule a)", "a rule"],
  ["policy_invalid", { place: "$.a", reason: "No." }, "The policy is not valid. (at $.a) No.", "place and reason"],
  ["policy_invalid", { reason: "No." }, "The policy is not valid. No.", "a reason alone"],
  [
    "rule_conflict",
    { offset: 7, rule: "a", place: "$" },
    "Two rules protect overlapping values for different recipients. (at $, rule a, offset 7)",
    "one order",
  ],
  ["kms_key_unusable", {}, "Kms key unusable.", "a code without a sentence"],
])("%s with %j: %s", (code, facts, message) => {
  const error = new FieldsealError(code, facts);
  expect(error).toMatchObject({ name: code, code, facts, message });
  expect(error).toBeInstanceOf(Error);
});

test("a code has the same sentence whatever the facts", () => {
  expect(describeCode("too_deep")).toBe("The body is nested too deeply.");
  expect(describeCode("token_invalid")).toBe("Token invalid.");
});
