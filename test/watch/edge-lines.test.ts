import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { createCounter, dimensionOf } from "../../watch/edge-lines.ts";

const line = (facts: object): string => JSON.stringify({ _aws: { Timestamp: 1 }, ...facts });
const recordOf = (
  messageType: string,
  messages: readonly string[],
  logGroup = "/aws/lambda/us-east-1.fieldseal-test-edge",
): object => ({
  kinesis: {
    data: gzipSync(
      JSON.stringify({ messageType, logGroup, logEvents: messages.map((message) => ({ message })) }),
    ).toString("base64"),
  },
});

async function count(...records: readonly object[]) {
  const written: string[] = [];
  await createCounter("Fieldseal/test/edge", (text) => written.push(text))({ Records: records });
  const metrics = written.filter((text) => text.includes("CloudWatchMetrics")).map((text) => JSON.parse(text));
  return { lines: written.filter((text) => !text.includes("CloudWatchMetrics")), metrics };
}

test("requests, refusals, errors and failures, and each selector's asking and finding", async () => {
  const { lines, metrics } = await count(
    recordOf("CONTROL_MESSAGE", ["CWL CONTROL MESSAGE"]),
    recordOf("DATA_MESSAGE", [
      line({ outcome: "protected", code: "none", matches: { people: { "$[*].ssn": 3, "$[*].dob": 0 } } }),
      line({ outcome: "unchanged", code: "none", matches: { people: { "$[*].ssn": 0, "$[*].dob": 0 } } }),
    ]),
    recordOf("DATA_MESSAGE", [
      line({ outcome: "refused", code: "internal_error" }),
      line({ outcome: "refused", code: "body_malformed" }),
      "2026-11-24T00:00:00Z id Task timed out after 30.00 seconds\n",
      "START RequestId: id",
      "{ not json",
    ]),
  );
  expect(metrics[0]).toMatchObject({ requests: 4, refused: 2, internalErrors: 1, functionFailures: 1 });
  expect(metrics[0]._aws.CloudWatchMetrics[0]).toMatchObject({ Namespace: "Fieldseal/test/edge", Dimensions: [[]] });
  expect(metrics.slice(1).map(({ rule, selector, asked, found }) => ({ rule, selector, asked, found }))).toEqual([
    { rule: "people", selector: "$[*].ssn", asked: 2, found: 1 },
    { rule: "people", selector: "$[*].dob", asked: 2, found: 0 },
  ]);
  expect(lines).toHaveLength(7);
  expect(lines.join()).not.toContain("_aws");
});

test("lines behind the prefix of console lines count too, and their metrics do not count twice", async () => {
  const { lines, metrics } = await count(
    recordOf("DATA_MESSAGE", [
      `2026-11-24T00:00:00.000Z\tid-1\tINFO\t${line({ outcome: "protected", matches: { r: { "$.a": 1 } } })}\n`,
    ]),
  );
  expect(metrics).toMatchObject([{ requests: 1 }, { rule: "r", selector: "$.a", asked: 1, found: 1 }]);
  expect(lines).toEqual(['{"outcome":"protected","matches":{"r":{"$.a":1}}}']);
});

test("what CloudFront could not take is no request, whatever stands in it", async () => {
  const { metrics } = await count(
    recordOf(
      "DATA_MESSAGE",
      ["The Lambda function result failed validation", line({ outcome: "refused" })],
      "/aws/cloudfront/LambdaEdge/E1",
    ),
    recordOf("DATA_MESSAGE", [line({ outcome: "refused" })]),
  );
  expect(metrics).toMatchObject([{ requests: 1, refused: 1, invalidResults: 2 }]);
});

test.each([
  { name: "$[*].ssn", dimension: "$[*].ssn" },
  { name: "$['straße']", dimension: "$['stra\\u00dfe']" },
  { name: ":a", dimension: "\\u003aa" },
  { name: "a\nb", dimension: "a\\u000ab" },
])("$name as a dimension", ({ name, dimension }) => {
  expect(dimensionOf(name)).toBe(dimension);
});

test("long dimensions are cut and stay different", () => {
  const [a, b] = ["a", "b"].map((last) => dimensionOf(`${"x".repeat(2_000)}${last}`));
  expect(a).toMatch(/^.{1,1024}$/);
  expect(a).not.toBe(b);
});

test("an empty batch says nothing", async () => {
  expect(await count()).toEqual({ lines: [], metrics: [] });
});
