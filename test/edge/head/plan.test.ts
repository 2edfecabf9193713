import { describe, expect, test } from "@jest/globals";
import { parseEvent } from "../../../edge/event.ts";
import { planHead } from "../../../edge/head/plan.ts";
import { type EventParts, makeEvent, makePolicy } from "../../support/edge.ts";

const token = `#01#${"A".repeat(342)}==#10#`;

function plan(rule: object, parts: EventParts) {
  const policy = makePolicy([rule]);
  return planHead(parseEvent(makeEvent(parts)), policy.rules, policy, { remaining: 1_000 });
}

describe("the plans for a head", () => {
  test("one for each part that a rule looks into; all tokens are sealed, whatever the rule says", () => {
    const plans = plan({ query: ["q"], headers: ["x-a"], fields: ["a"], token: "direct" }, { querystring: "q=1&q=2" });
    expect(plans.map(({ part }) => part)).toEqual([{ kind: "querystring" }]);
    expect(plans.flatMap(({ plan: { findings } }) => findings.map(({ sealed }) => sealed))).toEqual([true, true]);
  });

  test("what no rule looks into may be malformed", () => {
    expect(plan({ headers: ["x-a"] }, { querystring: "q=%zz", uri: "/people//" })).toEqual([]);
  });

  test("tokens do not come back in here, whatever the rule says", () => {
    const accepting = { query: ["q"], tokens: "accept" };
    const marker = expect.objectContaining({ code: "marker_in_input" });
    expect(() => plan(accepting, { querystring: `q=${token}` })).toThrow(marker);
  });
});
