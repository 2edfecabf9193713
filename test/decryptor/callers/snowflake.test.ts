/** External functions of Snowflake: numbered rows in an HTTP body. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { openCaller, secret } from "../../support/caller.ts";
import { makeSealed } from "../../support/decryptor.ts";
import { rest } from "../../support/gateway-events.ts";

const caller = openCaller();
const { token, call, handle } = caller;

const restWith = (body: string | null, headers: object = { "Content-Type": "application/json" }, base64 = false) => ({
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

test("rows keep their numbers, nulls stay", async () => {
  const headers = {
    "sf-external-function-format": "json",
    "sf-external-function-format-version": "1.0",
    "content-type": "application/json",
  };
  const answer = await handle(
    restWith(
      JSON.stringify({
        data: [
          [0, token()],
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
  expect(await handle(restWith(JSON.stringify({ data: [[0, "a", "b"]] }), headers))).toMatchObject({ statusCode: 400 });
  const body = `{ "data": [[0, 12345678901234567890], [1.0, {"a": "${token('x"')}", "b":1.0}], [2, true]] }`;
  expect(await handle(restWith(body, headers))).toMatchObject({
    statusCode: 200,
    body: '{"data":[[0,12345678901234567890],[1.0,{"a": "x\\"", "b":1.0}],[2,true]]}',
  });
});

describe("documented events", () => {
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
      body: () => `{"data":[[0,{"a":["${makeSealed(caller.decryptor.recipients[0], "1.0")}"]}],[1,["${token()}"]]]}`,
      answer: `{"data":[[0,{"a":[1.0]}],[1,["${secret}"]]]}`,
    },
    {
      why: "JSON's own escapes",
      body: () => `{"data":[[0,"${token().replaceAll("/", "\\/").replaceAll("+", "\\u002b")}"]]}`,
      answer: `{"data":[[0,"${secret}"]]}`,
    },
  ])("$why", async ({ body, answer }) => {
    for (const event of [snowflake(body()), snowflake(gzipSync(body()), { "Content-Encoding": "gzip" })]) {
      expect((await call(event)).result).toEqual({
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
    const { result } = await call(snowflake(body()));
    expect(result).toMatchObject({ statusCode: status, headers: { "content-type": "application/problem+json" } });
    expect(JSON.stringify(result)).not.toContain(secret);
  });
});
