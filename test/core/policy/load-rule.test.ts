import { describe, expect, test } from "@jest/globals";
import { email } from "../../../core/detectors/email.ts";
import { detection } from "../../../core/find/detection.ts";
import { loadRule, type RuleModules } from "../../../core/policy/load-rule.ts";
import { loadRfc9535 } from "../../../core/selector/jsonpath/rfc9535.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import { compileTestPolicy, keys } from "../../support/edge.ts";

const recipients = keys.map((key) => createRecipient(key, key.publicKeyPem));
const modules: RuleModules = { selectors: [loadRfc9535], detectors: [email], detection };
const compile = (settings: object) => {
  const [rule] = compileTestPolicy([settings]).rules;
  if (rule === undefined) throw new TypeError("there is no rule");
  return rule;
};

test("a rule gets its recipient, its methods, its selectors and its detectors", () => {
  const compiled = compile({
    recipient: "02",
    methods: ["POST"],
    body: ["$.a", { select: "$.p", inside: ["$.b"] }],
    detect: ["email"],
  });
  const rule = loadRule(compiled, recipients, modules);
  expect(rule.recipient).toBe(recipients[1]);
  expect(rule.methods).toEqual(new Set(["POST"]));
  expect(rule.json.selectors).toEqual([0]);
  expect(rule.json.inside.map(({ selection }) => selection.selectors)).toEqual([[1]]);
  expect(rule.detectors.map(({ use, selector }) => [use.detector, selector])).toEqual([[email, 2]]);
});

test("a rule without methods covers all", () => {
  expect(loadRule(compile({ fields: ["a"] }), recipients, modules).methods).toBeUndefined();
});

describe("a bundle that does not hold", () => {
  const { detection: _, ...withoutDetection } = modules;
  test.each<[what: string, settings: object, modules: RuleModules]>([
    ["dialect rfc9535", { body: ["$.a"] }, { ...modules, selectors: [() => undefined] }],
    ["detector card", { detect: ["card"], body: ["$.a"] }, modules],
    ["detector email", { detect: ["email"], body: ["$.a"] }, withoutDetection],
  ])("%s", (what, settings, given) => {
    expect(() => loadRule(compile(settings), recipients, given)).toThrow(
      expect.objectContaining({
        code: "policy_invalid",
        message: expect.stringContaining(`The bundle does not hold the ${what}.`),
      }),
    );
  });

  test("recipient 01", () => {
    expect(() => loadRule(compile({ body: ["$.a"] }), recipients.slice(1), modules)).toThrow(
      /not hold the recipient 01\./,
    );
  });
});
