/**
 * The alarms on selectors, from requests through the edge and the counter to the expressions of the synthesised alarms.
 */
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { addWatchStack } from "../../infra/watch-stack.ts";
import { createCounter } from "../../watch/edge-lines.ts";
import { callEdge, compileTestPolicy, makeEvent, makePolicy } from "../support/edge.ts";
import { bundlesDir, policyWithKeys, resourcesOf, settingsWith, synthesise } from "../support/stage.ts";

const rules = [
  { name: "people", body: ["$.ssn"], query: ["email"], detect: ["card"] },
  { name: "tried", mode: "report", body: ["$.dob"] },
];

interface MatchAlarm {
  readonly selector: string;
  readonly comparison: string;
  readonly expression: string;
}

let alarms: readonly MatchAlarm[];
beforeAll(() => {
  const stage = synthesise(
    {},
    policyWithKeys(
      ["1", "2"],
      undefined,
      rules.map((rule) => ({ path: "/people", recipient: "01", ...rule })),
    ),
  );
  alarms = resourcesOf(stage, "AWS::CloudWatch::Alarm").flatMap(
    ({ Properties: { Metrics, ComparisonOperator } }): MatchAlarm[] => {
      const metrics = (Metrics ?? []) as readonly {
        Expression?: string;
        MetricStat?: { Metric: { Dimensions?: { Name: string; Value: string }[] } };
      }[];
      const selector = metrics
        .flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? [])
        .find(({ Name }) => Name === "selector")?.Value;
      const expression = metrics
        .flatMap(({ Expression = "" }) => (Expression.includes("asked") ? [Expression] : []))
        .at(0);
      return selector === undefined || expression === undefined
        ? []
        : [{ selector, expression, comparison: String(ComparisonOperator) }];
    },
  );
});

/** The value of an hour; `undefined` where there is no data point. */
function evaluate(
  expression: string,
  counts: { readonly asked: number; readonly found: number } | undefined,
): number | undefined {
  if (counts === undefined) return undefined;
  const [, condition = "", yes = "", no = "undefined"] =
    /^IF\(([^,]+), ([^,]+)(?:, ([^,]+))?\)$/.exec(expression) ?? [];
  return runInNewContext(`(${condition.replace("AND", "&&")}) ? ${yes} : ${no}`, { ...counts }) as number | undefined;
}

/** What an hour of requests comes to for a selector. */
async function countHour(
  selector: string,
  requests: readonly Parameters<typeof makeEvent>[0][],
): Promise<{ asked: number; found: number } | undefined> {
  const policy = makePolicy(rules);
  const messages: string[] = [];
  for (const parts of requests) messages.push(...(await callEdge(policy, makeEvent(parts))).lines);
  const written: string[] = [];
  const data = gzipSync(
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      logGroup: "/aws/lambda/us-east-1.edge",
      logEvents: messages.map((message) => ({ message })),
    }),
  );
  await createCounter("n", (line) => written.push(line))({ Records: [{ kinesis: { data: data.toString("base64") } }] });
  return written.map((line) => JSON.parse(line)).find((line) => line._aws !== undefined && line.selector === selector);
}

const many = (count: number, parts: Parameters<typeof makeEvent>[0]): Parameters<typeof makeEvent>[0][] =>
  Array.from({ length: count }, () => parts);
const alarmsOf = (selector: string): { readonly rate: string; readonly none: string } => {
  const find = (comparison: string): string =>
    alarms.find((alarm) => alarm.selector === selector && alarm.comparison === comparison)?.expression ?? "";
  return { rate: find("LessThanLowerThreshold"), none: find("GreaterThanOrEqualToThreshold") };
};

test("two alarms for each selector of a field, none for detectors and rules that only report", () => {
  expect(
    compileTestPolicy(rules)
      .rules.flatMap(({ selectors }) => selectors.map(({ text }) => text))
      .sort(),
  ).toEqual(["$.dob", "$.ssn", "card", "email"]);
  expect(alarms.map(({ selector }) => selector).sort()).toEqual(["$.ssn", "$.ssn", "email", "email"]);
});

test("hundreds of selectors are watched too, in templates of their own", () => {
  const fields = Array.from({ length: 201 }, (_, index) => `field-${index}`);
  const policy = policyWithKeys(["1", "2"], undefined, [{ name: "people", path: "/people", recipient: "01", fields }]);
  const template = Template.fromStack(addWatchStack(new App(), { settings: settingsWith({}), policy, bundlesDir }));
  template.resourceCountIs("AWS::CloudFormation::Stack", 1);
  expect(
    Object.keys(template.findResources("AWS::CloudWatch::Alarm")).filter((id) => id.startsWith("EdgeSelectorsNoMatch")),
  ).toHaveLength(200);
}, 60_000);

describe("a field in the body", () => {
  const withField = { body: '{"ssn":"1"}' };
  const renamed = { body: '{"socialSecurityNumber":"1"}' };
  test.each([
    { hour: "as ever", requests: () => many(30, withField), rate: 100, none: 0 },
    {
      hour: "some clients renamed it",
      requests: () => [...many(15, withField), ...many(15, renamed)],
      rate: 50,
      none: 0,
    },
    { hour: "all clients renamed it", requests: () => many(30, renamed), rate: 0, none: 1 },
    {
      hour: "all renamed, and others read",
      requests: () => [...many(30, renamed), ...many(200, { method: "GET" })],
      rate: 0,
      none: 1,
    },
    {
      hour: "as ever, and others read",
      requests: () => [...many(30, withField), ...many(200, { method: "GET" })],
      rate: 100,
      none: 0,
    },
    { hour: "few requests", requests: () => many(5, renamed), rate: undefined, none: 0 },
    { hour: "only reading", requests: () => many(200, { method: "GET" }), rate: undefined, none: undefined },
    { hour: "no traffic", requests: () => [], rate: undefined, none: undefined },
  ])("$hour", async ({ requests, rate, none }) => {
    const counts = await countHour("$.ssn", requests());
    const expressions = alarmsOf("$.ssn");
    expect({ rate: evaluate(expressions.rate, counts), none: evaluate(expressions.none, counts) }).toEqual({
      rate,
      none,
    });
  });
});

test("a field in the query is asked for in requests without a body too", async () => {
  const counts = await countHour("email", many(30, { method: "GET", querystring: "mail=a" }));
  expect(evaluate(alarmsOf("email").none, counts)).toBe(1);
});
