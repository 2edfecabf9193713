/** HTTP requests of API Gateway and of function URLs: documented events, and what clients make of them. */
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { openCaller, secret } from "../../support/caller.ts";
import { makeDirect, within } from "../../support/decryptor.ts";
import { rest, version1, version2 } from "../../support/gateway-events.ts";

const caller = openCaller();
const { token, call, handle } = caller;

const without = (event: object, ...names: readonly string[]): object =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)));
const base64 = (text: string | Buffer): string => Buffer.from(text as string).toString("base64");

describe("responses", () => {
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
    expect(await handle(restWith(`{"a":"${token()}"}`))).toMatchObject({
      statusCode: 200,
      body: `{"a":"${secret}"}`,
      isBase64Encoded: false,
      headers: { "content-type": "application/json", "cache-control": "no-store", "fieldseal-opened": "1" },
    });
  });

  test("function URL", async () => {
    expect(await handle(url(`x ${token()}`))).toMatchObject({ statusCode: 200, body: `x ${secret}` });
  });

  test("base64 and gzip", async () => {
    const body = gzipSync(`["${token()}"]`).toString("base64");
    expect(
      await handle(restWith(body, { "content-type": "application/json", "Content-Encoding": "gzip" }, true)),
    ).toMatchObject({ statusCode: 200, body: `["${secret}"]` });
  });

  test.each<[string, () => object, number, string]>([
    ["no body", () => restWith(null), 400, "request_invalid"],
    ["malformed JSON", () => restWith(`{"a":"${token()}"`), 400, "body_malformed"],
    ["another coding", () => restWith("a", { "content-encoding": "compress" }), 415, "content_coding_unsupported"],
    ["broken gzip", () => restWith("YQ==", { "content-encoding": "gzip" }, true), 400, "content_coding_malformed"],
    [
      "a bomb",
      () => restWith(gzipSync(Buffer.alloc(21_000_000)).toString("base64"), { "content-encoding": "gzip" }, true),
      413,
      "decoded_too_large",
    ],
    ["a damaged token", () => restWith(`["${token().slice(0, 60)}"]`), 422, "token_damaged"],
  ])("%s", async (_, event, statusCode, code) => {
    const answer = await handle(event());
    expect(answer).toMatchObject({
      statusCode,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
    });
    expect(JSON.parse((answer as { readonly body: string }).body)).toMatchObject({ status: statusCode, code });
  });

  test("a response is compressed for those who take it, and tells why values were wanted", async () => {
    const long = "x".repeat(2_000);
    const { result: answer, audit } = await call(
      url(`["${token()}","${long}"]`, {
        "content-type": "application/json",
        "accept-encoding": "br, gzip;q=0.5",
        "fieldseal-purpose": "refund 17",
      }),
    );
    expect(answer).toMatchObject({ headers: { "content-encoding": "gzip" }, isBase64Encoded: true });
    expect(gunzipSync(Buffer.from(String(answer["body"]), "base64")).toString()).toBe(`["${secret}","${long}"]`);
    expect(audit).toMatchObject({ purpose: "refund 17" });
    for (const accepted of ["gzip;q=0", "gzip;q=0.000", "identity", "x-gzip"]) {
      expect(
        await handle(url(`["${long}"]`, { "content-type": "application/json", "accept-encoding": accepted })),
      ).toMatchObject({ isBase64Encoded: false });
    }
  });

  test("a load balancer's event is none of API Gateway's", async () => {
    const event = {
      ...restWith("[]"),
      requestContext: {
        elb: { targetGroupArn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/a/1" },
      },
    };
    await expect(handle(event)).rejects.toMatchObject({ name: "unknown_event" });
  });

  test("throttling is a 503", async () => {
    caller.throttle();
    expect(await handle(restWith(`["${token()}"]`), within(900))).toMatchObject({ statusCode: 503 });
  });
});

describe("documented events", () => {
  test.each<{
    readonly why: string;
    readonly event: () => object;
    readonly body: string;
    readonly contentType?: string;
    readonly isBase64Encoded?: boolean;
  }>([
    { why: "REST API", event: () => ({ ...rest, body: `{"a":"${token()}"}` }), body: `{"a":"${secret}"}` },
    {
      why: "HTTP API, version 1.0",
      event: () => ({ ...version1, body: `{"a":"${token()}"}` }),
      body: `{"a":"${secret}"}`,
    },
    {
      why: "HTTP API, version 2.0",
      event: () => ({ ...version2, body: `{"a":"${token()}"}` }),
      body: `{"a":"${secret}"}`,
    },
    {
      why: "function URL, in base64",
      event: () => ({ ...version2, body: base64(`{"a":"${token()}"}`), isBase64Encoded: true }),
      body: `{"a":"${secret}"}`,
    },
    {
      why: "header names in capitals",
      event: () => ({
        ...rest,
        headers: { "CONTENT-TYPE": "text/csv" },
        multiValueHeaders: null,
        body: `a\r\n${token('x,"')}\r\n`,
      }),
      body: 'a\r\n"x,"""\r\n',
      contentType: "text/csv",
    },
    {
      why: "header fields with several values each, alone",
      event: () => ({
        ...rest,
        headers: null,
        multiValueHeaders: { "Content-Type": ["text/csv"] },
        body: `a\r\n${token('x,"')}\r\n`,
      }),
      body: 'a\r\n"x,"""\r\n',
      contentType: "text/csv",
    },
    {
      why: "no header fields",
      event: () => ({ ...rest, headers: null, multiValueHeaders: null, body: `x ${token()}` }),
      body: `x ${secret}`,
      contentType: "text/plain; charset=utf-8",
    },
    {
      why: "no member for them",
      event: () => ({ ...without(rest, "headers", "multiValueHeaders"), body: `x ${token()}` }),
      body: `x ${secret}`,
      contentType: "text/plain; charset=utf-8",
    },
    {
      why: "a header field without a value",
      event: () => ({
        ...rest,
        headers: { "content-type": null, x: 1 },
        multiValueHeaders: null,
        body: `x ${token()}`,
      }),
      body: `x ${secret}`,
      contentType: "text/plain; charset=utf-8",
    },
    {
      why: "no type: JSON is JSON",
      event: () => ({ ...version2, headers: {}, body: `["${token('"')}"]` }),
      body: '["\\""]',
      contentType: "text/plain; charset=utf-8",
    },
    {
      why: "an empty body",
      event: () => ({ ...version2, headers: {}, body: "" }),
      body: "",
      contentType: "text/plain; charset=utf-8",
    },
    {
      why: "GET with a body",
      event: () => ({ ...rest, httpMethod: "GET", body: `["${token()}"]` }),
      body: `["${secret}"]`,
    },
    {
      why: "no word on base64",
      event: () => ({ ...without(rest, "isBase64Encoded"), body: `["${token()}"]` }),
      body: `["${secret}"]`,
    },
    {
      why: "gzip, as the field says",
      event: () => ({
        ...version2,
        headers: { "content-type": "application/json", "content-encoding": "GZip" },
        body: gzipSync(`["${token()}"]`).toString("base64"),
        isBase64Encoded: true,
      }),
      body: `["${secret}"]`,
    },
    {
      why: "two codings",
      event: () => ({
        ...version2,
        headers: { "content-type": "application/json", "content-encoding": "gzip, identity, gzip" },
        body: gzipSync(gzipSync(`["${token()}"]`)).toString("base64"),
        isBase64Encoded: true,
      }),
      body: `["${secret}"]`,
    },
    {
      why: "another charset, of which all is ASCII",
      event: () => ({
        ...version2,
        headers: { "content-type": "text/plain; charset=iso-8859-1; format=flowed" },
        body: `x ${token()}`,
      }),
      body: `x ${secret}`,
      contentType: "text/plain; charset=utf-8; format=flowed",
    },
    {
      why: "JSON in a media type of its own",
      event: () => ({
        ...version2,
        headers: { "content-type": 'application/problem+json; charset="utf-8"' },
        body: `["${token('"')}"]`,
      }),
      body: '["\\""]',
      contentType: 'application/problem+json; charset="utf-8"',
    },
  ])("$why", async ({ event, body, contentType = "application/json", isBase64Encoded = false }) => {
    const { result, error } = await call(event());
    expect(error).toBeUndefined();
    expect(result).toEqual({
      statusCode: 200,
      headers: expect.objectContaining({
        "content-type": contentType,
        "cache-control": "no-store",
        vary: "accept-encoding",
      }),
      body,
      isBase64Encoded,
    });
  });

  test("gzip that no field speaks of comes back as gzip", async () => {
    const { result } = await call({
      ...version2,
      body: gzipSync(`["${token()}"]`).toString("base64"),
      isBase64Encoded: true,
    });
    expect(result).toMatchObject({ statusCode: 200, isBase64Encoded: true });
    expect(gunzipSync(Buffer.from(String(result["body"]), "base64")).toString()).toBe(`["${secret}"]`);
  });

  test.each<{ readonly accepted: string | undefined; readonly compressed: boolean }>([
    { accepted: "gzip", compressed: true },
    { accepted: "GZIP", compressed: true },
    { accepted: "br;q=1.0, gzip;q=0.8, *;q=0.1", compressed: true },
    { accepted: "deflate,gzip ; q=0.001", compressed: true },
    { accepted: "gzip;q=0", compressed: false },
    { accepted: "gzip;q=0.0, identity", compressed: false },
    { accepted: "gzip;q=0.000", compressed: false },
    { accepted: "br, deflate", compressed: false },
    { accepted: "gzipped", compressed: false },
    { accepted: "", compressed: false },
    { accepted: undefined, compressed: false },
  ])("accept-encoding $accepted", async ({ accepted, compressed }) => {
    const body = `["${token()}","${"x".repeat(2_000)}"]`;
    const { result } = await call({
      ...version2,
      headers: {
        "content-type": "application/json",
        ...(accepted === undefined ? {} : { "accept-encoding": accepted }),
      },
      body,
    });
    expect(Object.hasOwn(Object(result["headers"]), "content-encoding")).toBe(compressed);
    const bytes = Buffer.from(String(result["body"]), compressed ? "base64" : "utf8");
    expect((compressed ? gunzipSync(bytes) : bytes).toString()).toBe(body.replace(/#01#.*~01~/, secret));
  });

  test("REST APIs, which would give base64 to their clients, get no gzip that they did not send", async () => {
    const body = `["${"x".repeat(2_000)}"]`;
    const compressed = async (event: object): Promise<unknown> =>
      (await call({ ...event, body, headers: { "accept-encoding": "gzip" }, multiValueHeaders: null })).result[
        "isBase64Encoded"
      ];
    expect([await compressed(rest), await compressed(version1), await compressed(version2)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test.each<{ readonly why: string; readonly event: () => object; readonly status: number; readonly code: string }>([
    { why: "GET", event: () => ({ ...rest, httpMethod: "GET", body: null }), status: 400, code: "request_invalid" },
    { why: "GET in version 2.0", event: () => without(version2, "body"), status: 400, code: "request_invalid" },
    {
      why: "a body that is none",
      event: () => ({ ...rest, body: { a: secret } }),
      status: 400,
      code: "request_invalid",
    },
    {
      why: "base64 that is none",
      event: () => ({ ...rest, body: `${secret}!`, isBase64Encoded: true }),
      status: 400,
      code: "request_invalid",
    },
    {
      why: "half of a surrogate pair",
      event: () => ({ ...rest, body: "\ud800" }),
      status: 400,
      code: "request_invalid",
    },
    {
      why: "two content types",
      event: () => ({ ...version2, headers: { "content-type": "application/json,text/plain" }, body: token() }),
      status: 400,
      code: "request_invalid",
    },
    {
      why: "two content types, of a REST API",
      event: () => ({
        ...rest,
        multiValueHeaders: { "Content-Type": ["text/plain", "application/json"] },
        body: token(),
      }),
      status: 400,
      code: "request_invalid",
    },
    {
      why: "another answer to failures",
      event: () => ({ ...version2, headers: { "fieldseal-on-failure": "ignore" }, body: token() }),
      status: 400,
      code: "request_invalid",
    },
    {
      why: "JSON that is none",
      event: () => ({ ...rest, body: `{"${secret}":"${token()}"` }),
      status: 400,
      code: "body_malformed",
    },
    {
      why: "bytes that are no text",
      event: () => ({ ...version2, headers: {}, body: base64(Buffer.from([0xff, 0xfe])), isBase64Encoded: true }),
      status: 400,
      code: "body_not_utf8",
    },
    {
      why: "another coding",
      event: () => ({ ...version2, headers: { "content-encoding": "lzma" }, body: "x" }),
      status: 415,
      code: "content_coding_unsupported",
    },
    {
      why: "XML in another charset",
      event: () => ({
        ...version2,
        headers: { "content-type": "text/xml" },
        body: `<?xml version="1.0" encoding="utf-16"?><a>${token()}</a>`,
      }),
      status: 415,
      code: "charset_unsupported",
    },
    {
      why: "a token that is cut off",
      event: () => ({ ...rest, body: `["${token().slice(0, 99)}"]` }),
      status: 422,
      code: "token_damaged",
    },
    {
      why: "a token of another key",
      event: () => ({ ...rest, body: `["${token().replace(/.{8}~01~$/, "AAAAAA==~01~")}"]` }),
      status: 422,
      code: "token_invalid",
    },
    {
      why: "a value that cannot stand there",
      event: () => ({ ...version2, headers: { "content-type": "text/xml" }, body: `<a>${token("\u0001")}</a>` }),
      status: 422,
      code: "value_unwritable",
    },
  ])("$why is $status $code", async ({ event, status, code }) => {
    const { result, line } = await call(event());
    expect(result).toMatchObject({
      statusCode: status,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
      isBase64Encoded: false,
    });
    expect(JSON.parse(String(result["body"]))).toEqual({
      type: "about:blank",
      title: expect.any(String),
      status,
      code,
      detail: expect.any(String),
      requestId: expect.any(String),
    });
    expect(JSON.stringify(result) + line).not.toContain(secret);
    expect(JSON.stringify(result)).not.toContain("#01#");
  });

  test.each<{
    readonly name: "ThrottlingException" | "KMSInternalException" | "AccessDeniedException" | "DisabledException";
    readonly ms: number;
    readonly status: number;
    readonly code: string;
  }>([
    { name: "ThrottlingException", ms: 900, status: 503, code: "kms_throttled" },
    { name: "KMSInternalException", ms: 900, status: 503, code: "kms_unavailable" },
    { name: "KMSInternalException", ms: 400, status: 503, code: "out_of_time" },
    { name: "AccessDeniedException", ms: 9_000, status: 500, code: "kms_denied" },
    { name: "DisabledException", ms: 9_000, status: 500, code: "kms_key_unusable" },
  ])("KMS's $name is $status $code", async ({ name, ms, status, code }) => {
    caller.decryptor.intercept = async () => ({ kind: "error", name });
    const { result } = await call({ ...rest, body: `["${token()}"]` }, {}, within(ms));
    expect(result).toMatchObject({ statusCode: status });
    expect(JSON.parse(String(result["body"]))).toMatchObject({ code });
    expect(Object.hasOwn(Object(result["headers"]), "retry-after")).toBe(status === 503);
  });

  test("a label that is not the place's, and more tokens than allowed", async () => {
    const body = `{"ssn":"${token()}","b":"${token()}"}`;
    const status = async (settings: object): Promise<unknown> =>
      (await call({ ...rest, body }, settings)).result["statusCode"];
    expect(await status({ expect: { ssn: "ssn" } })).toBe(422);
    expect(await status({ limits: { tokens: 1 } })).toBe(413);
    expect(await status({ limits: { depth: 1 } })).toBe(200);
  });

  test("a token that stays is counted", async () => {
    const { result } = await call(
      {
        ...version2,
        headers: { "fieldseal-on-failure": "keep" },
        body: `${token()} ${token().slice(0, 99)} ${makeDirect(caller.decryptor.recipients[1], "x")}`,
      },
      { open: ["01"] },
    );
    expect(result["headers"]).toMatchObject({
      "fieldseal-found": "3",
      "fieldseal-opened": "1",
      "fieldseal-withheld": "1",
      "fieldseal-failed": "1",
    });
  });
});
