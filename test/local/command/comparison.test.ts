import { expect, test } from "@jest/globals";
import { compareExplanations } from "../../../local/command/comparison.ts";
import type { Explanation } from "../../../local/command/explanation.ts";
import type { Field, Taking } from "../../../local/command/field.ts";

type Change = Partial<Taking>;

const field = (start: number, end: number, takenBy: readonly Change[], path = "$.a"): Field => ({
  place: "body",
  source: "body",
  path,
  kind: "string",
  start,
  end,
  length: end - start,
  clear: undefined,
  takenBy: takenBy.map((taking) => ({
    rule: "r",
    selector: "$.a",
    by: "selector",
    extent: "whole",
    recipient: "01",
    token: "direct",
    also: [],
    start,
    end,
    ...taking,
  })),
});
const explain = (fields: readonly Field[], outcome: Explanation["outcome"] = "protected"): Explanation => ({
  outcome,
  rules: [],
  refusal: undefined,
  unreadable: undefined,
  fields,
});
const refused = (code: "body_malformed" | "too_deep"): Explanation => ({
  ...explain([], "refused"),
  refusal: { code, status: 400, reason: "", rule: undefined, offset: undefined },
});

test.each<[why: string, before: Explanation, after: Explanation, kinds: readonly string[]]>([
  ["nothing", explain([field(0, 9, [{}])]), explain([field(0, 9, [{}])]), []],
  ["a field in clear", explain([field(0, 9, [{}])]), explain([field(0, 9, [])]), ["lost"]],
  ["a field in a token", explain([field(0, 9, [])]), explain([field(0, 9, [{}])]), ["gained"]],
  ["a part in clear", explain([field(0, 9, [{}])]), explain([field(0, 9, [{ start: 1, end: 9 }])]), ["lost"]],
  [
    "two parts that meet, of a whole",
    explain([field(0, 9, [{}])]),
    explain([field(0, 9, [{ end: 4 }, { start: 4 }])]),
    [],
  ],
  ["other parts", explain([field(0, 9, [{ end: 4 }])]), explain([field(0, 9, [{ start: 5 }])]), ["lost", "gained"]],
  ["an empty value in clear", explain([field(3, 3, [{}])]), explain([field(3, 3, [])]), ["lost"]],
  ["another recipient", explain([field(0, 9, [{}])]), explain([field(0, 9, [{ recipient: "02" }])]), ["recipient"]],
  ["another kind of token", explain([field(0, 9, [{}])]), explain([field(0, 9, [{ token: "sealed" }])]), ["token"]],
  ["a field of a larger one", explain([field(2, 4, [{}])]), explain([field(0, 9, [{}])]), ["gained"]],
  ["a field that only the first has", explain([field(0, 9, [{}])]), explain([]), ["lost"]],
  ["a refusal", explain([field(0, 9, [{}])]), refused("too_deep"), ["refused"]],
  ["an acceptance", refused("too_deep"), explain([]), ["accepted"]],
  ["an acceptance of all in clear", refused("too_deep"), explain([], "unchanged"), ["accepted", "lost"]],
  ["another refusal", refused("too_deep"), refused("body_malformed"), ["code"]],
  ["the same refusal", refused("too_deep"), refused("too_deep"), []],
])("%s", (_, before, after, kinds) => {
  expect(compareExplanations(before, after).map(({ kind }) => kind)).toEqual(kinds);
});

test("a change says what was before and what is after", () => {
  const [change] = compareExplanations(
    explain([field(0, 9, [{ extent: "part", by: "detector", selector: "email" }])]),
    explain([field(0, 9, [])]),
  );
  expect(change).toEqual({
    kind: "lost",
    place: "body",
    path: "$.a",
    before: "a part of it: direct token for 01 (rule r, detector email)",
    after: "in clear",
  });
});
