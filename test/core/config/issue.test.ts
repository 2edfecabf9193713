import { expect, test } from "@jest/globals";
import {
  formatIssue,
  hasErrors,
  type Issue,
  issueOf,
  joinIssues,
  placeOf,
  withPlace,
} from "../../../core/config/issue.ts";
import { FieldsealError } from "../../../core/errors.ts";

const issue = (place: string, reason: string, severity: Issue["severity"] = "error"): Issue => ({
  severity,
  code: "policy_invalid",
  place,
  reason,
});

test.each([
  ["$", "rules", "$.rules"],
  ["$.rules", 0, "$.rules[0]"],
  ["$", "a b", '$["a b"]'],
  ["$", "", '$[""]'],
  ["$", "$schema", "$.$schema"],
])("the member %s %j is %s", (parent, name, place) => expect(placeOf(parent, name)).toBe(place));

test("an error becomes an issue, at its own place if it has one", () => {
  const error = new FieldsealError("policy_invalid", { place: "$.a", reason: "No.", offset: 3 });
  expect(issueOf(error, "$.b")).toEqual({ ...issue("$.a", "No."), offset: 3 });
  expect(issueOf(new FieldsealError("policy_invalid"), "$.b")).toEqual(issue("$.b", "The policy is not valid."));
});

test("errors are joined to one, warnings are left out", () => {
  const joined = joinIssues([
    issue("$.w", "Odd.", "warning"),
    issue("$.a", "No."),
    { ...issue("$.b", "Nor."), offset: 4 },
  ]);
  expect(joined?.message).toBe("The policy is not valid. (at $.a) No.\nat $.b, character 5: Nor.");
  expect(joinIssues([issue("$.w", "Odd.", "warning")])).toBeUndefined();
});

test("an issue in words", () => expect(formatIssue(issue("$.a", "No."))).toBe("at $.a: No."));

test("errors at a place or within it", () => {
  const issues = [issue("$.a[0].b", "No."), issue("$.c", "Odd.", "warning")];
  expect(["$", "$.a[0]", "$.a[0].b", "$.a[1]", "$.c"].map((place) => hasErrors(issues, place))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test("an error without a place gets one", () => {
  const fail = (facts: object) => (): never => {
    throw new FieldsealError("policy_invalid", facts);
  };
  expect(withPlace("$.a", () => 5)).toBe(5);
  expect(() => withPlace("$.a", fail({}))).toThrow("at $.a");
  expect(() => withPlace("$.a", fail({ place: "$.b" }))).toThrow("at $.b");
});
