/** What holds for every caller: answers that are too long, and failures that another try may mend. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { openCaller, secret } from "../../support/caller.ts";
import { makeDirect, within } from "../../support/decryptor.ts";
import { rest, version2 } from "../../support/gateway-events.ts";

const caller = openCaller();
const { token, call } = caller;

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
    const { result, error } = await call(event());
    if (typeof answer === "string") expect(error).toBe(answer);
    else expect(result).toMatchObject(answer);
  });

  test("less than that goes out, and compressed what is more", async () => {
    expect((await call({ ...version2, headers: {}, body: "x".repeat(6_200_000) })).result).toMatchObject({
      statusCode: 200,
    });
    expect((await call({ ...version2, headers: { "accept-encoding": "gzip" }, body: filler })).result).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
    });
  });
});

describe("failures that are kept, and pass", () => {
  const keep = { onFailure: "keep" };
  const body = (): string => `${makeDirect(caller.decryptor.recipients[1], "b")} ${token()}`;
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
    caller.decryptor.intercept = async ({ keyId }) =>
      keyId === caller.decryptor.recipients[1].keyArn ? { kind: "error", name: "ThrottlingException" } : undefined;
    expect(await call(event(), keep, within(1_200))).toMatchObject(answer("kms_throttled"));
  });
});
