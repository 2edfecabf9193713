import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { planBody } from "../../../edge/body/plan.ts";
import { parseEvent } from "../../../edge/event.ts";
import { callEdge, type EventParts, keys, makeEvent, makePolicy, openTokens } from "../../support/edge.ts";
import { protect, secret, tokenPattern } from "../../support/protected-bodies.ts";

describe("of several reasons to refuse a body, one is given", () => {
  const selecting = { body: ["$.a"] };
  const bomb = gzipSync(Buffer.alloc(6_000_000, " "));
  const typed = (contentType: string, contentEncoding = "identity") => ({
    "content-type": contentType,
    "content-encoding": contentEncoding,
  });
  test.each<readonly [why: string, headers: Record<string, string>, body: string | Buffer, code: string]>([
    ["an unknown coding before the type", typed("nonsense", "exi"), "{", "content_coding_unsupported"],
    ["the type before a coding that is none", typed("nonsense", "gzip"), "{", "content_type_missing"],
    ["the format before a bomb", typed("image/png", "gzip"), bomb, "content_type_unsupported"],
    ["a bomb before the charset", typed("application/json; charset=utf-7", "gzip"), bomb, "decoded_too_large"],
    ["size before the charset", typed("application/json"), Buffer.alloc(99, 0), "decoded_too_large"],
    ["the charset before a marker", typed("application/json; charset=utf-7"), "#01#", "charset_unsupported"],
    ["a marker before its text", typed("application/json"), "{ #01#", "marker_in_input"],
  ])("%s", async (_, headers, text, code) => {
    const policy = makePolicy([selecting], { limits: { decoded: 50 } });
    expect((await callEdge(policy, makeEvent({ body: text, headers }))).code).toBe(code);
  });
});

describe("the plan for a body", () => {
  const event = (parts: EventParts) => parseEvent(makeEvent(parts));
  const plan = (rules: readonly object[], parts: EventParts, settings: { readonly maxBodyBytes?: number } = {}) => {
    const policy = { ...makePolicy(rules), ...settings };
    return planBody(event(parts), policy.rules, policy, { remaining: 1_000_000 });
  };

  test("none for no body, and none where no rule looks into it", () => {
    expect(plan([{ body: ["$.a"] }], {})).toBeUndefined();
    expect(plan([{ query: ["a"] }], { body: "{" })).toBeUndefined();
  });

  test("what was found, and how it goes back", () => {
    const found = plan([{ body: ["$.a"] }], { body: gzipSync('{"a":1}'), headers: { "content-encoding": "gzip" } });
    expect(found).toMatchObject({ format: "json", maxBodyBytes: 1_000_000, unreadable: undefined });
    expect([found?.plan.findings.length, found?.codings.length]).toEqual([1, 1]);
  });

  test("room for the tokens is the policy's, where it says so", () => {
    const [rule, parts] = [{ body: ["$.a"] }, { body: '{"a":"x"}' }];
    const tooLarge = expect.objectContaining({ code: "body_too_large" });
    expect(() => plan([rule], parts, { maxBodyBytes: 359 })).toThrow(tooLarge);
    expect(plan([rule], parts, { maxBodyBytes: 360 })?.maxBodyBytes).toBe(360);
    expect(plan([rule], { body: '{"b":"x"}' }, { maxBodyBytes: 1 })?.plan.findings).toEqual([]);
  });

  test.each([
    ["as it came", 48, "identity", undefined],
    ["as it came, one byte more", 49, "identity", "decoded_too_large"],
    ["coded", 48, "gzip", undefined],
    ["coded, one byte more", 49, "gzip", "decoded_too_large"],
  ])("limits.decoded bounds a body: %s", (_, blanks, coding, code) => {
    const policy = makePolicy([{ body: ["$.a"] }], { limits: { decoded: 50 } });
    const text = `[${" ".repeat(blanks)}]`;
    const body = coding === "gzip" ? gzipSync(text) : text;
    const request = event({ body, headers: { "content-encoding": coding } });
    const read = () => planBody(request, policy.rules, policy, { remaining: 1_000 });
    if (code === undefined) expect(read()?.format).toBe("json");
    else expect(read).toThrow(expect.objectContaining({ code }));
  });

  test("a coded body may be over 1 MB when it is decoded, and its tokens are measured once it is coded again", () => {
    const text = `{"a":"x","b":"${" ".repeat(1_500_000)}"}`;
    const parts = { body: gzipSync(text), headers: { "content-encoding": "gzip" } };
    expect(plan([{ body: ["$.a"] }], parts)).toMatchObject({ maxBodyBytes: 1_000_000, plan: { findings: [{}] } });
    expect(plan([{ body: ["$.a"] }], parts, { maxBodyBytes: 10 })?.maxBodyBytes).toBe(10);
    const plain = { body: text };
    expect(() => plan([{ body: ["$.a"] }], plain)).toThrow(expect.objectContaining({ code: "body_too_large" }));
  });

  const part = '--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\nContent-Type: image/png\r\n\r\n';
  const types = { json: "application/json", form: "application/x-www-form-urlencoded", parts: "multipart/form-data" };
  test.each<[code: string, body: string | Buffer, headers: Readonly<Record<string, string | readonly string[]>>]>([
    ["body_malformed", "{", {}],
    ["body_ambiguous", "b=1;a=2", { "content-type": types.form }],
    ["body_not_utf8", Buffer.of(0x22, 0xff, 0x22), {}],
    ["content_type_missing", "1", { "content-type": [] }],
    ["content_type_unsupported", "1", { "content-type": "image/png" }],
    ["charset_unsupported", "1", { "content-type": `${types.json}; charset=utf-7` }],
    ["content_coding_unsupported", "1", { "content-encoding": "exi" }],
    ["content_coding_malformed", "1", { "content-encoding": "gzip" }],
    [
      "part_unreadable",
      Buffer.from(`${part}\xff\x00\r\n--x--\r\n`, "latin1"),
      { "content-type": `${types.parts}; boundary=x` },
    ],
  ])("%s is a matter of the rules: let through, as it came", (code, body, headers) => {
    const rule = { fields: ["a"], ...(code === "part_unreadable" ? { detect: ["us-ssn"] } : {}) };
    const found = plan([{ ...rule, unreadable: "pass" }], { body, headers });
    expect([found?.unreadable, found?.codings, found?.plan.findings]).toEqual([code, [], []]);
    expect(() => plan([{ ...rule, unreadable: "refuse" }], { body, headers })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test("a body that cannot be scanned is refused for what kept it from being read first", () => {
    const rules = [{ detect: ["us-ssn"], unreadable: "scan" }];
    const parts = { body: "x", headers: { "content-type": "nonsense", "content-encoding": "gzip" } };
    expect(() => plan(rules, parts)).toThrow(expect.objectContaining({ code: "content_type_missing" }));
  });

  test("a token comes in where every rule accepts it, and only there", () => {
    const parts = { body: `"#01#${"A".repeat(342)}==#10#"` };
    const accept = { body: ["$.a"], tokens: "accept" };
    const marker = expect.objectContaining({ code: "marker_in_input" });
    expect(plan([accept, { ...accept, body: ["$.b"] }], parts)?.plan.accepted).toHaveLength(1);
    expect(() => plan([accept, { body: ["$.c"] }], parts)).toThrow(marker);
    const unread = { body: parts.body.slice(1, -1) };
    expect(() => plan([{ ...accept, unreadable: "pass" }], unread)).toThrow(marker);
  });

  const broken = `{ "a": ${secret}`;
  const detecting = { detect: ["us-ssn"] };
  test.each<readonly [why: string, unreadable: readonly string[], parts: EventParts, count: number]>([
    ["scanned by the rules that scan", ["scan", "scan", "pass"], { body: broken }, 2],
    ["let through", ["pass", "pass"], { body: broken }, 0],
    [
      "scanned without its codings, which were undone for the first reading",
      ["scan"],
      { body: gzipSync(broken), headers: { "content-encoding": "gzip" } },
      1,
    ],
    ["let through as it came", ["pass"], { body: broken, headers: { "content-encoding": "gzip" } }, 0],
  ])("a body that cannot be read: %s", (_, settings, parts, count) => {
    const rules = settings.map((unreadable, index) => ({ ...detecting, fields: [`f${index}`], unreadable }));
    const found = plan(rules, parts);
    expect(found?.format).toBe("text");
    expect(found?.unreadable).toMatch(/^(?:body|content_coding)_malformed$/);
    expect(found?.plan.found.length).toBe(count);
  });

  test("what no rule reads, none may make pass", () => {
    const rules = [{ ...detecting, unreadable: "pass", tokens: "accept" }];
    const marker = expect.objectContaining({ code: "marker_in_input" });
    expect(() => plan(rules, { body: `{ #01#${"A".repeat(342)}==#10#` })).toThrow(marker);
  });

  test.each([
    ["nesting", { limits: { depth: 1 } }, "[[1]]", "too_deep"],
    ["work", { limits: { work: 1 } }, `["${"x".repeat(99)}"]`, "too_complex"],
  ])("%s is no matter of reading: refused whatever the rules say", async (_, settings, text, code) => {
    const policy = makePolicy([{ ...detecting, body: ["$..a"], unreadable: "pass" }], settings);
    expect((await callEdge(policy, makeEvent({ body: text }))).code).toBe(code);
  });
});

describe("bodies that cannot be read", () => {
  const body = `{"broken": ${secret}`;
  test("pass", async () => {
    const answer = await protect({ body: ["$.a"], unreadable: "pass" }, "application/json", body);
    expect(answer.body).toBe(body);
    expect(JSON.parse(answer.lines[0] ?? "")).toMatchObject({ outcome: "unchanged", code: "body_malformed" });
  });

  test("scan", async () => {
    const rule = { body: ["$.a"], detect: ["us-ssn"], unreadable: "scan" };
    expect((await protect(rule, "application/json", body)).shape).toBe('{"broken": <T>');
    expect((await protect(rule, "application/json", Buffer.from([0xff]))).code).toBe("body_not_utf8");
    const coded = makeEvent({ body, headers: { "content-encoding": "compress" } });
    expect((await callEdge(makePolicy([rule]), coded)).code).toBe("content_coding_unsupported");
  });

  test("scan: what can be decoded, and coded again", async () => {
    const rule = { body: ["$.a"], detect: ["us-ssn"], unreadable: "scan" };
    const { result } = await callEdge(
      makePolicy([rule]),
      makeEvent({ body: gzipSync(body), headers: { "content-encoding": "gzip" } }),
    );
    expect(
      gunzipSync(Buffer.from(Object(result).body.data, "base64"))
        .toString()
        .replace(tokenPattern, "<T>"),
    ).toBe('{"broken": <T>');
  });

  test.each<readonly [string, EventParts, string]>([
    ["a coding that is none", { body, headers: { "content-encoding": "gzip" } }, "content_coding_malformed"],
    ["another charset", { body, headers: { "content-type": "text/plain; charset=utf-16" } }, "charset_unsupported"],
    ["UTF-16 that says nothing", { body: Buffer.from(body, "utf16le") }, "charset_unsupported"],
    [
      "two content types, one of another charset",
      { body, headers: { "content-type": ["text/plain", "text/plain; charset=utf-7"] } },
      "content_type_missing",
    ],
    [
      "a bomb",
      {
        body: gzipSync(Buffer.alloc(6_000_000, " ")),
        headers: { "content-encoding": "gzip", "content-type": "image/png" },
      },
      "decoded_too_large",
    ],
  ])("scan refuses what is no text in UTF-8: %s", async (_, parts, code) => {
    const rule = { body: ["$.a"], detect: ["us-ssn"], unreadable: "scan" };
    expect((await callEdge(makePolicy([rule]), makeEvent(parts))).code).toBe(code);
  });

  test("one rule that refuses outweighs another that does not", async () => {
    const policy = makePolicy([{ body: ["$.a"], unreadable: "pass" }, { body: ["$.b"] }]);
    expect((await callEdge(policy, makeEvent({ body }))).code).toBe("body_malformed");
  });

  test("truncation and markers are refused all the same", async () => {
    const policy = makePolicy([{ body: ["$.a"], unreadable: "pass" }]);
    expect((await callEdge(policy, makeEvent({ body, inputTruncated: true }))).code).toBe("body_truncated");
    expect((await callEdge(policy, makeEvent({ body: "{ #01#" }))).code).toBe("marker_in_input");
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
