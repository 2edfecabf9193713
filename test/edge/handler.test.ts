import { describe, expect, test } from "@jest/globals";
import { createHandler } from "../../edge/handler.ts";
import { callEdge, type EventParts, makeEvent, makePolicy, openTokens } from "../support/edge.ts";

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

test("a log that fails", async () => {
  const failing = createHandler(policy, () => {
    throw new Error(secret);
  });
  await expect(failing(makeEvent({ body }))).resolves.toMatchObject({ body: { action: "replace" } });
});
