import { describe, expect, test } from "@jest/globals";
import { planText, type RequestText } from "../../edge/plan-text.ts";
import { makePolicy } from "../support/edge.ts";

const policy = makePolicy([{ detect: ["us-ssn"], detectIn: ["query", "body"] }]);
const source = "078-05-1120";

function plan(text: Partial<RequestText>) {
  const node = { start: 0, end: source.length, text: source, at: (offset: number) => offset, encode: String };
  const read = () => ({ findings: [], nodes: () => [{ ...node, divisible: true }] });
  const whole = { source, place: "body" as const, rules: policy.rules, acceptTokens: false, read, ...text };
  return planText(whole, policy, { remaining: 1_000 });
}

describe("one text of a request", () => {
  test.each([
    ["body", 1],
    ["query", 1],
    ["headers", 0],
  ] as const)("detectors look into the part that their rule names: %s", (place, count) => {
    expect(plan({ place }).findings).toHaveLength(count);
  });

  test("no rule, no detector", () => {
    expect(plan({ rules: [] }).findings).toEqual([]);
  });

  test("a marker is refused before the text is read", () => {
    const read = () => {
      throw new Error("read");
    };
    expect(() => plan({ source: "#01#", read })).toThrow(expect.objectContaining({ code: "marker_in_input" }));
    expect(() => plan({ source: "#01#", read, acceptTokens: true })).toThrow("read");
  });
});
