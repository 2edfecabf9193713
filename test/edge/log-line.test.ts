import { describe, expect, test } from "@jest/globals";
import { FieldsealError } from "../../core/errors.ts";
import { parseEvent } from "../../edge/event.ts";
import { formatLine } from "../../edge/log-line.ts";
import { callEdge, makeEvent, makePolicy } from "../support/edge.ts";
import { secret } from "../support/protected-bodies.ts";

const body = `{"ssn":"${secret}","a":1.0}`;

function bytesOf(result: object): Buffer {
  const { data }: { readonly data?: unknown } = Object(Object(result).body);
  return Buffer.from(String(data), "base64");
}

describe("the log line", () => {
  test("is embedded metric format, with counts by selector", async () => {
    const counted = makePolicy([{ name: "r", body: ["$.ssn", "$.none"], detect: ["email"] }]);
    const text = `{"ssn":"${secret}","mail":"a@b.co"}`;
    const { lines, result } = await callEdge(counted, makeEvent({ body: text }));
    const line = JSON.parse(lines[0] ?? "");
    expect(line).toMatchObject({
      outcome: "protected",
      code: "none",
      requests: 1,
      tokens: 2,
      requestId: "request-id-1",
      rules: ["r"],
      matches: { r: { "$.ssn": 1, "$.none": 0, email: 1 } },
      bytesIn: text.length,
      bytesOut: bytesOf(result).length,
      durationMs: expect.any(Number),
    });
    const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
    expect(Namespace).toBe("Fieldseal");
    expect(line._aws.Timestamp).toBeGreaterThan(1.7e12);
    for (const name of Dimensions.flat()) expect(typeof line[name]).toBe("string");
    for (const { Name } of Metrics) expect(typeof line[Name]).toBe("number");
  });

  test("counts selectors that are spelt alike each for itself", async () => {
    const rules = [{ name: "r", fields: ["ssn"], query: ["ssn"], cookies: ["ssn"] }];
    const { lines } = await callEdge(makePolicy(rules), makeEvent({ body, querystring: "ssn=1&ssn=2" }));
    expect(JSON.parse(lines[0] ?? "")["matches"]).toEqual({ r: { ssn: 1, "ssn (2)": 2, "ssn (3)": 0 } });
  });
});

describe("a refusal's line", () => {
  const refusal = new FieldsealError("body_malformed", { rule: "r", offset: 7 });
  const format = (result: FieldsealError, request = parseEvent(makeEvent({ body: "abc" }))) =>
    JSON.parse(formatLine({ request, rules: [], durationMs: 1.23456, result, reports: [] }));

  test("names the code, the status and the place", () => {
    expect(format(refusal)).toMatchObject({
      outcome: "refused",
      code: "body_malformed",
      status: 400,
      rule: "r",
      offset: 7,
      tokens: 0,
      bytesIn: 3,
      bytesOut: 0,
      durationMs: 1.235,
    });
  });

  test("has no members that there is nothing to say for", () => {
    const line = format(new FieldsealError("internal_error"));
    expect(line).toMatchObject({ code: "internal_error", status: 500 });
    for (const name of ["rule", "offset", "matches", "reports"]) expect(line).not.toHaveProperty(name);
  });

  test("of an event that is none", () => {
    const facts = { request: undefined, rules: [], durationMs: 1, result: refusal, reports: [] };
    expect(JSON.parse(formatLine(facts))).toMatchObject({ outcome: "refused", bytesIn: 0, rules: [] });
    expect(JSON.parse(formatLine(facts))).not.toHaveProperty("requestId");
  });
});

test("the line of a request that goes on has no status, and reports where there are any", () => {
  const request = parseEvent(makeEvent({ body: "abc" }));
  const result = {
    request: request.original,
    outcome: "unchanged" as const,
    matches: new Map(),
    tokens: 0,
    bodyBytes: undefined,
    unreadable: "body_malformed" as const,
  };
  const report = { rules: ["r"], outcome: "passed" as const, tokens: 0, matches: {} };
  const line = JSON.parse(formatLine({ request, rules: [], durationMs: 1, result, reports: [report] }));
  expect(line).toMatchObject({ outcome: "unchanged", code: "body_malformed", bytesIn: 3, bytesOut: 3, matches: {} });
  expect(line["reports"]).toEqual([report]);
  expect(line).not.toHaveProperty("status");
});
