import { describe, expect, test } from "@jest/globals";
import type { Rule } from "../../core/rule/rule.ts";
import { planBody } from "../../edge/body/plan.ts";
import { parseEvent } from "../../edge/event.ts";
import { listOutside } from "../../edge/report-outside.ts";
import { makeEvent, makePolicy } from "../support/edge.ts";

const policy = makePolicy([
  { name: "enforced", body: ["$.known"], detect: ["email"] },
  { name: "reporting", detect: ["us-ssn"] },
]);
const ssn = "078-05-1120";

function list(body: object, isReporting: (rule: Rule) => boolean = ({ name }) => name === "reporting", part = "body") {
  const request = parseEvent(makeEvent({ body: JSON.stringify(body) }));
  const planned = planBody(request, policy.rules, policy, { remaining: 1_000_000 });
  return planned === undefined ? {} : listOutside([{ part, plan: planned.plan }], isReporting, policy.rules);
}

describe("findings outside of a policy", () => {
  test.each<readonly [why: string, body: object, outside: object | undefined]>([
    ["in one field", { a: ssn }, { "body:a": { "us-ssn": 1 } }],
    ["in fields of one path", { a: { b: [ssn, ssn] } }, { "body:a.b": { "us-ssn": 2 } }],
    ["not in a field that a selector covers", { known: ssn }, undefined],
    ["not by detectors of a rule that is enforced", { a: "a@b.co" }, undefined],
    ["under a name that looks like a value", { [`x ${ssn}`]: { c: ssn } }, { "body:*.c": { "us-ssn": 1 } }],
  ])("%s", (_, body, outside) => {
    const { outside: listed } = list(body);
    if (outside === undefined) expect(listed).toBeUndefined();
    else expect(listed).toMatchObject(outside);
  });

  test("none where no rule reports", () => {
    expect(list({ a: ssn }, () => false)).toEqual({});
  });

  test("a path has no names of its own: they would be values", () => {
    expect(list({ a: ssn }, undefined, "path")).toEqual({ outside: { path: { "us-ssn": 1 } } });
  });

  test("twenty paths at most; the rest is counted", () => {
    const many = Object.fromEntries(
      Array.from({ length: 23 }, (_, index) => [`f${"abcdefghijklmnopqrstuvw"[index]}`, ssn]),
    );
    const { outside, outsideMore } = list(many);
    expect([Object.keys(outside ?? {}).length, outsideMore]).toEqual([20, 3]);
  });
});
