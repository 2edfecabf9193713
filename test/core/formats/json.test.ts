import { describe, expect, test } from "@jest/globals";
import { readString } from "../../../core/formats/json.ts";
import { listTexts, readSource, replaceFound } from "../../support/codec.ts";

test.each<[why: string, source: string, rule: object, expected: string]>([
  ["a string", '{"a":"x","b":1}', { body: ["$.a"] }, '{"a":"T","b":1}'],
  ["a number becomes a string", '{"a": 1.0 }', { body: ["$.a"] }, '{"a": "T" }'],
  ["an object as a whole", '{"a":{"b":[]}}', { body: ["$.a"] }, '{"a":"T"}'],
  ["an escaped name", '{"\\u0061":1}', { body: ["$.a"] }, '{"\\u0061":"T"}'],
  ["a field at any depth", '[{"x":{"a":1}}]', { fields: ["a"] }, '[{"x":{"a":"T"}}]'],
  ["a field in a field, over a list", '{"x":[{"a":1}],"a":2}', { fields: ["x.a"] }, '{"x":[{"a":"T"}],"a":2}'],
  [
    "JSON in a string",
    '{"p":"{\\"a\\":1}"}',
    { body: [{ select: "$.p", inside: ["$.a"] }] },
    '{"p":"{\\"a\\":\\"T\\"}"}',
  ],
  ["null there", '{"p":null}', { body: [{ select: "$.p", inside: ["$.a"] }] }, '{"p":null}'],
  ["a number there", '{"p":12}', { body: [{ select: "$.p", inside: ["$.a"] }] }, "body_malformed@5"],
  [
    "no JSON there, at the string's offset",
    '{"p":"{x"}',
    { body: [{ select: "$.p", inside: ["$.a"] }] },
    "body_malformed@6",
  ],
  [
    "a string spelt otherwise, as a whole",
    '{"p":"{\\u0022a\\u0022:1}"}',
    { body: [{ select: "$.p", inside: ["$.a"] }] },
    '{"p":"T"}',
  ],
  ["too deep", `${"[".repeat(11)}${"]".repeat(11)}`, { body: ["$.a"] }, "too_deep@10"],
])("%s", (_, source, rule, expected) => {
  expect(replaceFound("json", source, { rule })).toBe(expected);
});

describe("nodes", () => {
  test.each<[why: string, source: string, texts: readonly string[]]>([
    ["names and strings", '{"a":"x\\n"}', ["a", "x\n"]],
    ["numbers, and no other literals", "[1,true,null]", ["1"]],
    ["a whole number with a fraction of 0", "[42.0]", ["42"]],
    ["a whole number with an exponent", "[4.2e3]", ["4200"]],
    ["a fraction, as it is", "[4.25e1]", ["4.25e1"]],
    ["too many zeros, as they are", "[1e99]", ["1e99"]],
    ["JSON in a string, twice", JSON.stringify([JSON.stringify([JSON.stringify(["x"])])]), ["x"]],
    [
      "JSON in a string, three times",
      JSON.stringify([JSON.stringify([JSON.stringify([JSON.stringify(["x"])])])]),
      ['["x"]'],
    ],
  ])("%s", (_, source, texts) => {
    expect(listTexts("json", source)).toEqual(texts);
  });

  test("have the names around them, from the inside out", () => {
    const nodes = [...readSource("json", '{"a":[{"b":"x"},"y"]}').nodes()];
    expect(nodes.map(({ text, nameAt }) => [text, ...[0, 1, 2].map((level) => nameAt?.(level))])).toEqual([
      ["a", undefined, undefined, undefined],
      ["b", "a", undefined, undefined],
      ["x", "b", "a", undefined],
      ["y", "a", undefined, undefined],
    ]);
  });
});

describe("readString", () => {
  test("places each character", () => {
    const node = readString(' "a\\u0062\\n"', 1, 12, "value");
    expect([node.text, [0, 1, 2, 3].map(node.at)]).toEqual(["ab\n", [2, 3, 9, 11]]);
  });

  test.each([
    ["value", "7", "7"],
    ["name", "7", '"7"'],
    ["name", '"7"', '"7"'],
  ] as const)("restores a %s of %s as %s", (part, json, expected) => {
    expect(readString('"x"', 0, 3, part).literal?.restore(json)).toBe(expected);
  });
});
