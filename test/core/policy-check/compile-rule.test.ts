import { expect, test } from "@jest/globals";
import { draftRule, showIssues } from "../../support/rule-drafts.ts";

test("the smallest rule has all defaults", () => {
  const { draft, issues } = draftRule({ fields: ["a"] });
  expect(issues).toEqual([]);
  expect(draft.rule).toMatchObject({
    name: "0",
    mode: "enforce",
    methods: undefined,
    recipient: "01",
    token: "auto",
    label: undefined,
    contentKey: "request",
    tokens: "refuse",
    exempt: [],
    format: undefined,
    unreadable: "refuse",
  });
});

test("a rule with a label writes sealed tokens", () => {
  expect(draftRule({ fields: ["a"], label: "pan" }).draft.rule).toMatchObject({ token: "sealed", label: "pan" });
});

test.each([
  [{ label: "a b" }, "$.rules[0].label", "Expected 1 to 64 characters"],
  [{ token: "direct", label: "a" }, "$.rules[0].label", "Direct tokens have no label"],
  [{ recipient: "O1" }, "$.rules[0].recipient", 'Did you mean "01"?'],
  [{ path: "a" }, "$.rules[0].path", ""],
  [{ methods: ["post"] }, "$.rules[0].methods[0]", "in capitals"],
  [{ methods: ["PTACH"] }, "$.rules[0].methods[0]", "CloudFront does not accept the method PTACH"],
  [{ dialect: "jsonpath" }, "$.rules[0].dialect", 'Did you mean "jsonpath-plus"?'],
  [{ lable: "a" }, "$.rules[0].lable", 'Did you mean "label"?'],
])("%j: %s", (rule, place, reason) => {
  expect(draftRule({ fields: ["a"], ...rule }).issues).toEqual([
    expect.objectContaining({ severity: "error", place, reason: expect.stringContaining(reason) }),
  ]);
});

test("all mistakes of a rule are found", () => {
  expect(showIssues(draftRule({ token: "x", mode: "y", fields: [""] }).issues)).toHaveLength(3);
});
