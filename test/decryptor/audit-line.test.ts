/**
 * The audit line: one a call, whatever happens, with counts that add up, and never a value, a token or a caller's text.
 */
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createContentKey } from "../../core/token/sealed-content.ts";
import { type LocalS3, type S3Fault, startS3 } from "../../local/s3/server.ts";
import { type Decryptor, makeDirect, makeSealed, type Outcome, openDecryptor, within } from "../support/decryptor.ts";

const secret = "canary-4111";
const destination = {
  bucket: "restored-bucket",
  kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000009",
};
let decryptor: Decryptor;
let s3: LocalS3;
let s3Fault: (operation: string) => S3Fault | undefined = () => undefined;

beforeAll(async () => {
  decryptor = await openDecryptor();
  s3 = await startS3({ port: 0, intercept: (operation) => s3Fault(operation) });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "not a secret",
  });
});

afterAll(async () => {
  await decryptor.close();
  await s3.close();
});

beforeEach(() => {
  decryptor.intercept = async () => undefined;
  s3Fault = () => undefined;
});

const good = (): string => makeDirect(decryptor.recipients[0], secret);
const cut = (): string => good().slice(0, 100);
const rest = (body: string, headers: object = {}): object => ({
  httpMethod: "POST",
  requestContext: { requestId: "r" },
  headers,
  body,
  isBase64Encoded: false,
});
const snowflake = (rows: readonly unknown[]): object =>
  rest(JSON.stringify({ data: rows }), { "sf-external-function-format": "json" });
const redshift = (...rows: readonly string[]): object => ({
  external_function: "f",
  num_records: rows.length,
  arguments: rows.map((row) => [row]),
});
const firehose = (...data: readonly (string | Buffer)[]): object => ({
  invocationId: "i",
  records: data.map((bytes, index) => ({
    recordId: String(index),
    data: Buffer.from(bytes as string).toString("base64"),
  })),
});
const batch = (...keys: readonly string[]): object => ({
  invocationSchemaVersion: "1.0",
  invocationId: "i",
  job: { id: "j" },
  tasks: keys.map((key) => ({ taskId: key, s3Key: key, s3VersionId: null, s3BucketArn: "arn:aws:s3:::source-bucket" })),
});

/** Every outcome of every recipient is found once. */
function expectToAddUp({ audit }: Outcome): void {
  const counts = Object.values(audit["recipients"] as Record<string, Record<string, number>>).flatMap((outcomes) =>
    Object.entries(outcomes),
  );
  const sum = (matches: (outcome: string) => boolean): number =>
    counts.filter(([outcome]) => matches(outcome)).reduce((total, [, count]) => total + count, 0);
  const given = ["opened", "masked", "pseudonym"];
  const others = ["withheld", "discarded", "rewrapped"];
  expect(audit).toMatchObject({
    found: sum(() => true),
    opened: sum((outcome) => given.includes(outcome)),
    withheld: sum((outcome) => outcome === "withheld"),
    discarded: sum((outcome) => outcome === "discarded"),
    rewrapped: sum((outcome) => outcome === "rewrapped"),
    failed: sum((outcome) => ![...given, ...others].includes(outcome)),
  });
}

describe("what was opened and not given out is discarded", () => {
  const recipients = { "01": { discarded: 2, token_damaged: 1 } };
  test.each<{
    readonly why: string;
    readonly event: () => object;
    readonly expected: object;
    readonly settings?: object;
  }>([
    {
      why: "rows of a batch of Redshift",
      event: () => redshift(good(), cut(), good()),
      expected: { recipients, code: "token_damaged" },
    },
    {
      why: "rows of a batch of Snowflake",
      event: () =>
        snowflake([
          [0, good()],
          [1, cut()],
          [2, good()],
        ]),
      expected: { recipients, code: "token_damaged" },
    },
    {
      why: "texts of a direct invocation",
      event: () => ({ texts: [good(), cut(), good()] }),
      expected: { recipients, code: "token_damaged" },
    },
    {
      why: "one text",
      event: () => ({ body: `${good()} ${cut()} ${good()}` }),
      expected: { recipients, code: "token_damaged" },
    },
    {
      why: "an HTTP request",
      event: () => rest(`${good()} ${cut()} ${good()}`),
      expected: { recipients, code: "token_damaged" },
    },
    {
      why: "records of Firehose: only that of a failed one",
      event: () => firehose(`${good()} ${cut()}`, good()),
      expected: { recipients: { "01": { discarded: 1, token_damaged: 1, opened: 1 } } },
    },
    {
      why: "an answer that is too large",
      event: () => ({ texts: [good(), "x".repeat(6_300_000)] }),
      expected: { recipients: { "01": { discarded: 1 } }, code: "response_too_large" },
    },
    {
      why: "values of which too many are to become pseudonyms",
      event: () => ({
        texts: [good(), makeDirect(decryptor.recipients[0], "b"), makeDirect(decryptor.recipients[1], "c")],
      }),
      settings: {
        views: { recipients: { "01": "pseudonym" } },
        limits: { pseudonyms: 1 },
        pseudonymKeyArn: destination.kmsKeyArn,
      },
      expected: { recipients: { "01": { discarded: 2 }, "02": { discarded: 1 } }, code: "too_many_pseudonyms" },
    },
    {
      why: "masks too",
      event: () => redshift(good(), cut(), good()),
      settings: { views: { recipients: { "01": "last-four" } } },
      expected: { recipients },
    },
    {
      why: "nothing where tokens are kept",
      event: () => redshift(good(), cut(), good()),
      settings: { onFailure: "keep" },
      expected: { recipients: { "01": { opened: 2, token_damaged: 1 } } },
    },
  ])("$why", async ({ event, settings, expected }) => {
    const outcome = await decryptor.call(event(), settings);
    expect(outcome.audit).toMatchObject(expected);
    expect(outcome.audit["recipients"]).toEqual(Object(expected)["recipients"]);
    expectToAddUp(outcome);
  });

  test("pieces of an object that was not written, and no others", async () => {
    const key = createContentKey(decryptor.recipients[0]);
    const lines = Array.from({ length: 6_000 }, () => makeSealed(decryptor.recipients[0], '"a"', undefined, key));
    s3.putObject("source-bucket", "bad.txt", Buffer.from([...lines, cut()].join("\n")));
    s3.putObject("source-bucket", "good.txt", Buffer.from(good()));
    const outcome = await decryptor.call(batch("good.txt", "bad.txt"), { destination });
    expect(outcome.audit["recipients"]).toEqual({ "01": { opened: 1, discarded: 6_000, token_damaged: 1 } });
    expectToAddUp(outcome);
    s3Fault = (operation) => (operation === "PutObject" ? { kind: "status", status: 403 } : undefined);
    expect((await decryptor.call(batch("good.txt"), { destination })).audit["recipients"]).toEqual({
      "01": { discarded: 1 },
    });
  });

  test("tokens that moved to another recipient are counted as that", async () => {
    s3.putObject(
      "source-bucket",
      "move.txt",
      Buffer.from(`${good()} ${makeSealed(decryptor.recipients[0], "1")} ${cut()}`),
    );
    const event = {
      ...batch("move.txt"),
      job: { id: "j", userArguments: { action: "rewrap", from: "01", to: "02", keySpec: "RSA_2048" } },
    };
    const outcome = await decryptor.call(event, { destination, onFailure: "keep" });
    expect(outcome.audit["recipients"]).toEqual({ "01": { rewrapped: 2, token_damaged: 1 } });
    expectToAddUp(outcome);
  });
});

describe("one line a call", () => {
  test.each<{ readonly why: string; readonly event: unknown; readonly expected: object }>([
    { why: "nothing", event: undefined, expected: { code: "unknown_event", reader: "test", texts: 0, recipients: {} } },
    { why: "a shape of nobody", event: { secret }, expected: { code: "unknown_event" } },
    { why: "a broken contract", event: { body: 7 }, expected: { code: "request_invalid", caller: "direct" } },
    {
      why: "a purpose that a line cannot hold",
      event: { body: "x", purpose: `${secret}\n` },
      expected: { code: "request_invalid" },
    },
    {
      why: "a purpose that is too long",
      event: { body: "x", purpose: "p".repeat(101) },
      expected: { code: "request_invalid" },
    },
    {
      why: "a purpose in a header field",
      event: { httpMethod: "POST", requestContext: {}, headers: { "Fieldseal-Purpose": "a<b" }, body: "x" },
      expected: { code: "request_invalid", caller: "http" },
    },
    { why: "an object that is not there", event: batch(secret), expected: { caller: "s3-batch", texts: 0 } },
  ])("$why", async ({ event, expected }) => {
    const { audit, line, message } = await decryptor.call(event, { destination });
    expect(audit).toMatchObject(expected);
    expect(audit["purpose"]).toBeUndefined();
    expect(line + message).not.toContain(secret);
  });

  test.each([
    { why: "a timeout that is near", fault: { kind: "stall", delayMs: 20_000 }, code: "kms_unavailable", ms: 1_200 },
    { why: "a timeout that is too near", fault: { kind: "delay", delayMs: 1 }, code: "out_of_time", ms: 300 },
    { why: "throttling", fault: { kind: "error", name: "ThrottlingException" }, code: "kms_throttled", ms: 900 },
  ] as const)("$why", async ({ fault, code, ms }) => {
    decryptor.intercept = async () => fault;
    const context = within(ms);
    const { audit } = await decryptor.call({ body: good() }, {}, context);
    expect(audit).toMatchObject({ code, recipients: { "01": { [code]: 1 } } });
    expect(context.getRemainingTimeInMillis?.()).toBeGreaterThan(0);
  });
});

describe("the line's code tells what failed of a call that went on", () => {
  const denied = async ({
    keyId,
  }: {
    readonly keyId: string | undefined;
  }): Promise<{ kind: "error"; name: "AccessDeniedException" } | undefined> =>
    keyId === decryptor.recipients[1].keyArn ? { kind: "error", name: "AccessDeniedException" } : undefined;
  const both = (): string => `${cut()} ${makeDirect(decryptor.recipients[1], "x")}`;

  test.each<{
    readonly why: string;
    readonly event: () => object;
    readonly settings?: object;
    readonly code: string | undefined;
  }>([
    {
      why: "a record of Firehose",
      event: () => firehose(good(), makeDirect(decryptor.recipients[1], "x")),
      code: "kms_denied",
    },
    {
      why: "records of Firehose: what KMS denies before a bad token",
      event: () => firehose(cut(), makeDirect(decryptor.recipients[1], "x")),
      code: "kms_denied",
    },
    { why: "a bad token alone", event: () => firehose(good(), cut()), code: "token_damaged" },
    {
      why: "tokens that are kept",
      event: () => ({ body: both() }),
      settings: { onFailure: "keep" },
      code: "kms_denied",
    },
    { why: "an object", event: () => batch("denied.txt"), settings: { destination }, code: "kms_denied" },
    {
      why: "an object that is not there",
      event: () => batch("absent"),
      settings: { destination },
      code: "object_unavailable",
    },
    { why: "nothing", event: () => ({ body: good() }), code: undefined },
  ])("$why: $code", async ({ event, settings, code }) => {
    s3.putObject("source-bucket", "denied.txt", Buffer.from(makeDirect(decryptor.recipients[1], "x")));
    decryptor.intercept = denied;
    expect((await decryptor.call(event(), settings)).audit["code"]).toBe(code);
  });
});

test("no canary of values, tokens, labels, names, keys or places gets into a line", async () => {
  const label = "canary-label";
  const token = makeSealed(decryptor.recipients[0], JSON.stringify(secret), label);
  const events = [
    { texts: [`{"canary-name":"${token}"}`] },
    rest(`canary-name=${token}`, { "content-type": "text/plain; canary-parameter=1", "x-canary": "canary-header" }),
    firehose(token, gzipSync(`{"canary-name":"${token}"}`)),
    redshift(token),
    batch("canary-key"),
  ];
  s3.putObject("source-bucket", "canary-key", Buffer.from(token));
  for (const event of events) {
    const { line } = await decryptor.call(event, {
      destination,
      expect: { "canary-name": "other" },
      onFailure: "keep",
    });
    expect(line).not.toContain("canary");
    expect(line).not.toContain(token.slice(10, 40));
    expect(line).not.toContain(decryptor.recipients[0].keyArn);
  }
});

test("10,000 tokens, and more calls than a line lists, leave a line that CloudWatch Logs takes", async () => {
  const [one, two] = decryptor.recipients;
  const key = createContentKey(one);
  const sealed = Array.from({ length: 7_500 }, (_, index) => makeSealed(one, String(index), undefined, key));
  const direct = Array.from({ length: 2_500 }, (_, index) => makeDirect(two, String(index)));
  const { line, audit } = await decryptor.call(
    { body: [...sealed, ...direct].join("\n") },
    { kms: { callsPerSecond: 100_000 } },
    within(60_000),
  );
  expect(audit).toMatchObject({
    found: 10_000,
    recipients: { "01": { opened: 7_500 }, "02": { opened: 2_500 } },
    fingerprintsLeftOut: 8_000,
  });
  expect(audit["kmsRequestIds"]).toHaveLength(2_000);
  expect(Buffer.byteLength(line)).toBeLessThan(256_000);
}, 60_000);

describe("a reader that cannot be read", () => {
  const { FIELDSEAL_READER: before } = process.env;
  const lines: unknown[] = [];
  afterEach(() => {
    jest.restoreAllMocks();
    lines.length = 0;
    if (before === undefined) delete process.env["FIELDSEAL_READER"];
    else process.env["FIELDSEAL_READER"] = before;
  });

  const handle = async (setting: string | undefined, event: unknown): Promise<unknown> => {
    jest.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
    if (setting === undefined) delete process.env["FIELDSEAL_READER"];
    else process.env["FIELDSEAL_READER"] = setting;
    let answer: unknown;
    await jest.isolateModulesAsync(async () => {
      const { handler } = await import("../../decryptor/main.ts");
      answer = await handler(event).catch((error: unknown) => Object(error).name as unknown);
      answer = [answer, await handler(event).catch((error: unknown) => Object(error).name as unknown)];
    });
    return answer;
  };

  const recipient = {
    id: "01",
    prefix: "#01#",
    suffix: "#10#",
    keyArn: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001",
  };
  const reader = { reader: "billing", recipients: [recipient], open: ["01"] };

  test.each<{
    readonly why: string;
    readonly setting: string | undefined;
    readonly code: string;
    readonly reason: string;
  }>([
    { why: "not set", setting: undefined, code: "reader_invalid", reason: "is not set" },
    { why: "empty", setting: "", code: "reader_invalid", reason: "must be JSON" },
    { why: "a list", setting: "[]", code: "reader_invalid", reason: "Expected an object" },
    { why: "cut off", setting: JSON.stringify(reader).slice(0, -1), code: "reader_invalid", reason: "must be JSON" },
    {
      why: "another setting",
      setting: JSON.stringify({ ...reader, view: {} }),
      code: "reader_invalid",
      reason: "views",
    },
    {
      why: "views by id, one level too high",
      setting: JSON.stringify({ ...reader, views: { "01": "last-four" } }),
      code: "reader_invalid",
      reason: "recipients, labels",
    },
    {
      why: "another view",
      setting: JSON.stringify({ ...reader, views: { recipients: { "01": "last_four" } } }),
      code: "reader_invalid",
      reason: "last-four",
    },
    {
      why: "no view",
      setting: JSON.stringify({ ...reader, views: { recipients: { "01": null } } }),
      code: "reader_invalid",
      reason: "Expected one of full",
    },
    {
      why: "a view of nobody",
      setting: JSON.stringify({ ...reader, views: { recipients: { "1": "last-four" } } }),
      code: "reader_invalid",
      reason: "Unknown recipient",
    },
    {
      why: "a label that is none",
      setting: JSON.stringify({ ...reader, views: { labels: { "a/b": "full" } } }),
      code: "reader_invalid",
      reason: "Expected a label",
    },
    {
      why: "a recipient of nobody",
      setting: JSON.stringify({ ...reader, open: ["02"] }),
      code: "reader_invalid",
      reason: "Unknown recipient",
    },
    {
      why: "open is no list",
      setting: JSON.stringify({ ...reader, open: "01" }),
      code: "reader_invalid",
      reason: "Expected a list",
    },
    {
      why: "no open",
      setting: JSON.stringify({ reader: "a", recipients: [recipient] }),
      code: "reader_invalid",
      reason: "open",
    },
    {
      why: "an alias",
      setting: JSON.stringify({
        ...reader,
        recipients: [{ ...recipient, keyArn: "arn:aws:kms:eu-central-1:111122223333:alias/a" }],
      }),
      code: "reader_invalid",
      reason: "Expected the ARN",
    },
    {
      why: "markers that are none",
      setting: JSON.stringify({ ...reader, recipients: [{ ...recipient, prefix: "01" }] }),
      code: "recipient_invalid",
      reason: "$.recipients",
    },
    {
      why: "a limit of none",
      setting: JSON.stringify({ ...reader, limits: { tokens: 0 } }),
      code: "reader_invalid",
      reason: "whole number",
    },
    {
      why: "a limit as text",
      setting: JSON.stringify({ ...reader, limits: { tokens: "10" } }),
      code: "reader_invalid",
      reason: "whole number",
    },
    {
      why: "another limit",
      setting: JSON.stringify({ ...reader, limits: { token: 10 } }),
      code: "reader_invalid",
      reason: "tokens",
    },
    {
      why: "another setting of KMS",
      setting: JSON.stringify({ ...reader, kms: { cacheSecond: 0 } }),
      code: "reader_invalid",
      reason: "cacheSeconds",
    },
    {
      why: "a destination of an access point",
      setting: JSON.stringify({
        ...reader,
        destination: { ...destination, bucket: "arn:aws:s3:eu-central-1:111122223333:accesspoint/a" },
      }),
      code: "reader_invalid",
      reason: "bucket",
    },
  ])("$why: every call fails with $code, each with its line", async ({ setting, code, reason }) => {
    expect(await handle(setting, { body: "x" })).toEqual([code, code]);
    expect(lines.map((line) => JSON.parse(String(line)))).toEqual(
      [1, 2].map(() =>
        expect.objectContaining({
          audit: "fieldseal",
          code,
          caller: "direct",
          reason: expect.stringContaining(reason),
        }),
      ),
    );
  });

  test.each<{ readonly event: unknown; readonly answer: unknown }>([
    { event: {}, answer: "reader_invalid" },
    { event: redshift("x"), answer: { success: false, error_msg: expect.stringContaining("reader_invalid") } },
    {
      event: rest("x"),
      answer: expect.objectContaining({ statusCode: 500, body: expect.stringContaining("reader_invalid") }),
    },
  ])("told in the caller's way: $event", async ({ event, answer }) => {
    expect(await handle("{}", event)).toEqual([answer, answer]);
  });
});
