/**
 * The README's failure matrix: each row, in each format in which it can happen, with nothing of the request told
 * anywhere.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Policy } from "../../core/policy/policy.ts";
import { createHandler } from "../../edge/handler.ts";
import { callEdge, type EventParts, makeEvent, makePolicy } from "../support/edge.ts";

const canary = "CANARY-4711";
const boundary = "multipart/form-data; boundary=b";
const part = (name: string, value: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

const jsonPart = (json: string): string =>
  `--b\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: application/json\r\n\r\n${json}\r\n`;

interface Sample {
  readonly contentType: string;
  /** What a rule protects the value by. */
  readonly rule: object;
  /** A body with one protected value, and one with something else beside it. */
  readonly write: (value: string, other?: string) => string;
  readonly malformed?: string;
  /** What its readers would understand in different ways. */
  readonly ambiguous?: string;
  /** Bodies so deep that no limit but the default is needed. */
  readonly deep?: string;
  /** A body whose protected value is empty. */
  readonly empty?: string;
  /** Bytes that are no UTF-8. */
  readonly notUtf8: Buffer;
  /**
   * Bodies in which an expression that jsonpath-plus evaluates fails, and in which a filter reads a name that stands
   * twice.
   */
  readonly json?: { readonly failing: string; readonly duplicate: string };
}

const fields = { fields: ["secret"] };
const notUtf8 = (text: string): Buffer => Buffer.concat([Buffer.from(text), Buffer.from([0xff])]);

const samples: Readonly<Record<string, Sample>> = {
  json: {
    contentType: "application/json",
    rule: fields,
    write: (value, other = "") => JSON.stringify({ secret: value, other }),
    malformed: `{"secret":"${canary}"`,
    deep: "[".repeat(1_001) + "]".repeat(1_001),
    empty: '{"secret":""}',
    notUtf8: notUtf8(`{"secret":"${canary}"}`),
    json: { failing: `{"a":[null,"${canary}"]}`, duplicate: `{"secret":"${canary}","x":[{"k":1,"k":2}]}` },
  },
  ndjson: {
    contentType: "application/x-ndjson",
    rule: fields,
    write: (value, other = "") => `{"a":1}\n${JSON.stringify({ secret: value, other })}`,
    malformed: `{"a":1}\n{"secret":"${canary}"`,
    ambiguous: `{"a":1,\r"secret":"${canary}"}`,
    deep: `1\n${"[".repeat(1_001)}${"]".repeat(1_001)}`,
    empty: '1\n{"secret":""}',
    notUtf8: notUtf8(`{"secret":"${canary}"}\n`),
    json: { failing: `1\n{"a":[null,"${canary}"]}`, duplicate: `1\n{"secret":"${canary}","x":[{"k":1,"k":2}]}` },
  },
  form: {
    contentType: "application/x-www-form-urlencoded",
    rule: fields,
    write: (value, other = "") => new URLSearchParams({ secret: value, other }).toString(),
    malformed: `secret=${canary}%4`,
    ambiguous: `a=1;secret=${canary}`,
    empty: "secret=",
    notUtf8: notUtf8(`secret=${canary}`),
  },
  multipart: {
    contentType: boundary,
    rule: fields,
    write: (value, other = "") => `${part("secret", value)}${part("other", other)}--b--`,
    malformed: part("secret", canary),
    ambiguous: `${part('a"; name="secret', canary)}--b--`,
    deep: `${jsonPart("[".repeat(1_001) + "]".repeat(1_001))}--b--`,
    empty: `${part("secret", "")}--b--`,
    notUtf8: Buffer.from(`${jsonPart(`{"secret":"${canary}\u00ff"}`)}--b--`, "latin1"),
    json: {
      failing: `${jsonPart(`{"a":[null,"${canary}"]}`)}--b--`,
      duplicate: `${jsonPart(`{"secret":"${canary}","x":[{"k":1,"k":2}]}`)}--b--`,
    },
  },
  xml: {
    contentType: "application/xml",
    rule: fields,
    write: (value, other = "") => `<a><secret>${value}</secret><other>${other}</other></a>`,
    malformed: `<a><secret>${canary}</secret>`,
    ambiguous: `<a><secret>x<!-- -->${canary}</secret></a>`,
    deep: "<a>".repeat(1_001) + "</a>".repeat(1_001),
    empty: '<a secret=""/>',
    notUtf8: notUtf8(`<a><secret>${canary}</secret></a>`),
  },
  csv: {
    contentType: "text/csv",
    rule: fields,
    write: (value, other = "") => `secret,other\n${value},${other}\n`,
    malformed: `secret,other\n"${canary}`,
    ambiguous: `other;secret\n1;${canary}\n`,
    empty: "secret,other\n,1\n",
    notUtf8: notUtf8(`secret\n${canary}`),
  },
  text: {
    contentType: "text/plain",
    rule: { detect: ["email"] },
    write: (value, other = "") => `${value}@example.com ${other}`,
    notUtf8: notUtf8(`${canary}@example.com`),
  },
};

interface Row {
  readonly why: string;
  readonly code: string;
  readonly status: number;
  /** `undefined` where it cannot happen in a format. */
  readonly parts: (sample: Sample) => (EventParts & { readonly rule?: object; readonly settings?: object }) | undefined;
}

const body = (sample: Sample, other?: string): EventParts => ({ body: sample.write(canary, other) });
const typed = (sample: Sample, type: string | readonly string[]): EventParts => ({
  ...body(sample),
  headers: { "content-type": type },
});
const only = (text: string | undefined): EventParts | undefined => (text === undefined ? undefined : { body: text });

const rows: readonly Row[] = [
  {
    why: "truncated",
    code: "body_truncated",
    status: 413,
    parts: (sample) => ({ ...body(sample), inputTruncated: true }),
  },
  {
    why: "grown over the limit",
    code: "body_too_large",
    status: 413,
    parts: (sample) => body(sample, "x".repeat(999_800)),
  },
  {
    why: "undecodable",
    code: "content_coding_malformed",
    status: 400,
    parts: (sample) => ({ ...body(sample), headers: { "content-encoding": "gzip" } }),
  },
  {
    why: "unknown coding",
    code: "content_coding_unsupported",
    status: 415,
    parts: (sample) => ({ ...body(sample), headers: { "content-encoding": "x-secret" } }),
  },
  {
    why: "bomb",
    code: "decoded_too_large",
    status: 413,
    parts: (sample) => ({
      body: gzipSync(sample.write(canary, "x".repeat(5_000_000))),
      headers: { "content-encoding": "gzip" },
    }),
  },
  {
    why: "bad charset",
    code: "charset_unsupported",
    status: 415,
    parts: (sample) => typed(sample, `${sample.contentType}; charset=utf-16`),
  },
  {
    why: "UTF-16 that says nothing",
    code: "charset_unsupported",
    status: 415,
    // The delimiters of a form in parts are ASCII.
    parts: (sample) =>
      sample.contentType === boundary ? undefined : { body: Buffer.from(sample.write(canary), "utf16le") },
  },
  { why: "not UTF-8", code: "body_not_utf8", status: 400, parts: (sample) => ({ body: sample.notUtf8 }) },
  { why: "malformed", code: "body_malformed", status: 400, parts: ({ malformed }) => only(malformed) },
  { why: "ambiguous", code: "body_ambiguous", status: 400, parts: ({ ambiguous }) => only(ambiguous) },
  { why: "too deep", code: "too_deep", status: 400, parts: ({ deep }) => only(deep) },
  {
    why: "too complex",
    code: "too_complex",
    status: 400,
    parts: (sample) => ({
      ...body(sample, "y".repeat(9_000)),
      rule: { detect: ["card", "email"] },
      settings: { limits: { work: 50 } },
    }),
  },
  {
    why: "too many fields",
    code: "too_many_fields",
    status: 400,
    parts: (sample) => ({
      ...body(sample, "x@example.com"),
      rule: "fields" in sample.rule ? { fields: ["secret", "other"] } : {},
      settings: { limits: { fields: 1 } },
    }),
  },
  {
    why: "unknown content type",
    code: "content_type_unsupported",
    status: 415,
    parts: (sample) => typed(sample, "application/octet-stream"),
  },
  { why: "no content type", code: "content_type_missing", status: 415, parts: (sample) => typed(sample, []) },
  {
    why: "repeated content type",
    code: "content_type_missing",
    status: 415,
    parts: (sample) => typed(sample, [sample.contentType, "text/html"]),
  },
  {
    why: "malformed content type",
    code: "content_type_missing",
    status: 415,
    parts: (sample) => typed(sample, `${sample.contentType}, text/html`),
  },
  {
    why: "another format's content type",
    code: "body_malformed",
    status: 400,
    parts: (sample) =>
      typed(sample, sample.contentType === "application/json" ? "application/xml" : "application/json"),
  },
  {
    why: "path spelling",
    code: "path_ambiguous",
    status: 400,
    parts: (sample) => ({ ...body(sample), uri: "/x/..//people" }),
  },
  {
    why: "another method asked for",
    code: "path_ambiguous",
    status: 400,
    parts: (sample) => ({ ...body(sample), rule: { methods: ["PUT"] }, headers: { "x-http-method-override": "PUT" } }),
  },
  {
    why: "no rule",
    code: "path_not_allowed",
    status: 403,
    parts: (sample) => ({ ...body(sample), uri: "/x", settings: { otherwise: "refuse" } }),
  },
  {
    why: "duplicate names that a filter reads",
    code: "duplicate_member",
    status: 400,
    parts: ({ json }) => json && { body: json.duplicate, rule: { body: ["$.x[?@.k==1]"] } },
  },
  { why: "marker in the input", code: "marker_in_input", status: 400, parts: (sample) => body(sample, "#01#") },
  {
    why: "marker in the URL",
    code: "marker_in_input",
    status: 400,
    parts: (sample) => ({ ...body(sample), querystring: "a=%2301%23" }),
  },
  {
    why: "marker in a header field",
    code: "marker_in_input",
    status: 400,
    parts: (sample) => ({ ...body(sample), headers: { "x-a": "#10#" } }),
  },
  {
    why: "beyond capacity",
    code: "value_too_long",
    status: 400,
    // No address is so long.
    parts: (sample) =>
      "fields" in sample.rule ? { body: sample.write(canary.repeat(30)), rule: { token: "direct" } } : undefined,
  },
  {
    why: "not direct",
    code: "value_not_direct",
    status: 400,
    parts: ({ empty }) => (empty === undefined ? undefined : { body: empty, rule: { token: "direct" } }),
  },
  {
    why: "rule conflict",
    code: "rule_conflict",
    status: 400,
    parts: (sample) =>
      "fields" in sample.rule
        ? {
            ...body(sample),
            settings: {
              rules: [
                { ...sample.rule, fields: ["sec*"] },
                { ...sample.rule, fields: ["*ret"], recipient: "02" },
              ],
            },
          }
        : undefined,
  },
  {
    why: "missing required field",
    code: "field_missing",
    status: 400,
    parts: (sample) => ({ ...body(sample), rule: { query: [{ select: "renamed", required: true }] } }),
  },
  {
    why: "missing required field of the body",
    code: "field_missing",
    status: 400,
    parts: (sample) =>
      "fields" in sample.rule
        ? { ...body(sample), rule: { fields: [{ select: "renamed", required: true }] } }
        : undefined,
  },
  {
    why: "missing body of a required field",
    code: "field_missing",
    status: 400,
    parts: (sample) =>
      "fields" in sample.rule ? { body: "", rule: { fields: [{ select: "secret", required: true }] } } : undefined,
  },
  {
    why: "WebSocket",
    code: "websocket_refused",
    status: 400,
    parts: (sample) => ({ ...body(sample), headers: { "sec-websocket-key": "x" } }),
  },
  {
    why: "URL too long",
    code: "url_too_long",
    status: 414,
    parts: (sample) => ({ ...body(sample), querystring: `q=${"x".repeat(6_000)}`, rule: { query: ["q"] } }),
  },
  {
    why: "headers too large",
    code: "headers_too_large",
    status: 431,
    parts: (sample) => ({ ...body(sample), headers: { "x-h": "x".repeat(25_000) }, rule: { headers: ["x-h"] } }),
  },
  {
    why: "a selector that fails",
    code: "selector_failed",
    status: 400,
    parts: ({ json }) =>
      json && { body: json.failing, rule: { dialect: "jsonpath-plus", body: ["$..a[?(@.b.c==1)]"] } },
  },
  {
    why: "a part that cannot be looked into",
    code: "part_unreadable",
    status: 415,
    parts: (sample) =>
      sample.contentType === boundary ? { ...body(sample, "\u0000"), rule: { detect: ["card"] } } : undefined,
  },
  {
    why: "a match where no token can stand",
    code: "value_unwritable",
    status: 400,
    parts: (sample) =>
      sample.contentType.includes("xml")
        ? { body: "<a><!-- 4111111111111111 --></a>", rule: { detect: ["card"] } }
        : undefined,
  },
];

/** A policy whose codecs fail in a way that nobody foresaw. */
function breakCodecs(policy: Policy): Policy {
  const read = (source: string): never => {
    throw new TypeError(`unexpected ${source}`);
  };
  return { ...policy, codecs: Object.fromEntries(Object.keys(policy.codecs).map((format) => [format, { read }])) };
}

/** Written by anything, in any way, while these tests run. */
const written: string[] = [];
const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");

beforeAll(() => {
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, "write").mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
  }
  for (const method of ["log", "error", "warn", "info", "debug"] as const) {
    jest
      .spyOn(console, method)
      .mockImplementation((...values: unknown[]) => void written.push(values.map(String).join(" ")));
  }
});

afterAll(() => {
  jest.restoreAllMocks();
  expect(written.join()).not.toContain(canary);
});

describe.each(Object.entries(samples))("%s", (_, sample) => {
  const headers = { "content-type": sample.contentType };

  test("what is read and protected", async () => {
    const {
      status,
      body: text,
      lines,
    } = await callEdge(makePolicy([sample.rule]), makeEvent({ ...body(sample), headers }));
    expect(status).toBeUndefined();
    expect(text + lines.join()).not.toContain(canary);
    expect(text).toMatch(/(?:#|%23)01/);
  });

  const possible = rows.filter(({ parts }) => parts(sample) !== undefined);
  test.each(possible)("$why: $status $code", async ({ code, status, parts }) => {
    const { rule = {}, settings = {}, ...event } = parts(sample) ?? {};
    const { rules = [{ ...sample.rule, ...rule }], ...others }: { readonly rules?: readonly object[] } = settings;
    await expectRefusal(
      makePolicy(rules, others),
      makeEvent({ ...event, headers: { ...headers, ...event.headers } }),
      code,
      status,
    );
  });

  test("internal error: 500", async () => {
    await expectRefusal(
      breakCodecs(makePolicy([sample.rule])),
      makeEvent({ ...body(sample), headers }),
      "internal_error",
      500,
    );
  });
});

describe("the other parts of a request", () => {
  const policy = makePolicy([
    { path: "/people/{id}", segments: ["id"], query: ["q*"], headers: ["x-*"], cookies: ["c"] },
  ]);
  const parts: EventParts = {
    method: "GET",
    uri: `/people/${canary}`,
    querystring: `q1=${canary}`,
    headers: { "x-a": canary, cookie: `c=${canary}` },
  };

  test("protected, and nothing of them is told", async () => {
    const { result, lines, status } = await callEdge(policy, makeEvent(parts));
    expect(status).toBeUndefined();
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ outcome: "protected", tokens: 4 });
    expect(JSON.stringify(result) + lines.join()).not.toContain(canary);
  });

  test.each<readonly [string, EventParts, string, number]>([
    ["half an escape in the query", { querystring: `q1=${canary}%4` }, "body_malformed", 400],
    ["bytes in the query that are no UTF-8", { querystring: `q1=${canary}%ff` }, "body_not_utf8", 400],
    ["an ambiguous query", { querystring: `a=1;q1=${canary}` }, "body_ambiguous", 400],
    ["an ambiguous cookie", { headers: { cookie: `c="${canary}` } }, "body_ambiguous", 400],
    ["an ambiguous path", { uri: `/people/./${canary}` }, "path_ambiguous", 400],
    ["a marker in a cookie", { headers: { cookie: `c=${canary}; d=%2301%23` } }, "marker_in_input", 400],
    ["a URL that grows too long", { querystring: `q1=${canary.repeat(500)}` }, "url_too_long", 414],
    ["header fields that grow too large", { headers: { "x-a": canary.repeat(2_500) } }, "headers_too_large", 431],
  ])("%s", async (_, changed, code, status) => {
    await expectRefusal(policy, makeEvent({ ...parts, ...changed }), code, status);
  });
});

/** What the viewer gets, what is logged, and that neither tells anything of the request. */
async function expectRefusal(policy: Policy, event: unknown, code: string, status: number): Promise<void> {
  const { result, lines } = await callEdge(policy, event);
  expect(result).toEqual({
    status: String(status),
    statusDescription: expect.any(String),
    headers: {
      "content-type": [{ key: "Content-Type", value: "application/problem+json" }],
      "cache-control": [{ key: "Cache-Control", value: "no-store" }],
    },
    body: expect.any(String),
  });
  const { statusDescription: title, body: text }: { readonly statusDescription?: unknown; readonly body?: unknown } =
    result;
  expect(JSON.parse(String(text))).toEqual({
    type: "about:blank",
    title,
    status,
    code,
    detail: documented.get(code)?.detail,
    requestId: "request-id-1",
  });
  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0] ?? "");
  expect(line).toMatchObject({
    outcome: "refused",
    code,
    status,
    tokens: 0,
    bytesOut: 0,
    requestId: "request-id-1",
    durationMs: expect.any(Number),
  });
  const facts = ["rule", "offset"].filter((name) => name in line);
  expect(documented.get(code)?.logged).toEqual(expect.arrayContaining(facts));
  expect(JSON.stringify(result) + lines.join()).not.toContain(canary);
}

/** The README's rows: status, code, cause, what the viewer reads, what is logged besides. */
const documented = new Map(
  [...readme.matchAll(/^\| (\d{3}) \| `([a-z0-9_]+)` \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$/gm)].map(
    ([, status, code = "", , detail, logged = ""]) => [
      code,
      { status: Number(status), detail, logged: [...logged.matchAll(/`([a-z]+)`/g)].map(([, name]) => name) },
    ],
  ),
);

describe("the README's matrix", () => {
  test("has a row for each code that is tested here, with its status, and no others", () => {
    const tested = new Map<string, number>([
      ...rows.map(({ code, status }) => [code, status] as const),
      ["internal_error", 500],
    ]);
    expect(Object.fromEntries([...documented].map(([code, { status }]) => [code, status]))).toEqual(
      Object.fromEntries(tested),
    );
  });

  test("an event that is none", async () => {
    const handler = createHandler(makePolicy([fields]), (line) => written.push(line));
    expect(await handler({ Records: [{ cf: { request: canary } }] })).toMatchObject({ status: "500" });
  });
});
