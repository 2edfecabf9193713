import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Distribution, EventRequest, ViewerRequest } from "../../../local/cloudfront/event.ts";
import { writeEvent } from "../../../local/cloudfront/event.ts";
import { cloudFrontLimits } from "../../../local/cloudfront/limits.ts";

const distribution: Distribution = {
  domainName: "d1.cloudfront.net",
  id: "EXAMPLE",
  origin: new URL("http://127.0.0.1:3000/"),
};

const plain = { clientIp: "203.0.113.1", method: "GET", target: "/", rawHeaders: [], body: Buffer.alloc(0) };

function write(viewer: Partial<ViewerRequest>, limits = cloudFrontLimits): EventRequest {
  return writeEvent({ ...plain, ...viewer }, { distribution, requestId: "request-1", limits }).Records[0].cf.request;
}

/** The event's headers without those that every request gets. */
function writeOnly(rawHeaders: readonly string[]): EventRequest["headers"] {
  const { host, via: _via, "x-forwarded-for": _client, ...others } = write({ rawHeaders }).headers;
  expect(host).toEqual([{ key: "Host", value: "127.0.0.1:3000" }]);
  return others;
}

test("a whole event", () => {
  const viewer: ViewerRequest = {
    clientIp: "203.0.113.1",
    method: "POST",
    target: "/people?a=1&b=%20",
    rawHeaders: ["Content-Type", "application/json", "Content-Length", "2"],
    body: Buffer.from("{}"),
  };
  expect(writeEvent(viewer, { distribution, requestId: "request-1" })).toEqual({
    Records: [
      {
        cf: {
          config: {
            distributionDomainName: "d1.cloudfront.net",
            distributionId: "EXAMPLE",
            eventType: "origin-request",
            requestId: "request-1",
          },
          request: {
            clientIp: "203.0.113.1",
            method: "POST",
            uri: "/people",
            querystring: "a=1&b=%20",
            headers: {
              "content-type": [{ key: "Content-Type", value: "application/json" }],
              "content-length": [{ key: "Content-Length", value: "2" }],
              host: [{ key: "Host", value: "127.0.0.1:3000" }],
              via: [{ key: "Via", value: "1.1 d1.cloudfront.net (CloudFront)" }],
              "x-forwarded-for": [{ key: "X-Forwarded-For", value: "203.0.113.1" }],
            },
            body: { inputTruncated: false, action: "read-only", encoding: "base64", data: "e30=" },
            origin: {
              custom: {
                customHeaders: {},
                domainName: "127.0.0.1",
                keepaliveTimeout: 5,
                path: "",
                port: 3000,
                protocol: "http",
                readTimeout: 30,
                sslProtocols: ["TLSv1.2"],
              },
            },
          },
        },
      },
    ],
  });
});

describe("a target is split at its first question mark and not changed", () => {
  const targets: readonly [target: string, uri: string, querystring: string, why: string][] = [
    ["/", "/", "", "root"],
    ["/a?", "/a", "", "empty query"],
    ["/a?b?c", "/a", "b?c", "second mark"],
    ["//a/../b;c/%2e%2E/?d=%3F", "//a/../b;c/%2e%2E/", "d=%3F", "not normalised"],
  ];
  test.each(targets)("%s", (target, uri, querystring) => {
    expect(write({ target })).toMatchObject({ uri, querystring });
  });
});

describe("the viewer's headers", () => {
  const cases: readonly [why: string, rawHeaders: readonly string[], headers: EventRequest["headers"]][] = [
    ["names are lower case and keys as they came", ["X-MiXed", "1"], { "x-mixed": [{ key: "X-MiXed", value: "1" }] }],
    [
      "a repeated header has several entries, whatever its spelling",
      ["Content-Type", "a/b", "X", "1", "content-type", "c/d"],
      {
        "content-type": [
          { key: "Content-Type", value: "a/b" },
          { key: "content-type", value: "c/d" },
        ],
        x: [{ key: "X", value: "1" }],
      },
    ],
    ["Host is the origin's", ["Host", "viewer.example"], {}],
    ["hidden by name", ["Connection", "close", "EXPECT", "100-continue", "Upgrade", "h2c", "X-Real-IP", "1.1.1.1"], {}],
    ["hidden by the beginning of the name", ["X-Amz-Cf-Anything", "1", "X-Edge-Location", "2"], {}],
    ["removed, although a function may add them", ["TE", "trailers", "X-HTTP-Method-Override", "PUT"], {}],
    ["a name near to a hidden one is seen", ["X-Amz-Cfx", "1"], { "x-amz-cfx": [{ key: "X-Amz-Cfx", value: "1" }] }],
    ["read-only ones are seen", ["If-Range", "x"], { "if-range": [{ key: "If-Range", value: "x" }] }],
    [
      "a WebSocket key is seen",
      ["Sec-WebSocket-Key", "k"],
      { "sec-websocket-key": [{ key: "Sec-WebSocket-Key", value: "k" }] },
    ],
  ];
  test.each(cases)("%s", (_, rawHeaders, headers) => {
    expect(writeOnly(rawHeaders)).toEqual(headers);
  });

  test("CloudFront adds itself to Via and the viewer to X-Forwarded-For", () => {
    const { headers } = write({ rawHeaders: ["Via", "1.0 a", "X-Forwarded-For", "192.0.2.1", "via", "1.1 b"] });
    expect(headers["via"]).toEqual([{ key: "Via", value: "1.0 a, 1.1 b, 1.1 d1.cloudfront.net (CloudFront)" }]);
    expect(headers["x-forwarded-for"]).toEqual([{ key: "X-Forwarded-For", value: "192.0.2.1, 203.0.113.1" }]);
  });

  test("a header called __proto__ is a header like any other", () => {
    const { headers } = write({ rawHeaders: ["__proto__", "1"] });
    expect(Object.hasOwn(headers, "__proto__")).toBe(true);
    expect(JSON.stringify(headers)).toContain('"__proto__":[{"key":"__proto__","value":"1"}]');
  });
});

describe("the body", () => {
  test.each(["POST", "PUT", "PATCH", "DELETE"])("of %s is shown, even if it is empty", (method) => {
    const body = { inputTruncated: false, action: "read-only", encoding: "base64", data: "" };
    expect(write({ method }).body).toEqual(body);
  });

  test.each(["GET", "HEAD", "OPTIONS"])("of %s is not shown", (method) => {
    expect(write({ method, body: Buffer.from("hidden") })).not.toHaveProperty("body");
  });

  const sizes: readonly [length: number, inputTruncated: boolean, shown: number][] = [
    [4, false, 4],
    [5, false, 5],
    [6, true, 5],
    [100, true, 5],
  ];
  test.each(sizes)("of %d bytes under a limit of 5: truncated is %p, shown are %d", (length, inputTruncated, shown) => {
    const limits = { ...cloudFrontLimits, shownBodyBytes: 5 };
    const { body } = write({ method: "POST", body: Buffer.alloc(length, 7) }, limits);
    expect(body).toMatchObject({ inputTruncated, data: Buffer.alloc(shown, 7).toString("base64") });
  });

  test("is cut at 1,048,576 bytes by default", () => {
    const { body } = write({ method: "POST", body: Buffer.alloc(1_048_577) });
    expect(body?.inputTruncated).toBe(true);
    expect(Buffer.from(body?.data ?? "", "base64").length).toBe(1_048_576);
  });

  test("of any bytes survives base64", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const { body } = write({ method: "PUT", body: Buffer.from(bytes) });
        expect(Buffer.from(body?.data ?? "", "base64")).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe("the origin's URL", () => {
  const origins: readonly [url: string, origin: object, host: string][] = [
    ["http://origin.example", { domainName: "origin.example", port: 80, protocol: "http", path: "" }, "origin.example"],
    [
      "https://origin.example",
      { domainName: "origin.example", port: 443, protocol: "https", path: "" },
      "origin.example",
    ],
    ["http://localhost:8080/base/", { domainName: "localhost", port: 8080, path: "/base" }, "localhost:8080"],
  ];
  test.each(origins)("%s", (url, origin, host) => {
    const event = writeEvent(plain, { distribution: { ...distribution, origin: new URL(url) }, requestId: "1" });
    expect(event.Records[0].cf.request.origin.custom).toMatchObject(origin);
    expect(event.Records[0].cf.request.headers["host"]).toEqual([{ key: "Host", value: host }]);
  });
});
