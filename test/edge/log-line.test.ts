import { describe, expect, test } from "@jest/globals";
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
