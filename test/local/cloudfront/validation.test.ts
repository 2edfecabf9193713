import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type EventRequest, type OriginRequestEvent, writeEvent } from "../../../local/cloudfront/event.ts";
import { cloudFrontLimits } from "../../../local/cloudfront/limits.ts";
import { type Outcome, parseResult } from "../../../local/cloudfront/validation.ts";

const canary = "4111111111111111";
const event: OriginRequestEvent = writeEvent(
  {
    clientIp: "203.0.113.1",
    method: "POST",
    target: `/people?card=${canary}`,
    rawHeaders: ["Content-Type", "text/plain", "Content-Length", "4", "If-Match", canary, "Accept-Encoding", "br"],
    body: Buffer.from("body"),
  },
  {
    distribution: { domainName: "d1.cloudfront.net", id: "EXAMPLE", origin: new URL("http://localhost:3000/base") },
    requestId: "request-1",
  },
);
const { request } = event.Records[0].cf;
const getEvent: OriginRequestEvent = writeEvent(
  { clientIp: "203.0.113.1", method: "GET", target: "/", rawHeaders: [], body: Buffer.alloc(0) },
  {
    distribution: { domainName: "d1.cloudfront.net", id: "EXAMPLE", origin: new URL("http://[::1]/") },
    requestId: "request-2",
  },
);

const entry = (value: unknown, key?: unknown) => (key === undefined ? { value } : { key, value });
const withHeaders = (changes: object) => ({ ...request, headers: { ...request.headers, ...changes } });
const withBody = (changes: object) => ({ ...request, body: { ...request.body, ...changes } });
const withOrigin = (changes: object) => ({ ...request, origin: { custom: { ...request.origin.custom, ...changes } } });
const without = (object: object, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([member]) => member !== name));

/** Results pass through JSON before CloudFront looks at them. */
const parse = (result: unknown, of = event): Outcome => parseResult(of, JSON.parse(JSON.stringify(result)));

describe("a request that is forwarded", () => {
  test("as it came", () => {
    expect(parse(request)).toEqual({
      kind: "forward",
      request: {
        destination: { protocol: "http", hostname: "localhost", port: 3000, readTimeoutSeconds: 30 },
        method: "POST",
        target: `/base/people?card=${canary}`,
        headers: request.headers,
      },
    });
  });

  test("without a body and with an address in brackets", () => {
    const outcome = parse(getEvent.Records[0].cf.request, getEvent);
    const forwarded = { target: "/", destination: { hostname: "::1", port: 80 } };
    expect(outcome).toMatchObject({ kind: "forward", request: forwarded });
  });

  const edits: readonly [why: string, result: unknown, forwarded: object][] = [
    ["uri and query", { ...request, uri: "/x%20y", querystring: "" }, { target: "/base/x%20y" }],
    ["shortest", { ...request, uri: "/", querystring: "a" }, { target: "/base/?a" }],
    [
      "origin",
      withOrigin({ protocol: "https", port: 443, path: "" }),
      { destination: { protocol: "https", port: 443 } },
    ],
    [
      "added header, key left out",
      withHeaders({ "x-a": [entry("1")] }),
      { headers: { "x-a": [{ key: "x-a", value: "1" }] } },
    ],
    [
      "custom header",
      withOrigin({ customHeaders: { "x-b": [entry("1", "X-B")] } }),
      { headers: { "x-b": [{ key: "X-B", value: "1" }] } },
    ],
    ["edited Host", withHeaders({ host: [entry("h", "HOST")] }), { headers: { host: [{ key: "HOST", value: "h" }] } }],
    ["edited Content-Encoding", withHeaders({ "content-encoding": [entry("br")] }), { method: "POST" }],
    [
      "another spelling of a read-only header's key",
      withHeaders({ "accept-encoding": [entry("br", "ACCEPT-encoding")] }),
      { method: "POST" },
    ],
    ["body, as text", withBody({ action: "replace", encoding: "text", data: "é" }), { replacedBody: Buffer.from("é") }],
    ["body, as base64", withBody({ action: "replace", data: "AAE=" }), { replacedBody: Buffer.from([0, 1]) }],
    [
      "body, as base64 by default",
      { ...request, body: { action: "replace", data: "AAE=" } },
      { replacedBody: Buffer.from([0, 1]) },
    ],
    ["body, emptied", withBody({ action: "replace", data: "" }), { replacedBody: Buffer.alloc(0) }],
  ];
  test.each(edits)("with an edit: %s", (_, result, forwarded) => {
    expect(parse(result)).toMatchObject({ kind: "forward", request: forwarded });
  });

  test("a deleted header that is not read-only", () => {
    const outcome = parse({ ...request, headers: without(request.headers, "content-type") });
    expect(outcome.kind === "forward" && outcome.request.headers["content-type"]).toBe(undefined);
  });

  const ignored: readonly [why: string, result: unknown][] = [
    ["data edited without replace", withBody({ data: "AAE=" })],
    ["malformed data and encoding without replace", withBody({ data: 7, encoding: "rot13" })],
    ["body removed", without(request, "body")],
    ["action removed", { ...request, body: without(request.body ?? {}, "action") }],
  ];
  test.each(ignored)("with the viewer's own body: %s", (_, result) => {
    const outcome = parse(result);
    expect(outcome.kind).toBe("forward");
    expect(outcome.kind === "forward" && Object.hasOwn(outcome.request, "replacedBody")).toBe(false);
  });
});

describe("a response that is given to the viewer", () => {
  const responses: readonly [why: string, result: object, response: object][] = [
    ["smallest", { status: "204" }, { status: 204, headers: {}, body: Buffer.alloc(0) }],
    ["lowest status", { status: "200" }, { status: 200, headers: {}, body: Buffer.alloc(0) }],
    ["highest status", { status: "599" }, { status: 599, headers: {}, body: Buffer.alloc(0) }],
    [
      "whole",
      {
        status: "400",
        statusDescription: "Bad Request",
        headers: { "cache-control": [entry("no-store", "Cache-Control")] },
        body: "no",
        bodyEncoding: "text",
      },
      {
        status: 400,
        statusDescription: "Bad Request",
        headers: { "cache-control": [{ key: "Cache-Control", value: "no-store" }] },
        body: Buffer.from("no"),
      },
    ],
    [
      "base64",
      { status: "200", body: "AAE=", bodyEncoding: "base64" },
      { status: 200, headers: {}, body: Buffer.from([0, 1]) },
    ],
  ];
  test.each(responses)("%s", (_, result, response) => {
    expect(parse(result)).toEqual({ kind: "respond", response });
  });
});

const refused: readonly [reason: string, result: unknown, why: string][] = [
  ["the result is not an object", null, "nothing returned"],
  ["the result is not an object", canary, "string"],
  ["the result is not an object", [request], "array"],
  ["the result is neither a request nor a response", {}, "empty"],
  ["the result is neither a request nor a response", event, "the event"],
  ["the result is a request and a response at once", { ...request, status: "200" }, "both"],
  ["the method was changed", { ...request, method: "PUT" }, "edited"],
  ["the method was changed", without(request, "method"), "removed"],
  ["the headers are not an object", without(request, "headers"), "removed"],
  ["the headers are not an object", { ...request, headers: [] }, "array"],
  ["a header is not a list with entries", withHeaders({ "x-a": canary }), "string"],
  ["a header is not a list with entries", withHeaders({ "x-a": entry(canary) }), "single entry"],
  ["a header is not a list with entries", withHeaders({ "x-a": [] }), "empty list"],
  ["an entry of a header is not an object", withHeaders({ "x-a": [canary] }), "string entry"],
  ["an entry's key is not its header's name", withHeaders({ "x-a": [entry("1", canary)] }), "other key"],
  ["an entry's key is not its header's name", withHeaders({ "x-a": [entry("1", 1)] }), "key is a number"],
  ["an entry's value is not a header value", withHeaders({ "x-a": [{ key: "x-a" }] }), "no value"],
  ["an entry's value is not a header value", withHeaders({ "x-a": [entry(1)] }), "value is a number"],
  ["an entry's value is not a header value", withHeaders({ "x-a": [entry(`${canary}\r\nx-b: 1`)] }), "line end"],
  ["an entry's value is not a header value", withHeaders({ "x-a": [entry("\u{1F600}")] }), "beyond one byte"],
  ["a header name is not a lower-case token", withHeaders({ "X-A": [entry("1")] }), "upper case"],
  ["a header name is not a lower-case token", withHeaders({ [`x ${canary}`]: [entry("1")] }), "space"],
  ["a header name is not a lower-case token", withHeaders({ "": [entry("1")] }), "empty"],
  ["a header that is not allowed was added (connection)", withHeaders({ connection: [entry("close")] }), "by name"],
  ["a header that is not allowed was added (x-cache)", withHeaders({ "x-cache": [entry("Hit")] }), "by name"],
  [
    "a header that is not allowed was added (x-amz-cf-*)",
    withHeaders({ [`x-amz-cf-${canary}`]: [entry("1")] }),
    "by beginning",
  ],
  ["a header that is not allowed was added (x-edge-*)", withHeaders({ "x-edge-a": [entry("1")] }), "by beginning"],
  [
    "a header that is not allowed was added (x-real-ip)",
    withOrigin({ customHeaders: { "x-real-ip": [entry("1")] } }),
    "custom",
  ],
  ["a read-only header was changed (content-length)", withHeaders({ "content-length": [entry("5")] }), "edited"],
  ["a read-only header was changed (if-none-match)", withHeaders({ "if-none-match": [entry("x")] }), "added"],
  [
    "a read-only header was changed (accept-encoding)",
    withHeaders({ "accept-encoding": [entry("br"), entry("br")] }),
    "repeated",
  ],
  ["a read-only header was changed (via)", { ...request, headers: without(request.headers, "via") }, "removed"],
  [
    "a header is in headers and in customHeaders",
    withOrigin({ customHeaders: { "content-type": [entry("a/b")] } }),
    "both",
  ],
  ["the uri does not begin with a slash", { ...request, uri: canary }, "relative"],
  ["the uri does not begin with a slash", { ...request, uri: "" }, "empty"],
  ["the uri does not begin with a slash", without(request, "uri"), "removed"],
  ["the querystring is not a string", without(request, "querystring"), "removed"],
  ["the uri has a character that must be percent-encoded", { ...request, uri: "/a b" }, "space"],
  ["the uri has a character that must be percent-encoded", { ...request, uri: "/a?b" }, "query in the uri"],
  ["the uri has a character that must be percent-encoded", { ...request, uri: "/é" }, "not ASCII"],
  ["the querystring has a character that must be percent-encoded", { ...request, querystring: "a\r\nb" }, "line end"],
  ["the querystring has a character that must be percent-encoded", { ...request, querystring: "a#b" }, "fragment"],
  ["uri and querystring are 8192 characters or longer", { ...request, uri: "/".repeat(8_192), querystring: "" }, "uri"],
  [
    "uri and querystring are 8192 characters or longer",
    { ...request, uri: "/".repeat(92), querystring: "a".repeat(8_100) },
    "sum",
  ],
  ["the body is not an object", { ...request, body: canary }, "string"],
  ["the body is not an object", { ...request, body: null }, "null"],
  ["the body's action is unknown", withBody({ action: "append" }), "unknown"],
  ["the body's data is not a string", withBody({ action: "replace", data: { card: canary } }), "object"],
  ["the body's data is not a string", { ...request, body: { action: "replace" } }, "missing"],
  ["the encoding of a body is unknown", withBody({ action: "replace", encoding: "hex", data: canary }), "unknown"],
  ["a body is not valid base64", withBody({ action: "replace", data: `{${canary}}` }), "not base64"],
  ["a body is not valid base64", withBody({ action: "replace", data: "AAE" }), "no padding"],
  ["a body is not valid base64", withBody({ action: "replace", data: "A-_=" }), "URL alphabet"],
  ["a body is not valid base64", withBody({ action: "replace", data: "AAF=" }), "stray bits"],
  ["the origin is missing", without(request, "origin"), "removed"],
  ["the custom origin is missing", { ...request, origin: {} }, "neither"],
  ["an S3 origin is not simulated", { ...request, origin: { s3: {} } }, "s3"],
  ["the origin's protocol is unknown", withOrigin({ protocol: "ftp" }), "unknown"],
  ["the origin's domain name is not valid", withOrigin({ domainName: "a/b" }), "path"],
  ["the origin's port is not valid", withOrigin({ port: "80" }), "string"],
  ["the origin's port is not valid", withOrigin({ port: 65_536 }), "too high"],
  ["the origin's readTimeout is not within 1 to 120", withOrigin({ readTimeout: 0 }), "zero"],
  ["the origin's readTimeout is not within 1 to 120", withOrigin({ readTimeout: 1.5 }), "fraction"],
  ["the origin's path is not valid", withOrigin({ path: "base" }), "relative"],
  ["the origin's path is not valid", withOrigin({ path: "/base/" }), "slash at the end"],
  ["the origin's path is not valid", withOrigin({ path: "/a?b" }), "query"],
  ["the status is not a string from 200 to 599", { status: 200 }, "number"],
  ["the status is not a string from 200 to 599", { status: "199" }, "too low"],
  ["the status is not a string from 200 to 599", { status: "600" }, "too high"],
  ["the status is not a string from 200 to 599", { status: " 200" }, "space"],
  ["the statusDescription is not a single line", { status: "200", statusDescription: "a\nb" }, "line end"],
  ["the response's body is not a string", { status: "200", body: { card: canary } }, "object"],
  ["the encoding of a body is unknown", { status: "200", body: "", bodyEncoding: "hex" }, "unknown"],
  ["a body is not valid base64", { status: "200", body: canary.slice(1), bodyEncoding: "base64" }, "not base64"],
  ["the headers are not an object", { status: "200", headers: "" }, "string"],
  [
    "a header that is not allowed was added (x-amzn-requestid)",
    { status: "200", headers: { "x-amzn-requestid": [entry("1")] } },
    "response",
  ],
  [
    "a read-only header was changed (content-length)",
    { status: "200", headers: { "content-length": [entry("0")] } },
    "response",
  ],
];

describe("a result that is refused", () => {
  test.each(refused)("%s: %#", (reason, result) => {
    expect(parse(result)).toEqual({ kind: "invalid", reason });
  });

  test("a body given to a request of a method without one", () => {
    const result = { ...getEvent.Records[0].cf.request, body: { action: "replace", encoding: "text", data: "x" } };
    expect(parse(result, getEvent)).toMatchObject({ reason: "a body was given to a request of a method without one" });
  });

  test("no reason quotes the request or the result", () => {
    for (const [, result] of refused) expect(JSON.stringify(parse(result))).not.toContain(canary.slice(0, 8));
  });
});

describe("limits of size, at the limit and one above", () => {
  const text = (length: number) => withBody({ action: "replace", encoding: "text", data: "é".repeat(length / 2) });
  const base64 = (length: number) => withBody({ action: "replace", data: "A".repeat(length) });
  const headers = { "x-a": [entry("12345")] };
  const response = (length: number) => ({ status: "200", headers, body: "é".repeat(length / 2) });
  const url = (length: number) => ({ ...request, uri: `/${"a".repeat(length - 2)}`, querystring: "b" });
  const cases: readonly [what: string, make: (size: number) => unknown, fits: number, over: number][] = [
    ["replaced text, in UTF-8", text, 1_000_000, 1_000_002],
    ["replaced base64", base64, 1_333_336, 1_333_340],
    ["response, with its headers", response, 999_992, 999_994],
    ["uri and query", url, 8_191, 8_192],
  ];
  test.each(cases)("%s", (_, make, fits, over) => {
    expect(parse(make(fits)).kind).not.toBe("invalid");
    expect(parse(make(over)).kind).toBe("invalid");
  });

  test("other limits can be set", () => {
    const result = { status: "200", body: "123" };
    expect(parseResult(event, result, { ...cloudFrontLimits, responseBytes: 2 }).kind).toBe("invalid");
  });
});

test("every result of a function has an outcome", () => {
  const somewhat = fc.record(
    {
      method: fc.constant("POST"),
      uri: fc.oneof(fc.string(), fc.constant("/")),
      querystring: fc.string(),
      headers: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.array(fc.record({ value: fc.string() })))),
      body: fc.jsonValue(),
      origin: fc.oneof(fc.jsonValue(), fc.constant<EventRequest["origin"]>(request.origin)),
      status: fc.oneof(fc.constant("200"), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), somewhat), (result) => {
      expect(["forward", "respond", "invalid"]).toContain(parse(result ?? null).kind);
    }),
  );
});
