import { describe, expect, test } from "@jest/globals";
import type { FormatChoice } from "../../../edge/body/choose-format.ts";
import { readText } from "../../../edge/body/read.ts";
import { makePolicy } from "../../support/edge.ts";

const policy = makePolicy([{ fields: ["a"] }], { limits: { depth: 2 } });
const mediaType = { essence: "application/json", parameters: new Map<string, string>() };
const choice: FormatChoice = { format: "json", mediaType, charsets: [], rules: policy.rules };

function read(source: string, given: Partial<FormatChoice> = {}, codecs = policy.codecs) {
  return readText(source, { ...choice, ...given }, { ...policy, codecs }, { remaining: 1_000 });
}

describe("a body's text in its format", () => {
  test("what the rules select, and every text", () => {
    const { findings, nodes } = read('{"a":"1","b":"2"}');
    expect(findings.map(({ start, end }) => [start, end])).toEqual([[5, 8]]);
    expect([...nodes()].map(({ text }) => text)).toEqual(["a", "1", "b", "2"]);
  });

  test("as another format", () => {
    expect(read("a=1&b=2", { format: "form" }).findings.map(({ start, end }) => [start, end])).toEqual([[2, 3]]);
  });

  test("no rules: nothing is read", () => {
    const { findings, nodes } = read("{", { rules: [] });
    expect([findings, [...nodes()]]).toEqual([[], []]);
  });

  test.each([
    ["no codec", '{"a":1}', {}, "content_type_unsupported"],
    ["malformed", "{", policy.codecs, "body_malformed"],
    ["deeper than the policy's limit", "[[[]]]", policy.codecs, "too_deep"],
  ])("%s", (_, source, codecs, code) => {
    expect(() => read(source, {}, codecs)).toThrow(expect.objectContaining({ code }));
  });

  test("a whole token in a part stays whole, whatever the part's type", () => {
    const token = `#01#${"A".repeat(342)}==#10#`;
    const head = '--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n';
    const multipart = { essence: "multipart/form-data", parameters: new Map([["boundary", "b"]]) };
    const reading = read(`${head}${token}\r\n--b--`, { format: "multipart", mediaType: multipart });
    expect([...reading.nodes()].some(({ text }) => text === token)).toBe(true);
  });
});
