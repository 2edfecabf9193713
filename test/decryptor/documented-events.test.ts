/** Events as AWS and Snowflake document them, and what else their services send: each answered by its contract. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Decryptor, makeDirect, makeSealed, openDecryptor, within } from "../support/decryptor.ts";
import { rest, version2 } from "../support/gateway-events.ts";

const secret = "canary-4111";
let decryptor: Decryptor;

beforeAll(async () => {
  decryptor = await openDecryptor();
});

afterAll(() => decryptor.close());

beforeEach(() => {
  decryptor.intercept = async () => undefined;
});

const token = (text = secret): string => makeDirect(decryptor.recipients[0], text);

const without = (event: object, ...names: readonly string[]): object =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)));
const base64 = (text: string | Buffer): string => Buffer.from(text as string).toString("base64");

describe("answers of more than 6 MB", () => {
  const filler = "x".repeat(6_300_000);
  const status = 413;
  test.each<{ readonly why: string; readonly event: () => object; readonly answer: object | string }>([
    {
      why: "HTTP",
      event: () => ({ ...version2, headers: {}, body: filler }),
      answer: { statusCode: status, body: expect.stringContaining("response_too_large") },
    },
    {
      why: "HTTP: what has to be escaped counts twice",
      event: () => ({ ...version2, headers: {}, body: '"'.repeat(3_200_000) }),
      answer: { statusCode: status },
    },
    {
      why: "Redshift",
      event: () => ({ external_function: "f", num_records: 1, arguments: [[filler]] }),
      answer: { success: false, error_msg: expect.stringContaining("response_too_large") },
    },
    {
      why: "Snowflake",
      event: () => ({
        ...rest,
        headers: { "sf-external-function-format": "json" },
        multiValueHeaders: null,
        body: JSON.stringify({ data: [[0, filler]] }),
      }),
      answer: { statusCode: status },
    },
    {
      why: "CloudWatch Logs",
      event: () => ({ awslogs: { data: gzipSync(filler).toString("base64") } }),
      answer: "response_too_large",
    },
    { why: "direct", event: () => ({ body: filler }), answer: "response_too_large" },
  ])("$why", async ({ event, answer }) => {
    const { result, error } = await decryptor.call(event());
    if (typeof answer === "string") expect(error).toBe(answer);
    else expect(result).toMatchObject(answer);
  });

  test("less than that goes out, and compressed what is more", async () => {
    expect((await decryptor.call({ ...version2, headers: {}, body: "x".repeat(6_200_000) })).result).toMatchObject({
      statusCode: 200,
    });
    expect(
      (await decryptor.call({ ...version2, headers: { "accept-encoding": "gzip" }, body: filler })).result,
    ).toMatchObject({ statusCode: 200, isBase64Encoded: true });
  });
});

describe("events of others", () => {
  test.each<{ readonly why: string; readonly event: object }>([
    {
      why: "a load balancer",
      event: {
        ...rest,
        requestContext: {
          elb: {
            targetGroupArn:
              "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-target-group/6d0ecf831eec9f09",
          },
        },
      },
    },
    {
      why: "a custom authoriser",
      event: {
        ...rest,
        type: "REQUEST",
        methodArn: "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request",
      },
    },
    {
      why: "a custom authoriser of an HTTP API",
      event: {
        ...version2,
        type: "REQUEST",
        routeArn: "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request",
        identitySource: ["user1", "123"],
      },
    },
    {
      why: "a destination of Kinesis Data Analytics",
      event: {
        invocationId: "i",
        applicationArn: "arn:aws:kinesisanalytics:us-east-1:1234:application/a",
        records: [{ recordId: "r", lambdaDeliveryRecordMetadata: { retryHint: 0 }, data: "eA==" }],
      },
    },
    {
      why: "a WebSocket API",
      event: {
        requestContext: { routeKey: "$default", eventType: "MESSAGE", connectionId: "a" },
        body: "x",
        isBase64Encoded: false,
      },
    },
    {
      why: "VPC Lattice",
      event: {
        version: "2.0",
        path: "/",
        method: "POST",
        headers: { "content-type": ["text/plain"] },
        body: "x",
        isBase64Encoded: false,
        requestContext: { serviceNetworkArn: "a", serviceArn: "b" },
      },
    },
    { why: "SQS", event: { Records: [{ messageId: "1", body: "x", eventSource: "aws:sqs" }] } },
    { why: "Kinesis", event: { Records: [{ kinesis: { data: "eA==" }, eventSource: "aws:kinesis" }] } },
    { why: "EventBridge", event: { version: "0", id: "1", "detail-type": "a", source: "b", detail: {} } },
    { why: "S3 Object Lambda", event: { xAmzRequestId: "1", getObjectContext: { inputS3Url: "https://example.com" } } },
    { why: "CloudFront", event: { Records: [{ cf: { request: { body: { data: "" } } } }] } },
    {
      why: "Redshift and Firehose",
      event: { external_function: "f", num_records: 0, arguments: [], invocationId: "i", records: [] },
    },
    {
      why: "Firehose and S3 Batch",
      event: { invocationId: "i", records: [], invocationSchemaVersion: "1.0", job: { id: "j" }, tasks: [] },
    },
    { why: "HTTP and CloudWatch Logs", event: { ...rest, awslogs: { data: "" } } },
    { why: "HTTP and Redshift", event: { ...version2, external_function: "f", num_records: 0, arguments: [] } },
    { why: "direct, and more", event: { body: "x", contentType: "text/plain", content_type: "text/plain" } },
    { why: "direct, in another spelling", event: { Body: "x" } },
  ])("$why: unknown, and the shapes are named", async ({ event }) => {
    const { error, message } = await decryptor.call(event);
    expect(error).toBe("unknown_event");
    for (const shape of [
      "Redshift",
      "Firehose",
      "S3 Batch",
      "API Gateway",
      "function URL",
      "CloudWatch Logs",
      "direct",
      "body or texts",
    ])
      expect(message).toContain(shape);
  });
});

describe("Redshift", () => {
  /** Amazon Redshift Database Developer Guide, "Creating a scalar Lambda UDF". */
  const redshift = (rows: readonly unknown[], more: object = {}): object => ({
    request_id: "23FF1F97-F28A-44AA-AB67-266ED976BF40",
    cluster: "arn:aws:redshift:xxxx",
    user: "adminuser",
    database: "db1",
    external_function: "public.foo",
    query_id: 5678234,
    num_records: rows.length,
    arguments: rows,
    ...more,
  });

  const repeatRow = (row: readonly unknown[]): readonly unknown[] => [row, row, row];

  test.each<{ readonly why: string; readonly rows: () => readonly unknown[]; readonly results: readonly unknown[] }>([
    { why: "none", rows: () => [], results: [] },
    {
      why: "nulls, in lists and alone",
      rows: () => [[null], null, [token()], null],
      results: [null, null, secret, null],
    },
    { why: "values alone", rows: () => [token("a"), "plain", ""], results: ["a", "plain", ""] },
    { why: "the same row again", rows: () => repeatRow([`<${token()}>`]), results: Array(3).fill(`<${secret}>`) },
    {
      why: "JSON in a row: its values cannot change it",
      rows: () => [[`{"a":"${token('","b":"')}","n":"${makeSealed(decryptor.recipients[0], "1.0")}"}`]],
      results: ['{"a":"\\",\\"b\\":\\"","n":1.0}'],
    },
    {
      why: "what is no string",
      rows: () => [[makeSealed(decryptor.recipients[0], "12.50")], [makeSealed(decryptor.recipients[0], "null")]],
      results: ["12.50", "null"],
    },
  ])("$why", async ({ rows, results }) => {
    expect((await decryptor.call(redshift(rows()))).result).toEqual({
      success: true,
      num_records: results.length,
      results,
    });
  });

  test.each<{ readonly why: string; readonly event: () => object; readonly code: string }>([
    {
      why: "fewer records than rows",
      event: () => redshift([["a"], ["b"]], { num_records: 1 }),
      code: "request_invalid",
    },
    {
      why: "a number of records as text",
      event: () => redshift([["a"]], { num_records: "1" }),
      code: "request_invalid",
    },
    { why: "no number of records", event: () => without(redshift([["a"]]), "num_records"), code: "request_invalid" },
    { why: "two columns", event: () => redshift([["a", "b"]]), code: "request_invalid" },
    { why: "two nulls", event: () => redshift([[null, null]]), code: "request_invalid" },
    { why: "a number", event: () => redshift([[1]]), code: "request_invalid" },
    {
      why: "one bad token of three",
      event: () => redshift([[token()], [token().slice(0, 99)], [token()]]),
      code: "token_damaged",
    },
  ])("$why: the query fails with $code", async ({ event, code }) => {
    const { result, error, line } = await decryptor.call(event());
    expect(error).toBeUndefined();
    expect(result).toEqual({ success: false, error_msg: expect.stringMatching(`^${code}: `) });
    expect(JSON.stringify(result) + line).not.toContain(secret);
  });
});

describe("Firehose", () => {
  /** Amazon Data Firehose Developer Guide, and the event that Lambda's console offers for tests. */
  const firehose = (...data: readonly (string | Buffer)[]): object => ({
    invocationId: "invoked123",
    deliveryStreamArn: "aws:lambda:events",
    sourceKinesisStreamArn: "arn:aws:kinesis:us-west-2:123456789012:stream/a",
    region: "us-west-2",
    records: data.map((bytes, index) => ({
      recordId: `4954663575890000000000000000000000000000000000000000${index}`,
      data: base64(bytes),
      approximateArrivalTimestamp: 1510772160000,
      kinesisRecordMetadata: {
        shardId: "shardId-000000000000",
        partitionKey: "4d1ad2b9",
        approximateArrivalTimestamp: 1510772160000,
        sequenceNumber: "1",
        subsequenceNumber: "",
      },
    })),
  });
  const recordsOf = (result: Readonly<Record<string, unknown>>): Record<string, string>[] =>
    result["records"] as Record<string, string>[];

  test("each once, in order, whatever became of it", async () => {
    const given = [`${token("a")}\n`, "", token().slice(0, 99), Buffer.from([0xff]), `{"a":"${token('"')}"}`, "plain"];
    const { result } = await decryptor.call(firehose(...given));
    expect(recordsOf(result).map(({ recordId = "", result: outcome }) => `${recordId.slice(-1)} ${outcome}`)).toEqual([
      "0 Ok",
      "1 Ok",
      "2 ProcessingFailed",
      "3 ProcessingFailed",
      "4 Ok",
      "5 Ok",
    ]);
    expect(recordsOf(result).map(({ data = "" }) => Buffer.from(data, "base64").toString("latin1"))).toEqual([
      "a\n",
      "",
      String(given[2]),
      "\xff",
      '{"a":"\\""}',
      "plain",
    ]);
    expect(recordsOf(result).map((record) => Object.keys(record))).toEqual(
      Array.from({ length: 6 }, () => ["recordId", "result", "data"]),
    );
  });

  test("records without data, or with other data than base64, fail alone", async () => {
    const records = [
      { recordId: "1" },
      { recordId: "2", data: null },
      { recordId: "3", data: "a*" },
      { recordId: "4", kafkaRecordValue: null },
      { recordId: "5", data: base64(token()) },
    ];
    expect((await decryptor.call({ invocationId: "i", records })).result).toEqual({
      records: [
        { recordId: "1", result: "ProcessingFailed", data: "" },
        { recordId: "2", result: "ProcessingFailed", data: "" },
        { recordId: "3", result: "ProcessingFailed", data: "a*" },
        { recordId: "4", result: "ProcessingFailed", kafkaRecordValue: "" },
        { recordId: "5", result: "Ok", data: base64(secret) },
      ],
    });
  });

  test("none", async () => {
    expect((await decryptor.call(firehose())).result).toEqual({ records: [] });
  });

  test("what does not fit into 6 MB is failed, and all records come back", async () => {
    const large = makeSealed(decryptor.recipients[0], JSON.stringify("v".repeat(1_500_000)));
    const { result, audit } = await decryptor.call(firehose(large, large, large, large, token("small")), {
      limits: { decoded: 100_000_000 },
    });
    expect(recordsOf(result).map(({ result: outcome }) => outcome)).toEqual([
      "Ok",
      "Ok",
      "ProcessingFailed",
      "ProcessingFailed",
      "Ok",
    ]);
    expect(recordsOf(result).map((record) => typeof record["data"])).toEqual(Array(5).fill("string"));
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(6_000_001);
    expect(audit["recipients"]).toEqual({ "01": { opened: 3, discarded: 2 } });
  });

  test("many small records count with what is around them", async () => {
    const { result, error } = await decryptor.call(firehose(...Array<string>(40_000).fill("x".repeat(20))));
    expect(error).toBeUndefined();
    expect(recordsOf(result)).toHaveLength(40_000);
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(6_300_000);
  });

  test("records that unpack to more than memory holds are failed", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, "x"));
    const { result } = await decryptor.call(firehose(bomb, bomb, bomb, token("a")));
    expect(recordsOf(result).map(({ result: outcome }) => outcome)).toEqual(["Ok", "Ok", "ProcessingFailed", "Ok"]);
  });

  test.each(["ThrottlingException", "KMSInternalException"] as const)(
    "%s fails the invocation, so that Firehose tries again",
    async (name) => {
      decryptor.intercept = async () => ({ kind: "error", name });
      expect((await decryptor.call(firehose(token()), {}, within(900))).error).toMatch(/^kms_/);
    },
  );

  test("what another try does not mend fails the record", async () => {
    decryptor.intercept = async ({ keyId }) =>
      keyId === decryptor.recipients[1].keyArn ? { kind: "error", name: "AccessDeniedException" } : undefined;
    const { result } = await decryptor.call(firehose(token(), makeDirect(decryptor.recipients[1], "x")));
    expect(recordsOf(result).map(({ result: outcome }) => outcome)).toEqual(["Ok", "ProcessingFailed"]);
  });
});

describe("Snowflake", () => {
  const headers = {
    "sf-external-function-current-query-id": "01a2b3c4",
    "sf-external-function-format": "json",
    "sf-external-function-format-version": "1.0",
    "sf-external-function-name": "restore",
    "sf-external-function-query-batch-id": "01a2b3c4:1",
    "sf-external-function-signature": "(A VARCHAR)",
    "Content-Type": "application/json",
  };
  const snowflake = (body: string | Buffer, more: object = {}): object => ({
    ...rest,
    headers: { ...headers, ...more },
    multiValueHeaders: null,
    body: typeof body === "string" ? body : body.toString("base64"),
    isBase64Encoded: typeof body !== "string",
  });

  test.each<{ readonly why: string; readonly body: () => string; readonly answer: string }>([
    { why: "none", body: () => '{"data":[]}', answer: '{"data":[]}' },
    {
      why: "rows and nulls",
      body: () => `{"data":[[0,"${token()}"],[1,null],[2,""]]}`,
      answer: `{"data":[[0,"${secret}"],[1,null],[2,""]]}`,
    },
    {
      why: "numbers keep their spelling",
      body: () => `{"data":[[10,"${token('"')}"],[11,1.10],[12,true]]}`,
      answer: '{"data":[[10,"\\""],[11,1.10],[12,true]]}',
    },
    {
      why: "VARIANT",
      body: () => `{"data":[[0,{"a":["${makeSealed(decryptor.recipients[0], "1.0")}"]}],[1,["${token()}"]]]}`,
      answer: `{"data":[[0,{"a":[1.0]}],[1,["${secret}"]]]}`,
    },
    {
      why: "JSON's own escapes",
      body: () => `{"data":[[0,"${token().replaceAll("/", "\\/").replaceAll("+", "\\u002b")}"]]}`,
      answer: `{"data":[[0,"${secret}"]]}`,
    },
  ])("$why", async ({ body, answer }) => {
    for (const event of [snowflake(body()), snowflake(gzipSync(body()), { "Content-Encoding": "gzip" })]) {
      expect((await decryptor.call(event)).result).toEqual({
        statusCode: 200,
        headers: { "content-type": "application/json", "cache-control": "no-store" },
        body: answer,
        isBase64Encoded: false,
      });
    }
  });

  test.each<{ readonly why: string; readonly body: () => string; readonly status: number }>([
    { why: "no data", body: () => "{}", status: 400 },
    { why: "data twice", body: () => '{"data":[],"data":[]}', status: 400 },
    { why: "no JSON", body: () => `{"data":[[0,"${token()}"`, status: 400 },
    { why: "no row numbers", body: () => `{"data":[["${token()}"]]}`, status: 400 },
    { why: "two arguments", body: () => `{"data":[[0,"${token()}","b"]]}`, status: 400 },
    { why: "a bad token", body: () => `{"data":[[0,"${token()}"],[1,"${token().slice(0, 99)}"]]}`, status: 422 },
  ])("$why: $status", async ({ body, status }) => {
    const { result } = await decryptor.call(snowflake(body()));
    expect(result).toMatchObject({ statusCode: status, headers: { "content-type": "application/problem+json" } });
    expect(JSON.stringify(result)).not.toContain(secret);
  });
});

describe("failures that are kept, and pass", () => {
  const keep = { onFailure: "keep" };
  const body = (): string => `${makeDirect(decryptor.recipients[1], "b")} ${token()}`;
  test.each<{ readonly why: string; readonly event: () => object; readonly answer: (code: string) => object }>([
    {
      why: "Redshift",
      event: () => ({ external_function: "f", num_records: 1, arguments: [[body()]] }),
      answer: (code) => ({ result: { success: false, error_msg: expect.stringContaining(code) } }),
    },
    {
      why: "Snowflake",
      event: () => ({
        ...rest,
        multiValueHeaders: null,
        headers: { "sf-external-function-format": "json" },
        body: JSON.stringify({ data: [[0, body()]] }),
      }),
      answer: () => ({ result: { statusCode: 503 } }),
    },
    {
      why: "Firehose",
      event: () => ({ invocationId: "i", records: [{ recordId: "1", data: base64(body()) }] }),
      answer: (code) => ({ error: code }),
    },
    {
      why: "CloudWatch Logs",
      event: () => ({ awslogs: { data: gzipSync(JSON.stringify([body()])).toString("base64") } }),
      answer: (code) => ({ error: code }),
    },
    {
      why: "direct, which is told of it",
      event: () => ({ body: body() }),
      answer: (code) => ({ result: { body: expect.stringContaining(secret), failed: [{ code }] } }),
    },
    {
      why: "HTTP, which is told of it",
      event: () => ({ ...version2, headers: {}, body: body() }),
      answer: () => ({ result: { statusCode: 200, headers: { "fieldseal-failed": "1" } } }),
    },
  ])("$why", async ({ event, answer }) => {
    decryptor.intercept = async ({ keyId }) =>
      keyId === decryptor.recipients[1].keyArn ? { kind: "error", name: "ThrottlingException" } : undefined;
    expect(await decryptor.call(event(), keep, within(1_200))).toMatchObject(answer("kms_throttled"));
  });
});

describe("direct", () => {
  test.each<{ readonly why: string; readonly event: () => object; readonly code: string }>([
    { why: "base64 that is none", event: () => ({ body: "a*b=", isBase64Encoded: true }), code: "request_invalid" },
    { why: "base64 that is cut off", event: () => ({ body: "YWJjZ", isBase64Encoded: true }), code: "request_invalid" },
    {
      why: "base64 that is none, in a list",
      event: () => ({ texts: ["YQ==", null, "-"], isBase64Encoded: true }),
      code: "request_invalid",
    },
    { why: "half of a surrogate pair", event: () => ({ body: "\ud800" }), code: "request_invalid" },
    { why: "base64 as text", event: () => ({ body: "YQ==", isBase64Encoded: "true" }), code: "request_invalid" },
  ])("$why: $code", async ({ event, code }) => {
    expect((await decryptor.call(event())).error).toBe(code);
  });

  test.each(["eCAjMDE=", "eCAjMDE"])("base64 with its padding, and without: %s", async (body) => {
    expect((await decryptor.call({ body, isBase64Encoded: true })).result).toMatchObject({
      body: "eCAjMDE=",
      isBase64Encoded: true,
    });
  });
});

test("CloudWatch Logs: a control message", async () => {
  const text =
    '{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],' +
    '"logEvents":[{"id":"","timestamp":1,' +
    '"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}';
  expect((await decryptor.call({ awslogs: { data: gzipSync(text).toString("base64") } })).result).toEqual({
    body: text,
  });
});
