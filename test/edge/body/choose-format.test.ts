import { describe, expect, test } from "@jest/globals";
import { callEdge, makeEvent, makePolicy } from "../../support/edge.ts";
import { protect, secret } from "../../support/protected-bodies.ts";

describe("which format", () => {
  test.each([
    [
      "a rule without selectors for it",
      { body: ["$.a"] },
      "application/x-www-form-urlencoded",
      "a=1",
      "content_type_unsupported",
    ],
    ["an unknown type", { fields: ["a"] }, "application/octet-stream", "a", "content_type_unsupported"],
    ["text without detectors", { fields: ["a"] }, "text/plain", "a", "content_type_unsupported"],
  ])("%s is refused", async (_, rule, contentType, body, code) => {
    expect((await protect(rule, contentType, body)).code).toBe(code);
  });

  test("a rule can force it, whatever the content type says", async () => {
    const rule = { format: "json", body: ["$.ssn"] };
    for (const contentType of ["text/plain", "application/x-www-form-urlencoded", "nonsense"]) {
      expect((await protect(rule, contentType, `{"ssn":"${secret}"}`)).shape).toBe('{"ssn":"<T>"}');
    }
    expect((await protect(rule, "text/plain", `ssn=${secret}`)).code).toBe("body_malformed");
  });

  test.each<readonly [string | readonly string[], string]>([
    ["nonsense; charset=iso-8859-1", "charset_unsupported"],
    [["text/plain", "text/plain; charset=utf-16"], "charset_unsupported"],
    ["text/plain; charset=utf-7", "charset_unsupported"],
  ])("but not the charset: %j", async (contentType, code) => {
    const event = makeEvent({ body: '{"ssn":"é"}', headers: { "content-type": contentType } });
    expect((await callEdge(makePolicy([{ format: "json", body: ["$.ssn"] }]), event)).code).toBe(code);
  });

  test.each([
    "application/x-ndjson",
    "application/jsonl",
    "application/json-lines",
    "application/x-jsonl",
    "text/x-ndjson",
  ])("%s is NDJSON", async (contentType) => {
    expect((await protect({ body: ["$.ssn"] }, contentType, '{"ssn":1}\n{"ssn":2}')).shape).toBe(
      '{"ssn":"<T>"}\n{"ssn":"<T>"}',
    );
  });

  test("two rules that force two", async () => {
    // No compiled policy holds two such rules.
    const [one, other] = [
      makePolicy([{ format: "json", fields: ["a"] }]),
      makePolicy([{ format: "xml", fields: ["a"] }]),
    ];
    const policy = { ...one, rules: [...one.rules, ...other.rules] };
    expect((await callEdge(policy, makeEvent({ body: "{}" }))).code).toBe("rule_conflict");
  });
});
