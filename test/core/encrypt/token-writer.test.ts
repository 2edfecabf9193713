/** Which token a value gets, how long it is, and that it opens to the value. */
import { describe, expect, test } from "@jest/globals";
import {
  createDryTokenWriter,
  createTokenWriter,
  directTextOf,
  measurePayload,
} from "../../../core/encrypt/token-writer.ts";
import { type Finding, type FoundValue, jsonValue, textValue } from "../../../core/find/finding.ts";
import { parsePayload } from "../../../core/token/grammar.ts";
import { makePolicy, openTokens } from "../../support/edge.ts";
import { recipients } from "../../support/tokens.ts";

const { capacity } = recipients[0];
const bytes: FoundValue = { kind: "bytes", bytes: Buffer.of(1, 0xff) };

function findingOf(value: FoundValue, rule: object, more: Partial<Finding> = {}): Finding {
  const [loaded] = makePolicy([{ fields: ["a"], ...rule }]).rules;
  if (loaded === undefined) throw new TypeError("the policy has a rule");
  return { start: 7, end: 8, rule: loaded, selector: 0, value, encode: (token) => token, ...more };
}

describe("the kind of a token", () => {
  test.each<[why: string, token: "direct" | "auto" | "sealed", value: FoundValue, kind: string]>([
    ["a short string", "auto", textValue("a"), "direct"],
    ["a short string", "direct", textValue("a"), "direct"],
    ["a short string", "sealed", textValue("a"), "sealed"],
    ["as many bytes as there is room for", "auto", textValue("é".repeat(capacity / 2)), "direct"],
    ["one more", "auto", textValue(`${"é".repeat(capacity / 2)}a`), "sealed"],
    ["one more", "direct", textValue(`${"é".repeat(capacity / 2)}a`), "value_too_long"],
    ["nothing", "auto", textValue(""), "sealed"],
    ["nothing", "direct", textValue(""), "value_not_direct"],
    ["a number", "auto", jsonValue("1.0"), "sealed"],
    ["a number", "direct", jsonValue("1.0"), "value_not_direct"],
    ["a string in another spelling", "auto", jsonValue('"\\u0061"'), "sealed"],
    ["half of a surrogate pair", "auto", textValue("\ud800"), "sealed"],
    ["a file", "auto", bytes, "sealed"],
    ["a file", "direct", bytes, "value_not_direct"],
  ])("%s under %s: %#", (_, token, value, kind) => {
    const finding = findingOf(value, { token });
    if (kind === "direct" || kind === "sealed") {
      expect(directTextOf(finding)).toBe(kind === "direct" && value.kind === "json" ? value.text : undefined);
      expect(parsePayload(createTokenWriter()(finding))?.kind).toBe(kind);
      return;
    }
    for (const work of [directTextOf, measurePayload, createTokenWriter(), createDryTokenWriter()]) {
      expect(() => work(finding)).toThrow(expect.objectContaining({ code: kind, facts: { rule: "0", offset: 7 } }));
    }
  });

  test("outside of bodies all are sealed", () => {
    expect(directTextOf(findingOf(textValue("a"), { token: "direct" }, { sealed: true }))).toBeUndefined();
  });
});

describe("payloads", () => {
  const values: readonly FoundValue[] = [textValue("a"), textValue("é".repeat(300)), jsonValue("[1, 2.0]"), bytes];

  test.each(values)("are as long as they were measured, and so are stand-ins: %#", (value) => {
    for (const rule of [{}, { label: "ssn" }, { token: "sealed" }]) {
      const finding = findingOf(value, rule);
      expect(createTokenWriter()(finding)).toHaveLength(measurePayload(finding));
      expect(createDryTokenWriter()(finding)).toHaveLength(measurePayload(finding));
    }
  });

  test.each([
    ["a short string", textValue("a"), '"a"'],
    ["a long one", textValue("b".repeat(300)), JSON.stringify("b".repeat(300))],
    ["a number", jsonValue("1.0"), "1.0"],
  ])("open to the value: %s", async (_, value, json) => {
    const payload = createTokenWriter()(findingOf(value, {}));
    const [{ prefix, suffix }] = recipients;
    expect((await openTokens({ body: `["${prefix}${payload}${suffix}"]` })).body).toBe(`[${json}]`);
  });

  test("one content key for a recipient, or one for each field", () => {
    const wrappedKeys = (rule: object): number => {
      const write = createTokenWriter();
      const finding = findingOf(jsonValue("1"), rule);
      return new Set([write(finding), write(finding)].map((payload) => payload.split(".")[1])).size;
    };
    expect([wrappedKeys({}), wrappedKeys({ contentKey: "field" })]).toEqual([1, 2]);
  });

  test("stand-ins are of the characters of the payload that they stand for", () => {
    const write = createDryTokenWriter();
    const texts = (value: FoundValue): string => Array.from({ length: 20 }, () => write(findingOf(value, {}))).join("");
    const [direct, sealed] = [texts(textValue("a")), texts(jsonValue("1"))];
    expect([/[+/]/.test(direct), /[_-]/.test(direct)]).toEqual([true, false]);
    expect([/[+/]/.test(sealed), /[_-]/.test(sealed)]).toEqual([false, true]);
  });

  test("a label is that of the rule", () => {
    const payload = parsePayload(createTokenWriter()(findingOf(jsonValue("1"), { label: "ssn" })));
    expect(payload?.kind === "sealed" && payload.header.label).toBe("ssn");
  });
});
