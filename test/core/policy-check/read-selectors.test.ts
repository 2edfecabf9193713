import { expect, test } from "@jest/globals";
import { ConfigValue } from "../../../core/config/config-value.ts";
import type { Issue } from "../../../core/config/issue.ts";
import { parseSelectors } from "../../../core/policy-check/read-selectors.ts";
import { rfc9535 } from "../../../core/selector/dialect.ts";

function parse(rule: object): ReturnType<typeof parseSelectors> & { readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const item = new ConfigValue({ path: "/a/{id}", ...rule }, "$.rules[0]", "policy_invalid", issues);
  return { ...parseSelectors(item, rfc9535, ["card"]), issues };
}

test("selectors are numbered through all lists", () => {
  const { selectors, json, fields, headers, segments, detectors, scopes, issues } = parse({
    body: ["$.a", { select: "$.t", inside: [{ select: "$.b", required: true }] }],
    fields: ["f"],
    headers: ["X-A"],
    segments: ["id"],
    detect: ["card"],
  });
  expect(issues).toEqual([]);
  expect(selectors).toEqual([
    { text: "$.a", part: "body" },
    { text: "$.b", part: "body", required: true },
    { text: "f", part: "body" },
    { text: "X-A", part: "request" },
    { text: "id", part: "request" },
    { text: "card", part: "body" },
  ]);
  expect(json.selectors).toEqual([0]);
  expect(json.inside.map(({ selection }) => selection.selectors)).toEqual([[1]]);
  expect([fields, headers, segments, detectors].map(([only]) => only?.selector)).toEqual([2, 3, 4, 5]);
  expect(headers[0]?.use).toEqual(["x-a"]);
  expect(segments[0]?.use).toBe(1);
  expect(scopes.map(({ list }) => list)).toEqual(["body", "body", "fields", "headers", "segments"]);
});

test("detectors look into bodies by default", () => {
  expect(parse({ detect: ["card"] }).detectIn).toEqual(["body"]);
  expect(parse({ detect: ["card"], detectIn: ["query"] }).detectIn).toEqual(["query"]);
});

test.each([
  [{ body: ["$["] }, "$.rules[0].body[0]", "expected"],
  [
    { body: [{ select: "$.t", inside: ["$.a"], required: true }] },
    "$.rules[0].body[0].required",
    "selectors in inside",
  ],
  [{ headers: ["b d"] }, "$.rules[0].headers[0]", "not a valid name of a header field"],
  [{ headers: ["Host"] }, "$.rules[0].headers[0]", "cannot be protected: CloudFront or HTTP needs it"],
  [{ headers: ["Cookie"] }, "$.rules[0].headers[0]", "cannot be protected: use cookies"],
  [{ segments: ["di"] }, "$.rules[0].segments[0]", 'Did you mean "id"?'],
  [{ fields: [] }, "$.rules[0].fields", "at least 1 item"],
])("%j: %s", (rule, place, reason) => {
  expect(parse(rule).issues).toEqual([expect.objectContaining({ place, reason: expect.stringContaining(reason) })]);
});
