/** Who calls the decryptor: each by its contract, with the events that AWS and Snowflake document. */
import { gunzipSync, gzipSync } from "node:zlib";
import { CreateKeyCommand, GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { formatToken } from "../../core/token/grammar.ts";
import { createRecipient, type Recipient } from "../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../core/token/sealed-content.ts";
import { createHandler, type DecryptorHandler } from "../../decryptor/handler.ts";
import { type KmsWithClient, openKms } from "../support/local-kms.ts";

const secret = "4111 1111 1111 1111";
let local: KmsWithClient;
let recipient: Recipient;
let calls = 0;
let fault: "ThrottlingException" | undefined;
let lines: string[] = [];
let handler: DecryptorHandler;

beforeAll(async () => {
  local = await openKms({
    intercept: async ({ operation }) => {
      if (operation !== "Decrypt") return undefined;
      calls++;
      return fault === undefined ? undefined : { kind: "error", name: fault, message: "" };
    },
  });
  const { KeyMetadata } = await local.client.send(
    new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" }),
  );
  const { PublicKey } = await local.client.send(new GetPublicKeyCommand({ KeyId: KeyMetadata?.KeyId }));
  const base64 = Buffer.from(PublicKey ?? []).toString("base64");
  const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
  recipient = createRecipient({ id: "01", keyArn: String(KeyMetadata?.Arn), prefix: "#01#", suffix: "#10#" }, pem);
});

afterAll(async () => local.close());

beforeEach(() => {
  calls = 0;
  fault = undefined;
  lines = [];
  handler = makeHandler();
});

function makeHandler(kms: object = {}): DecryptorHandler {
  const { id, keyArn, prefix, suffix } = recipient;
  const reader = parseReader({ reader: "test", recipients: [{ id, keyArn, prefix, suffix }], open: ["01"], kms });
  return createHandler(reader, local.client, (line) => lines.push(line));
}

function direct(text = secret): string {
  return formatToken(recipient, recipient.encrypt(Buffer.from(text, "utf8")).toString("base64"));
}

/** Two seconds, so that a fault does not keep the test for long. */
const soon = (): { readonly getRemainingTimeInMillis: () => number } => {
  const end = Date.now() + 900;
  return { getRemainingTimeInMillis: () => end - Date.now() };
};

describe("direct", () => {
  test("texts: one result each, nulls kept, places with the text's number", async () => {
    const answer = await handler({
      texts: [`a ${direct()}`, null, "plain", `${direct().slice(0, 60)} x`],
      onFailure: "keep",
    });
    expect(answer).toMatchObject({
      texts: [`a ${secret}`, null, "plain", expect.any(String)],
      found: 2,
      opened: 1,
      withheld: [],
      failed: [{ index: 3, offset: 0, code: "token_damaged" }],
    });
  });

  test("an error tells which text it is about", async () => {
    await expect(handler({ texts: [null, direct(), `x ${direct().slice(0, 60)}`] })).rejects.toMatchObject({
      name: "token_damaged",
      message: expect.stringContaining("at texts[2], offset 2"),
    });
  });

  test("equal ciphertexts of several texts are asked for once", async () => {
    const token = direct();
    await handler({ texts: [token, token, `x ${token}`] });
    expect(calls).toBe(1);
  });

  test.each<[string, unknown]>([
    ["texts that are no list", { texts: "a" }],
    ["a text that is no string", { texts: [1] }],
    ["a purpose with a line break", { body: "a", purpose: "a\nb" }],
  ])("%s", async (_, event) => {
    await expect(handler(event)).rejects.toMatchObject({ name: "request_invalid" });
  });
});

describe("unknown events", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", "body"],
    ["an empty object", {}],
    ["body and texts", { body: "a", texts: [] }],
    ["another member", { body: "a", extra: 1 }],
    ["an S3 event", { Records: [{ eventSource: "aws:s3" }] }],
    ["a state machine's items", { Items: [{ body: "a" }] }],
  ])("%s", async (_, event) => {
    await expect(handler(event)).rejects.toMatchObject({
      name: "unknown_event",
      message: expect.stringContaining("Redshift"),
    });
  });
});

describe("Redshift", () => {
  const event = (rows: readonly unknown[]) => ({
    request_id: "23FF1F97-F28A-44AA-AB67-266ED976BF40",
    cluster: "arn:aws:redshift:us-west-2:111122223333:cluster:example",
    user: "adminuser",
    database: "db1",
    external_function: "public.restore",
    query_id: 5678234,
    num_records: rows.length,
    arguments: rows,
  });

  test("one result a row, nulls kept", async () => {
    expect(await handler(event([[direct()], [null], null, ["plain"], direct("b")]))).toEqual({
      success: true,
      num_records: 5,
      results: [secret, null, null, "plain", "b"],
    });
  });

  test.each<[string, object, string]>([
    ["two arguments", event([["a", "b"]]), "request_invalid"],
    ["another number of records", { ...event([["a"]]), num_records: 2 }, "request_invalid"],
    ["a number", event([[1]]), "request_invalid"],
  ])("%s", async (_, given, code) => {
    expect(await handler(given)).toEqual({ success: false, error_msg: expect.stringContaining(code) });
  });

  test("a damaged token fails the batch, without any of its values", async () => {
    const answer = await handler(event([[direct()], [direct().slice(0, 60)]]));
    expect(answer).toEqual({
      success: false,
      error_msg: expect.stringMatching(/^token_damaged: .*at arguments\[1\], offset 0/),
    });
    expect(JSON.stringify(answer)).not.toContain(secret);
  });
});

describe("HTTP", () => {
  const rest = (body: string | null, headers: object = { "Content-Type": "application/json" }, base64 = false) => ({
    resource: "/restore",
    path: "/restore",
    httpMethod: "POST",
    headers,
    multiValueHeaders: null,
    queryStringParameters: null,
    requestContext: { requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", stage: "prod" },
    body,
    isBase64Encoded: base64,
  });
  const url = (body: string, headers: object = { "content-type": "text/plain" }) => ({
    version: "2.0",
    routeKey: "$default",
    rawPath: "/",
    rawQueryString: "",
    headers,
    requestContext: { http: { method: "POST", path: "/", sourceIp: "192.0.2.1" }, requestId: "id" },
    body,
    isBase64Encoded: false,
  });

  test("API Gateway REST", async () => {
    expect(await handler(rest(`{"a":"${direct()}"}`))).toMatchObject({
      statusCode: 200,
      body: `{"a":"${secret}"}`,
      isBase64Encoded: false,
      headers: { "content-type": "application/json", "cache-control": "no-store", "fieldseal-opened": "1" },
    });
  });

  test("function URL", async () => {
    expect(await handler(url(`x ${direct()}`))).toMatchObject({ statusCode: 200, body: `x ${secret}` });
  });

  test("base64 and gzip", async () => {
    const body = gzipSync(`["${direct()}"]`).toString("base64");
    expect(
      await handler(rest(body, { "content-type": "application/json", "Content-Encoding": "gzip" }, true)),
    ).toMatchObject({ statusCode: 200, body: `["${secret}"]` });
  });

  test.each<[string, () => object, number, string]>([
    ["no body", () => rest(null), 400, "request_invalid"],
    ["malformed JSON", () => rest(`{"a":"${direct()}"`), 400, "body_malformed"],
    ["another coding", () => rest("a", { "content-encoding": "compress" }), 415, "content_coding_unsupported"],
    ["broken gzip", () => rest("YQ==", { "content-encoding": "gzip" }, true), 400, "content_coding_malformed"],
    [
      "a bomb",
      () => rest(gzipSync(Buffer.alloc(21_000_000)).toString("base64"), { "content-encoding": "gzip" }, true),
      413,
      "decoded_too_large",
    ],
    ["a damaged token", () => rest(`["${direct().slice(0, 60)}"]`), 422, "token_damaged"],
  ])("%s", async (_, event, statusCode, code) => {
    const answer = await handler(event());
    expect(answer).toMatchObject({
      statusCode,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
    });
    expect(JSON.parse((answer as { readonly body: string }).body)).toMatchObject({ status: statusCode, code });
  });

  test("a response is compressed for those who take it, and tells why values were wanted", async () => {
    const long = "x".repeat(2_000);
    const answer = (await handler(
      url(`["${direct()}","${long}"]`, {
        "content-type": "application/json",
        "accept-encoding": "br, gzip;q=0.5",
        "fieldseal-purpose": "refund 17",
      }),
    )) as { readonly body: string };
    expect(answer).toMatchObject({ headers: { "content-encoding": "gzip" }, isBase64Encoded: true });
    expect(gunzipSync(Buffer.from(answer.body, "base64")).toString()).toBe(`["${secret}","${long}"]`);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ purpose: "refund 17" });
    for (const accepted of ["gzip;q=0", "gzip;q=0.000", "identity", "x-gzip"]) {
      expect(
        await handler(url(`["${long}"]`, { "content-type": "application/json", "accept-encoding": accepted })),
      ).toMatchObject({ isBase64Encoded: false });
    }
  });

  test("a load balancer's event is none of API Gateway's", async () => {
    const event = {
      ...rest("[]"),
      requestContext: {
        elb: { targetGroupArn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/a/1" },
      },
    };
    await expect(handler(event)).rejects.toMatchObject({ name: "unknown_event" });
  });

  test("throttling is a 503", async () => {
    fault = "ThrottlingException";
    expect(await handler(rest(`["${direct()}"]`), soon())).toMatchObject({ statusCode: 503 });
  });

  test("Snowflake: rows keep their numbers, nulls stay", async () => {
    const headers = {
      "sf-external-function-format": "json",
      "sf-external-function-format-version": "1.0",
      "content-type": "application/json",
    };
    const answer = await handler(
      rest(
        JSON.stringify({
          data: [
            [0, direct()],
            [1, null],
            [7, "plain"],
          ],
        }),
        headers,
      ),
    );
    expect(answer).toMatchObject({
      statusCode: 200,
      body: JSON.stringify({
        data: [
          [0, secret],
          [1, null],
          [7, "plain"],
        ],
      }),
    });
    expect(await handler(rest(JSON.stringify({ data: [[0, "a", "b"]] }), headers))).toMatchObject({ statusCode: 400 });
    const body = `{ "data": [[0, 12345678901234567890], [1.0, {"a": "${direct('x"')}", "b":1.0}], [2, true]] }`;
    expect(await handler(rest(body, headers))).toMatchObject({
      statusCode: 200,
      body: '{"data":[[0,12345678901234567890],[1.0,{"a": "x\\"", "b":1.0}],[2,true]]}',
    });
  });
});

describe("Firehose", () => {
  const event = (...data: readonly Buffer[]) => ({
    invocationId: "invocationIdExample",
    deliveryStreamArn: "arn:aws:firehose:us-east-1:111122223333:deliverystream/example",
    region: "us-east-1",
    records: data.map((bytes, index) => ({
      recordId: `record${index}`,
      approximateArrivalTimestamp: 1495072949453,
      data: bytes.toString("base64"),
    })),
  });

  test("each record once, with its own outcome", async () => {
    const log = JSON.stringify({
      messageType: "DATA_MESSAGE",
      logEvents: [{ id: "1", message: `got {"pan":"${direct()}"}` }],
    });
    const broken = Buffer.from([0x1f, 0x8b, 1]);
    const { records } = (await handler(
      event(Buffer.from(`{"a":"${direct()}"}\n`), gzipSync(log), Buffer.from(direct().slice(0, 60)), broken),
    )) as {
      readonly records: readonly { readonly recordId: string; readonly result: string; readonly data: string }[];
    };
    expect(records.map(({ recordId, result }) => `${recordId} ${result}`)).toEqual([
      "record0 Ok",
      "record1 Ok",
      "record2 ProcessingFailed",
      "record3 ProcessingFailed",
    ]);
    expect(Buffer.from(records[0]?.data ?? "", "base64").toString()).toBe(`{"a":"${secret}"}\n`);
    expect(gunzipSync(Buffer.from(records[1]?.data ?? "", "base64")).toString()).toBe(
      log.replace(/#01#.*#10#/, secret),
    );
    expect(records[3]?.data).toBe(broken.toString("base64"));
  });

  test("records of Amazon MSK", async () => {
    const given = {
      ...event(),
      records: [{ recordId: "1", kafkaRecordValue: Buffer.from(direct()).toString("base64") }],
    };
    expect(await handler(given)).toEqual({
      records: [{ recordId: "1", result: "Ok", kafkaRecordValue: Buffer.from(secret).toString("base64") }],
    });
  });

  test("throttling fails the invocation, so that Firehose calls again", async () => {
    fault = "ThrottlingException";
    await expect(handler(event(Buffer.from(direct())), soon())).rejects.toMatchObject({ name: "kms_throttled" });
  });
});

test("CloudWatch Logs", async () => {
  const data = gzipSync(
    JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: [{ message: `x ${direct()}` }] }),
  ).toString("base64");
  expect(await handler({ awslogs: { data } })).toEqual({
    body: JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: [{ message: `x ${secret}` }] }),
  });
  await expect(handler({ awslogs: { data: "YQ==" } })).rejects.toMatchObject({ name: "content_coding_malformed" });
});

describe("content keys are kept", () => {
  const seal = (key = createContentKey(recipient)): string => formatToken(recipient, sealJson(key, undefined, '"a"'));

  test("sealed tokens of one request that come one by one cost one call", async () => {
    const key = createContentKey(recipient);
    for (let count = 0; count < 3; count++) await handler({ body: seal(key) });
    expect(calls).toBe(1);
    expect(lines.map((line) => JSON.parse(line).cachedKeys)).toEqual([0, 1, 1]);
  });

  test("0 keeps none", async () => {
    const key = createContentKey(recipient);
    const without = makeHandler({ cachedKeys: 0 });
    await without({ body: seal(key) });
    await without({ body: seal(key) });
    expect(calls).toBe(2);
  });

  test("values of direct tokens, and failed calls, are not", async () => {
    const token = direct();
    await handler({ body: token });
    await handler({ body: token });
    expect(calls).toBe(2);
    fault = "ThrottlingException";
    const sealed = seal();
    await expect(handler({ body: sealed }, soon())).rejects.toMatchObject({ name: "kms_throttled" });
    fault = undefined;
    expect(await handler({ body: sealed })).toMatchObject({ body: "a" });
  });

  test("the one that was not used for longest goes first", async () => {
    const small = makeHandler({ cachedKeys: 2 });
    const [a, b, c] = [createContentKey(recipient), createContentKey(recipient), createContentKey(recipient)];
    for (const key of [a, b, a, c, a]) await small({ body: seal(key) });
    expect(calls).toBe(3);
    await small({ body: seal(b) });
    expect(calls).toBe(4);
  });
});

test("a budget of calls a second that is used up is waited for, or told as throttling", async () => {
  const slow = makeHandler({ callsPerSecond: 2 });
  expect(await slow({ texts: [direct("a"), direct("b"), direct("c")] })).toMatchObject({ opened: 3 });
  await expect(slow({ texts: [direct("a"), direct("b"), direct("c")] }, soon())).rejects.toMatchObject({
    name: "kms_throttled",
  });
});

test("the audit line tells who opened what, and never a value or a token", async () => {
  const token = direct();
  await handler({ body: `${token} ${token}`, purpose: "refund 17" }, { awsRequestId: "id" });
  const [line = ""] = lines;
  expect(JSON.parse(line)).toMatchObject({
    audit: "fieldseal",
    reader: "test",
    requestId: "id",
    caller: "direct",
    purpose: "refund 17",
    recipients: { "01": { opened: 2 } },
    kmsCalls: 1,
    cachedKeys: 0,
    kmsRequestIds: [expect.stringMatching(/^[0-9a-f-]{36}$/)],
    fingerprints: [expect.stringMatching(/^[0-9a-f]{16}$/)],
  });
  expect(line).not.toContain(secret);
  expect(line).not.toContain(token.slice(4, 24));
});
