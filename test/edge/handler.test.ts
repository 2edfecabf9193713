import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { createHandler } from "../../edge/handler.ts";
import { callEdge, type EventParts, keys, makeEvent, makePolicy, openTokens } from "../support/edge.ts";

const policy = makePolicy([{ name: "people", body: ["$..ssn"] }]);
const secret = "078-05-1120";
const body = `[ {"id": 1.0, "ssn":"${secret}"} ]`;

describe("what goes on", () => {
  test("only the sensitive bytes change", async () => {
    const answer = await callEdge(policy, makeEvent({ body }));
    expect(answer.body).toMatch(/^\[ \{"id": 1\.0, "ssn":"#01#[A-Za-z0-9+/]{342}==#10#"\} \]$/);
    expect((await openTokens({ body: answer.body })).body).toBe(body);
    expect(answer.result).toMatchObject({
      method: "POST",
      uri: "/people",
      body: { action: "replace", encoding: "base64" },
    });
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"])("%s is protected", async (method) => {
    expect((await callEdge(policy, makeEvent({ method, body }))).body).toContain("#01#");
  });

  test.each([
    ["application/json"],
    ["Application/JSON"],
    ["application/json; charset=utf-8"],
    ['application/json;charset="UTF-8"'],
    ["application/json; charset=utf8"],
    ["application/json ;a=b; charset=utf-8"],
    ["application/vnd.api+json"],
    ["application/problem+JSON; q=1"],
  ])("content type %s", async (contentType) => {
    expect((await callEdge(policy, makeEvent({ body, headers: { "content-type": contentType } }))).body).toContain(
      "#01#",
    );
  });

  test.each([
    ["nothing that a selector names", { body: '[{"id":1}]' }],
    ["no body", {}],
    ["an empty body", { body: "" }],
    ["GET", { method: "GET" }],
    ["another path", { uri: "/other", body: "not json at all", headers: { "content-type": [] } }],
    ["another path, truncated", { uri: "/other", body: "x", inputTruncated: true }],
  ] as const)("%s: the very request that came", async (_, parts: EventParts) => {
    const event = makeEvent(parts);
    const before = structuredClone(event);
    const { result } = await callEdge(policy, event);
    expect(result).toEqual(before.Records[0]?.cf.request);
    expect(event).toEqual(before);
  });

  test("a byte order mark stays and is ignored", async () => {
    const answer = await callEdge(policy, makeEvent({ body: `\ufeff${body}` }));
    expect(answer.body.startsWith("\ufeff[ {")).toBe(true);
    expect(answer.body).not.toContain(secret);
  });

  test("every value of a name that stands twice, and one spelt with escapes", async () => {
    const twice = `{"ssn":"${secret}","\\u0073sn":"${secret}","ssn":["${secret}"]}`;
    expect((await callEdge(policy, makeEvent({ body: twice }))).body).not.toContain(secret);
  });

  test.each(["true", "null", "-1.50e+2", '""', '"\\u00e9"', "[]", '{"a":{"b":[1, 2]}}', '"x"'])(
    "a value %s",
    async (value) => {
      const whole = `{"ssn": ${value} , "b":1}`;
      const answer = await callEdge(policy, makeEvent({ body: whole }));
      expect(answer.body).toMatch(/^\{"ssn": "#01#[A-Za-z0-9+/=._-]+#10#" , "b":1\}$/);
      expect((await openTokens({ body: answer.body })).body).toBe(whole);
    },
  );

  test("the log line tells counts and no value", async () => {
    const { lines } = await callEdge(policy, makeEvent({ body }));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ requestId: "request-id-1", outcome: "protected" });
    expect(lines.join()).not.toContain(secret);
  });
});

const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe("what is refused", () => {
  const token = `#01#${"A".repeat(342)}==#10#`;
  const cases: readonly (readonly [string, EventParts, string, string])[] = [
    ["truncated", { body, inputTruncated: true }, "413", "body_truncated"],
    [
      "truncated before anything else",
      { body: "{", inputTruncated: true, headers: { "content-type": "a/b" } },
      "413",
      "body_truncated",
    ],
    ["truncated to nothing", { body: "", inputTruncated: true }, "413", "body_truncated"],
    [
      "too large with its tokens",
      { body: `[${`{"ssn":"x"},`.repeat(2700)}"${"x".repeat(90_000)}"]` },
      "413",
      "body_too_large",
    ],
    ["malformed", { body: `[{"ssn":"${secret}"` }, "400", "body_malformed"],
    ["two texts", { body: `"a" "b"` }, "400", "body_malformed"],
    ["a comment", { body: `/* */ {"ssn":"${secret}"}` }, "400", "body_malformed"],
    ["a trailing comma", { body: `[{"ssn":"${secret}"},]` }, "400", "body_malformed"],
    ["blank", { body: " " }, "400", "body_malformed"],
    ["not UTF-8", { body: Buffer.from([0x22, 0xff, 0x22]) }, "400", "body_not_utf8"],
    ["a surrogate in UTF-8", { body: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]) }, "400", "body_not_utf8"],
    ["overlong UTF-8", { body: Buffer.from([0x22, 0xc0, 0xa3, 0x22]) }, "400", "body_not_utf8"],
    ["1,001 levels", { body: deep(1001) }, "400", "too_deep"],
    ["a marker", { body: '{"a":"#01#"}' }, "400", "marker_in_input"],
    ["a suffix", { body: '{"a":"#10#"}' }, "400", "marker_in_input"],
    ["another recipient's marker", { body: '{"a":"#02#"}' }, "400", "marker_in_input"],
    ["a whole token", { body: `{"ssn":"${token}"}` }, "400", "marker_in_input"],
    ["a marker with an escape", { body: '{"a":"\\u002301#"}' }, "400", "marker_in_input"],
    ["a marker as a name", { body: '{"#01#":1}' }, "400", "marker_in_input"],
    ["a marker escaped twice", { body: '{"a":"\\\\u002301#"}' }, "400", "marker_in_input"],
    ["a marker percent-encoded", { body: '{"a":"%2301%23"}' }, "400", "marker_in_input"],
    ["a marker in JSON in a string", { body: '{"a":"{\\"b\\":\\"#01#\\"}"}' }, "400", "marker_in_input"],
    ["a marker in the query", { querystring: "a=%2301%23", body }, "400", "marker_in_input"],
    ["a marker in a header", { headers: { "x-a": "#01#" }, body }, "400", "marker_in_input"],
    ["a marker in a cookie", { headers: { cookie: "a=#10#" }, body }, "400", "marker_in_input"],
    ["a marker without a body", { method: "GET", querystring: "%252301%2523" }, "400", "marker_in_input"],
    ["plain text", { body, headers: { "content-type": "text/plain" } }, "415", "content_type_unsupported"],
    ["text/json", { body, headers: { "content-type": "text/json" } }, "415", "content_type_unsupported"],
    ["no content type", { body, headers: { "content-type": [] } }, "415", "content_type_missing"],
    ["an empty content type", { body, headers: { "content-type": "" } }, "415", "content_type_missing"],
    [
      "two content types",
      { body, headers: { "content-type": ["application/json", "application/json"] } },
      "415",
      "content_type_missing",
    ],
    [
      "two in one",
      { body, headers: { "content-type": "application/json, text/plain" } },
      "415",
      "content_type_missing",
    ],
    [
      "another charset",
      { body, headers: { "content-type": "application/json; charset=utf-16" } },
      "415",
      "charset_unsupported",
    ],
    [
      "a charset twice",
      { body, headers: { "content-type": "application/json; charset=utf-8; charset=utf-7" } },
      "415",
      "content_type_missing",
    ],
    ["gzip that is none", { body, headers: { "content-encoding": "gzip" } }, "400", "content_coding_malformed"],
    ["an unknown coding", { body, headers: { "content-encoding": "compress" } }, "415", "content_coding_unsupported"],
    ["an encoded dot segment", { uri: "/x/%2e%2e/people", body }, "400", "path_ambiguous"],
    ["an encoded letter", { uri: "/%70eople", body }, "400", "path_ambiguous"],
    ["a parameter", { uri: "/people;a=b", body }, "400", "path_ambiguous"],
    ["a double slash", { uri: "//people", body }, "400", "path_ambiguous"],
    ["a backslash", { uri: "\\people", body }, "400", "path_ambiguous"],
  ];

  test.each(cases)("%s", async (_, parts, status, code) => {
    const { result, lines } = await callEdge(policy, makeEvent(parts));
    expect(result).toMatchObject({ status });
    const { headers, body: text }: { readonly headers?: unknown; readonly body?: unknown } = result;
    expect(headers).toEqual({
      "content-type": [{ key: "Content-Type", value: "application/problem+json" }],
      "cache-control": [{ key: "Cache-Control", value: "no-store" }],
    });
    expect(JSON.parse(String(text))).toEqual({
      type: "about:blank",
      title: expect.any(String),
      status: Number(status),
      code,
      detail: expect.any(String),
      requestId: "request-id-1",
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ code, requestId: "request-id-1" });
    expect(lines.join() + String(text)).not.toContain(secret);
  });

  test("1,000 levels are not too deep", async () => {
    expect((await callEdge(policy, makeEvent({ body: deep(1000) }))).status).toBeUndefined();
  });

  test.each<readonly [string, object, string, object?]>([
    ["value_not_direct", { token: "direct", body: ["$.a"] }, '{"a":1}'],
    ["value_not_direct", { token: "direct", body: ["$.a"] }, '{"a":""}'],
    ["value_not_direct", { token: "direct", body: ["$.a"] }, '{"a":"\\u0041"}'],
    ["value_too_long", { token: "direct", body: ["$.a"] }, `{"a":"${"x".repeat(191)}"}`],
    [
      "too_complex",
      { body: ["$..[?@.a]..[?@.a]..[?@.a]"] },
      `[${"[[1]],".repeat(5_000)}1]`,
      { limits: { work: 10_000 } },
    ],
    ["too_many_fields", { body: ["$[*]"] }, "[1,2,3]", { limits: { fields: 2 } }],
    ["duplicate_member", { body: ["$[?@.a==1]"] }, '[{"a":1,"a":2}]'],
    ["path_not_allowed", { path: "/else", body: ["$.a"] }, "{}", { otherwise: "refuse" }],
  ])("%s", async (code, rule, text, settings = {}) => {
    const answer = await callEdge(makePolicy([rule], settings), makeEvent({ body: text }));
    expect(answer.code).toBe(code);
  });

  test("190 bytes fit a direct token", async () => {
    const direct = makePolicy([{ token: "direct", body: ["$.a"] }]);
    expect((await callEdge(direct, makeEvent({ body: `{"a":"${"é".repeat(95)}"}` }))).status).toBeUndefined();
    expect((await callEdge(direct, makeEvent({ body: `{"a":"${"é".repeat(96)}"}` }))).code).toBe("value_too_long");
  });

  test("recipients that claim overlapping values", async () => {
    const both = makePolicy([{ body: ["$.a"] }, { recipient: "02", body: ["$[?@.b]"] }]);
    expect((await callEdge(both, makeEvent({ body: '{"a":{"b":1}}' }))).code).toBe("rule_conflict");
    expect((await callEdge(both, makeEvent({ body: '{"a":{"c":1}}' }))).status).toBeUndefined();
  });

  test("a method that asks to be treated as another", async () => {
    const posts = makePolicy([{ methods: ["POST"], body: ["$.a"] }]);
    const overridden = makeEvent({ method: "GET", headers: { "x-http-method-override": "post" } });
    expect((await callEdge(posts, overridden)).code).toBe("path_ambiguous");
    expect((await callEdge(posts, makeEvent({ method: "GET", querystring: "_method=post" }))).code).toBe(
      "path_ambiguous",
    );
  });

  test("CORS headers for origins that the policy names, and no others", async () => {
    const cors = makePolicy([{ body: ["$.a"] }], { cors: { origins: ["https://app.example.com"] } });
    const named = await callEdge(cors, makeEvent({ body: "{", headers: { origin: "https://app.example.com" } }));
    expect(named.result).toMatchObject({
      headers: {
        "access-control-allow-origin": [{ key: "Access-Control-Allow-Origin", value: "https://app.example.com" }],
        vary: [{ key: "Vary", value: "Origin" }],
      },
    });
    const other = await callEdge(cors, makeEvent({ body: "{", headers: { origin: "https://evil.example.com" } }));
    expect(JSON.stringify(other.result)).not.toContain("allow-origin");
  });
});

describe("events that CloudFront does not send", () => {
  const throwing = {
    get Records(): never {
      throw new Error(secret);
    },
  };
  const { cf } = makeEvent({ body }).Records[0] ?? {};
  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 7],
    ["no records", { Records: [] }],
    ["no request", { Records: [{ cf: {} }] }],
    ["a uri that is none", { Records: [{ cf: { request: { ...cf?.request, uri: 7 } } }] }],
    ["headers that are none", { Records: [{ cf: { request: { ...cf?.request, headers: [secret] } } }] }],
    ["a body that is none", { Records: [{ cf: { request: { ...cf?.request, body: { data: 7 } } } }] }],
    [
      "base64 that is none",
      { Records: [{ cf: { request: { ...cf?.request, body: { data: "%%%%", encoding: "base64" } } } }] },
    ],
    ["a getter that throws", throwing],
  ])("%s: 500, and nothing of it in the log", async (_, event) => {
    const { status, code, lines } = await callEdge(policy, event);
    expect([status, code]).toEqual(["500", "internal_error"]);
    expect(lines.join()).not.toContain(secret);
  });

  test("a log that fails", async () => {
    const failing = createHandler(policy, () => {
      throw new Error(secret);
    });
    await expect(failing(makeEvent({ body }))).resolves.toMatchObject({ body: { action: "replace" } });
  });
});

describe("digests of a body that changed", () => {
  const digest = (algorithm: string, text: string, encoding: "base64" | "hex"): string =>
    createHash(algorithm).update(text).digest(encoding);
  const headersOf = async (headers: EventParts["headers"], text = body) => {
    const answer = await callEdge(policy, makeEvent({ body: text, headers: headers ?? {} }));
    const { headers: written }: { readonly headers?: unknown } = answer.result;
    return { written: Object(written), body: answer.body };
  };

  test("are computed anew", async () => {
    const { written, body: changed } = await headersOf({
      "content-md5": digest("md5", body, "base64"),
      "x-amz-content-sha256": digest("sha256", body, "hex"),
      "content-digest": `sha-256=:${digest("sha256", body, "base64")}:, unixsum=:AAAA:`,
      "repr-digest": `sha-512=:${digest("sha512", body, "base64")}:`,
      digest: `SHA-256=${digest("sha256", body, "base64")}`,
    });
    expect(written["content-md5"]).toEqual([{ key: "Content-Md5", value: digest("md5", changed, "base64") }]);
    expect(written["x-amz-content-sha256"][0].value).toBe(digest("sha256", changed, "hex"));
    expect(written["content-digest"][0].value).toBe(`sha-256=:${digest("sha256", changed, "base64")}:`);
    expect(written["repr-digest"][0].value).toBe(`sha-512=:${digest("sha512", changed, "base64")}:`);
    expect(written["digest"][0].value).toBe(`SHA-256=${digest("sha256", changed, "base64")}`);
  });

  test("are removed where this function does not know them", async () => {
    const { written } = await headersOf({
      "content-digest": "unixsum=:AAAA:",
      "x-amz-checksum-crc32": "AAAAAA==",
      "x-goog-hash": "crc32c=AAAAAA==",
    });
    expect(Object.keys(written)).toEqual(["host", "content-type"]);
  });

  test("stay where nothing changed", async () => {
    const { written } = await headersOf({ "content-md5": "as it came" }, "{}");
    expect(written["content-md5"]).toEqual([{ key: "Content-Md5", value: "as it came" }]);
  });

  test("what says nothing of the body stays, with every other header", async () => {
    const { written } = await headersOf({
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      "content-length": "33",
      "x-other": ["a", "b"],
    });
    expect(written["x-amz-content-sha256"][0].value).toBe("UNSIGNED-PAYLOAD");
    expect(written["content-length"]).toEqual([{ key: "Content-Length", value: "33" }]);
    expect(written["x-other"]).toHaveLength(2);
  });
});

describe("tokens that clients may send back", () => {
  const accepting = makePolicy([{ body: ["$.ssn"], tokens: "accept" }]);

  test("a whole token passes as it is, also where a selector points", async () => {
    const first = await callEdge(accepting, makeEvent({ body: `{"ssn":"${secret}","other":"x"}` }));
    const again = await callEdge(accepting, makeEvent({ body: first.body }));
    expect(again.result).toMatchObject({ body: { action: "read-only" } });
    expect(again.body).toBe(first.body);
  });

  test.each([
    ["a damaged one", `{"ssn":"#01#${"A".repeat(40)}#10#"}`],
    ["one in a longer string", `{"a":"x#01#${"A".repeat(342)}==#10#"}`],
    ["a lone marker", '{"a":"#01#"}'],
  ])("%s does not", async (_, text) => {
    expect((await callEdge(accepting, makeEvent({ body: text }))).code).toBe("marker_in_input");
  });

  test("a value beside it is protected", async () => {
    const [{ prefix }] = keys;
    const first = await callEdge(accepting, makeEvent({ body: `{"ssn":"${secret}"}` }));
    const second = await callEdge(accepting, makeEvent({ body: `{"old":${first.body},"ssn":"${secret}"}` }));
    expect(second.body.split(prefix)).toHaveLength(3);
    expect((await openTokens({ body: second.body })).body).toBe(`{"old":{"ssn":"${secret}"},"ssn":"${secret}"}`);
  });
});

describe("bodies that no rule looks into", () => {
  const headersOnly = makePolicy([{ headers: ["x-secret"] }]);
  const token = `#01#${"A".repeat(342)}==#10#`;

  test.each([
    ["a marker", { body: '{"a":"#10#"}' }],
    ["a token", { body: `{"a":"${token}"}` }],
    ["one spelt with escapes", { body: '{"a":"\\u002301#"}' }],
    ["one in bytes that are no text", { body: Buffer.from("\xff#01#\xfe", "latin1") }],
    ["one without a content type", { body: "#01#", headers: { "content-type": [] } }],
    ["one under a content coding", { body: gzipSync("#01#"), headers: { "content-encoding": "gzip" } }],
  ])("%s is refused", async (_, parts) => {
    expect((await callEdge(headersOnly, makeEvent(parts))).code).toBe("marker_in_input");
  });

  test("a coding that cannot be undone is refused", async () => {
    const parts = { body: "no gzip", headers: { "content-encoding": "gzip" } };
    expect((await callEdge(headersOnly, makeEvent(parts))).code).toBe("content_coding_malformed");
  });

  test.each([
    ["malformed JSON", { body: "{" }],
    ["bytes", { body: Buffer.from([0xff, 0xd8]) }],
    ["an unknown content coding", { body: "x", headers: { "content-encoding": "aws-chunked" } }],
  ])("%s goes on as it came", async (_, parts) => {
    const event = makeEvent(parts);
    expect((await callEdge(headersOnly, event)).result).toEqual(event.Records[0]?.cf.request);
  });

  test("whole tokens alone where they are accepted", async () => {
    const accepting = makePolicy([{ headers: ["x-secret"], tokens: "accept" }]);
    const event = makeEvent({ body: `a=${token}` });
    expect((await callEdge(accepting, event)).result).toEqual(event.Records[0]?.cf.request);
    expect((await callEdge(accepting, makeEvent({ body: `a=${token}#01#` }))).code).toBe("marker_in_input");
  });
});
