import { describe, expect, test } from "@jest/globals";
import { chooseFormat, chooseScan } from "../../../edge/body/choose-format.ts";
import { callEdge, makeEvent, makePolicy } from "../../support/edge.ts";
import { protect, secret } from "../../support/protected-bodies.ts";

const rulesOf = (...rules: readonly object[]) => rules.flatMap((rule) => makePolicy([rule]).rules);

describe("the format of a body", () => {
  const [json, form, detecting] = [{ body: ["$.a"] }, { fields: ["a"] }, { detect: ["us-ssn"] }];
  const forced = { ...form, format: "csv" };
  const parts = { ...form, format: "multipart" };
  type Row = readonly [
    why: string,
    contentTypes: readonly string[],
    rules: readonly object[],
    format: string,
    ruleCount: number,
  ];
  test.each<Row>([
    ["of the content type", ["application/json"], [json], "json", 1],
    ["a suffix", ["application/vnd.a+xml"], [form], "xml", 1],
    ["for the rules that it has anything for", ["text/csv"], [json, form, detecting], "csv", 2],
    ["for none", ["text/plain"], [json, form], "content_type_unsupported", 0],
    ["an unknown type", ["image/png"], [detecting], "content_type_unsupported", 0],
    ["no type", [], [json], "content_type_missing", 0],
    ["two types", ["application/json", "application/json"], [json], "content_type_missing", 0],
    ["a type that is none", ["json"], [json], "content_type_missing", 0],
    ["forced", ["application/json"], [forced, json], "csv", 1],
    ["forced, without a type", [], [forced], "csv", 1],
    ["forced, with another charset that cannot be read", ["a; charset=x"], [forced], "charset_unsupported", 0],
    ["forced twice", [], [forced, { ...forced, format: "xml" }], "rule_conflict", 0],
    ["a form in parts needs the type, forced or not", [], [parts], "content_type_missing", 0],
    ["a form in parts", ["multipart/form-data"], [parts], "multipart", 1],
  ])("%s", (_, contentTypes, rules, format, ruleCount) => {
    const choose = () => chooseFormat(contentTypes, rulesOf(...rules));
    if (ruleCount === 0) {
      expect(choose).toThrow(expect.objectContaining({ code: format }));
      return;
    }
    const choice = choose();
    expect([choice.format, choice.rules.length]).toEqual([format, ruleCount]);
  });

  test("of several types under a forced format, the one that is not in UTF-8 is the one that counts", () => {
    const { mediaType, charsets } = chooseFormat(["a/b", "c/d; charset=latin1"], rulesOf(forced));
    expect([mediaType.essence, charsets]).toEqual(["c/d", [mediaType]]);
  });

  test("scanned as text, with the charsets of all types, for the rules that scan", () => {
    const scanning = { ...detecting, unreadable: "scan" };
    const { format, mediaType, charsets, rules } = chooseScan(
      ["a/b; charset=latin1", "nonsense"],
      rulesOf(scanning, { ...detecting, unreadable: "pass" }, scanning),
    );
    expect([format, mediaType.essence, rules.length]).toEqual(["text", "text/plain", 2]);
    expect(charsets.map(({ parameters }) => parameters.get("charset"))).toEqual(["latin1", undefined]);
  });
});

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
