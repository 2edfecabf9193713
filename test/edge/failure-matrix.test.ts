/** The README's failure matrix: each row, in each format in which it can happen, with nothing of the request told anywhere. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { createHandler } from "../../edge/handler.ts";
import { callEdge, type EventParts, makeEvent, makePolicy } from "../support/edge.ts";

const canary = "CANARY-4711";
const boundary = "multipart/form-data; boundary=b";
const part = (name: string, value: string): string => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

interface Sample {
  readonly contentType: string;
  /** A body with one protected value, and one with something else beside it. */
  readonly write: (value: string, other?: string) => string;
  readonly malformed: string;
  /** Bodies so deep that no limit but the default is needed. */
  readonly deep?: string;
}

const samples: Readonly<Record<string, Sample>> = {
  json: {
    contentType: "application/json",
    write: (value, other = "") => JSON.stringify({ secret: value, other }),
    malformed: `{"secret":"${canary}"`,
    deep: "[".repeat(1_001) + "]".repeat(1_001),
  },
  ndjson: {
    contentType: "application/x-ndjson",
    write: (value, other = "") => `{"a":1}\n${JSON.stringify({ secret: value, other })}`,
    malformed: `{"a":1}\n{"secret":"${canary}"`,
    deep: `1\n${"[".repeat(1_001)}${"]".repeat(1_001)}`,
  },
  form: {
    contentType: "application/x-www-form-urlencoded",
    write: (value, other = "") => new URLSearchParams({ secret: value, other }).toString(),
    malformed: `secret=${canary}%4`,
  },
  multipart: {
    contentType: boundary,
    write: (value, other = "") => `${part("secret", value)}${part("other", other)}--b--`,
    malformed: part("secret", canary),
  },
  xml: {
    contentType: "application/xml",
    write: (value, other = "") => `<a><secret>${value}</secret><other>${other}</other></a>`,
    malformed: `<a><secret>${canary}</secret>`,
    deep: "<a>".repeat(1_001) + "</a>".repeat(1_001),
  },
  csv: {
    contentType: "text/csv",
    write: (value, other = "") => `secret,other\n${value},${other}\n`,
    malformed: `secret,other\n"${canary}`,
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
const typed = (sample: Sample, type: string | readonly string[]): EventParts => ({ ...body(sample), headers: { "content-type": type } });

const rows: readonly Row[] = [
  { why: "truncated", code: "body_truncated", status: 413, parts: (sample) => ({ ...body(sample), inputTruncated: true }) },
  { why: "grown over the limit", code: "body_too_large", status: 413, parts: (sample) => body(sample, "x".repeat(999_800)) },
  { why: "undecodable", code: "content_coding_malformed", status: 400, parts: (sample) => ({ ...body(sample), headers: { "content-encoding": "gzip" } }) },
  { why: "unknown coding", code: "content_coding_unsupported", status: 415, parts: (sample) => ({ ...body(sample), headers: { "content-encoding": "x-secret" } }) },
  {
    why: "bomb",
    code: "decoded_too_large",
    status: 413,
    parts: (sample) => ({ body: gzipSync(sample.write(canary, "x".repeat(5_000_000))), headers: { "content-encoding": "gzip" } }),
  },
  {
    why: "bad charset",
    code: "charset_unsupported",
    status: 415,
    // The charset of a form in parts is that of its parts.
    parts: (sample) => (sample.contentType === boundary ? undefined : typed(sample, `${sample.contentType}; charset=utf-16`)),
  },
  {
    why: "not UTF-8",
    code: "body_not_utf8",
    status: 400,
    parts: (sample) => (sample.contentType === boundary ? undefined : { body: Buffer.concat([Buffer.from(sample.write(canary)), Buffer.from([0xff])]) }),
  },
  { why: "malformed", code: "body_malformed", status: 400, parts: (sample) => ({ body: sample.malformed }) },
  { why: "too deep", code: "too_deep", status: 400, parts: ({ deep }) => (deep === undefined ? undefined : { body: deep }) },
  {
    why: "too complex",
    code: "too_complex",
    status: 400,
    parts: (sample) => ({ ...body(sample, "y".repeat(9_000)), rule: { detect: ["card", "email"] }, settings: { limits: { work: 50 } } }),
  },
  { why: "too many fields", code: "too_many_fields", status: 400, parts: (sample) => ({ ...body(sample, "x"), rule: { fields: ["secret", "other"] }, settings: { limits: { fields: 1 } } }) },
  { why: "unknown content type", code: "content_type_unsupported", status: 415, parts: (sample) => typed(sample, "application/octet-stream") },
  { why: "no content type", code: "content_type_missing", status: 415, parts: (sample) => typed(sample, []) },
  { why: "repeated content type", code: "content_type_missing", status: 415, parts: (sample) => typed(sample, [sample.contentType, "text/html"]) },
  { why: "malformed content type", code: "content_type_missing", status: 415, parts: (sample) => typed(sample, `${sample.contentType}, text/html`) },
  { why: "path spelling", code: "path_ambiguous", status: 400, parts: (sample) => ({ ...body(sample), uri: "/x/..//people" }) },
  { why: "no rule", code: "path_not_allowed", status: 403, parts: (sample) => ({ ...body(sample), uri: "/x", settings: { otherwise: "refuse" } }) },
  {
    why: "duplicate names that a filter reads",
    code: "duplicate_member",
    status: 400,
    parts: (sample) =>
      sample.contentType.includes("json") ? { body: `{"secret":"${canary}","x":[{"k":1,"k":2}]}`, rule: { fields: ["secret"], body: ["$.x[?@.k==1]"] } } : undefined,
  },
  { why: "marker in the input", code: "marker_in_input", status: 400, parts: (sample) => body(sample, "#01#") },
  { why: "beyond capacity", code: "value_too_long", status: 400, parts: (sample) => ({ body: sample.write(canary.repeat(30)), rule: { token: "direct" } }) },
  { why: "not direct", code: "value_not_direct", status: 400, parts: (sample) => (sample.contentType.includes("xml") ? undefined : { body: sample.write(""), rule: { token: "direct" } }) },
  { why: "missing required field", code: "field_missing", status: 400, parts: (sample) => ({ ...body(sample), rule: { fields: [{ select: "renamed", required: true }] } }) },
  { why: "WebSocket", code: "websocket_refused", status: 400, parts: (sample) => ({ ...body(sample), headers: { "sec-websocket-key": "x" } }) },
  { why: "URL too long", code: "url_too_long", status: 414, parts: (sample) => ({ ...body(sample), querystring: `q=${"x".repeat(6_000)}`, rule: { query: ["q"] } }) },
  { why: "headers too large", code: "headers_too_large", status: 431, parts: (sample) => ({ ...body(sample), headers: { "x-h": "x".repeat(25_000) }, rule: { headers: ["x-h"] } }) },
];

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
    jest.spyOn(console, method).mockImplementation((...values: unknown[]) => void written.push(values.map(String).join(" ")));
  }
});

afterAll(() => {
  jest.restoreAllMocks();
  expect(written.join()).not.toContain(canary);
});

describe.each(Object.entries(samples))("%s", (_, sample) => {
  test("what is read and protected", async () => {
    const { status, body: text, lines } = await callEdge(makePolicy([{ fields: ["secret"] }]), makeEvent({ ...body(sample), headers: { "content-type": sample.contentType } }));
    expect(status).toBeUndefined();
    expect(text + lines.join()).not.toContain(canary);
    expect(text).toMatch(/(?:#|%23)01/);
  });

  const possible = rows.filter(({ parts }) => parts(sample) !== undefined);
  test.each(possible)("$why: $status $code", async ({ code, status, parts }) => {
    const { rule = {}, settings = {}, ...event } = parts(sample) ?? {};
    const headers = { "content-type": sample.contentType, ...event.headers };
    const answer = await callEdge(makePolicy([{ fields: ["secret"], ...rule }], settings), makeEvent({ ...event, headers }));
    expect([answer.code, answer.status]).toEqual([code, String(status)]);
    expect(answer.lines).toHaveLength(1);
    expect(JSON.parse(answer.lines[0] ?? "")).toMatchObject({ outcome: "refused", code, status });
    expect(JSON.stringify(answer.result) + answer.lines.join()).not.toContain(canary);
  });

  test("rule conflict", async () => {
    const policy = makePolicy([{ fields: ["sec*"] }, { recipient: "02", fields: ["*ret"] }]);
    const { code, status } = await callEdge(policy, makeEvent({ ...body(sample), headers: { "content-type": sample.contentType } }));
    expect([code, status]).toEqual(["rule_conflict", "400"]);
  });
});

describe("and besides", () => {
  test("ambiguous", async () => {
    const event = makeEvent({ body: `a=1;secret=${canary}`, headers: { "content-type": "application/x-www-form-urlencoded" } });
    expect(await callEdge(makePolicy([{ fields: ["secret"] }]), event)).toMatchObject({ code: "body_ambiguous", status: "400" });
  });

  test("a part that cannot be looked into", async () => {
    const event = makeEvent({ body: `${part("a", "\u0000")}--b--`, headers: { "content-type": boundary } });
    expect(await callEdge(makePolicy([{ detect: ["card"] }]), event)).toMatchObject({ code: "part_unreadable", status: "415" });
  });

  test("a card number in a comment", async () => {
    const event = makeEvent({ body: "<a><!-- 4111111111111111 --></a>", headers: { "content-type": "text/xml" } });
    expect(await callEdge(makePolicy([{ detect: ["card"] }]), event)).toMatchObject({ code: "value_unwritable", status: "400" });
  });

  test("a selector that fails", async () => {
    const policy = makePolicy([{ dialect: "jsonpath-plus", body: ["$..a[?(@.b.c==1)]"] }]);
    expect(await callEdge(policy, makeEvent({ body: `{"a":[null,"${canary}"]}` }))).toMatchObject({ code: "selector_failed", status: "400" });
  });

  test("internal error", async () => {
    const handler = createHandler(makePolicy([{ fields: ["secret"] }]), (line) => written.push(line));
    expect(await handler({ Records: [{ cf: { request: canary } }] })).toMatchObject({ status: "500" });
  });
});

describe("the README's matrix", () => {
  const documented = [...readme.matchAll(/^\| (\d{3}) \| ([^|]+) \|/gm)].flatMap(([, status, codes = ""]) =>
    [...codes.matchAll(/`([a-z0-9_]+)`/g)].map(([, code]) => `${String(code)} ${String(status)}`),
  );

  test("has a row for each refusal that is tested here, with its status", () => {
    const tested = rows.map(({ code, status }) => `${code} ${status}`);
    const besides = ["rule_conflict 400", "body_ambiguous 400", "part_unreadable 415", "value_unwritable 400", "selector_failed 400", "internal_error 500"];
    expect([...new Set(documented)].sort()).toEqual([...new Set([...tested, ...besides])].sort());
  });
});
