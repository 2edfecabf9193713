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
  ["a list as a whole", '{"a":[1,2]}', { fields: ["a"] }, '{"a":"T"}'],
  ["every member, and nothing after the last", '{"a":1,"b":2}', { fields: ["*"] }, '{"a":"T","b":"T"}'],
  ["a name", '{"a":{"b":1}}', { dialect: "jsonpath-plus", body: ["$.a.b~"] }, '{"a":{"T":1}}'],
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
    ["two zeros of a fraction", "[42.00]", ["42"]],
    ["a fraction that ends in 0", "[4.20]", ["4.20"]],
    ["a fraction that begins with 0", "[4.02]", ["4.02"]],
    ["a negative number, as it is", "[-42]", ["-42"]],
    ["the digits of a negative number with a fraction", "[-42.0]", ["42"]],
    ["an exponent without a fraction", "[4e3]", ["4000"]],
    ["an exponent with a sign", "[4.2E+3]", ["4200"]],
    ["an exponent of two digits", "[4.2e10]", ["42000000000"]],
    ["an exponent that takes zeros away", "[4200e-2]", ["42"]],
    ["an exponent that takes more away", "[42e-1]", ["42e-1"]],
    ["an exponent that takes all away", "[0e-1,0e-5]", ["0e-1", "0e-5"]],
    ["a fraction of 0 that is moved", "[0.0]", ["0"]],
    ["as many zeros as are written", "[1e30]", [`1${"0".repeat(30)}`]],
    ["one zero more", "[1e31]", ["1e31"]],
    ["an exponent of four digits", "[1e0005]", ["1e0005"]],
    ["a literal in a string", '["true","12"]', ["true", "12"]],
    ["a string in a string", '["\\"[\\""]', ['"["']],
    ["JSON after white space in a string", '[" \\t\\r\\n[\\"x\\"]"]', ["x"]],
    ["an object in a string", '["{\\"x\\":1}"]', ["x", "1"]],
    ["JSON in a string in another spelling", '["[\\u0022x\\u0022]"]', ['["x"]']],
    ["what only begins as JSON", '["[x"]', ["[x"]],
    ["what only holds JSON", '["x[1]"]', ["x[1]"]],
    ["too deep in a string", JSON.stringify(["[".repeat(11)]), ["[".repeat(11)]],
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

test.each<[why: string, source: string, rule: object, found: readonly unknown[]]>([
  ["a value", '{"a": 1.0 }', { body: ["$.b", "$.a"] }, [[6, 9, 1, "1.0"]]],
  [
    "the order of selectors",
    '{"a":1,"b":2}',
    { body: ["$.b", "$.a"] },
    [
      [11, 12, 0, "2"],
      [5, 6, 1, "1"],
    ],
  ],
  ["a name", '{"a":1}', { dialect: "jsonpath-plus", body: ["$.a~"] }, [[1, 4, 0, '"a"']]],
  ["in a string", '{"p":"{\\"a\\":1}"}', { body: ["$.x", { select: "$.p", inside: ["$.a"] }] }, [[13, 14, 1, "1"]]],
])("findings with place and selector: %s", (_, source, rule, found) => {
  const { findings } = readSource("json", source, { rule });
  const rows = findings.map(({ start, end, selector, value }) => [
    start,
    end,
    selector,
    value.kind === "json" ? value.json : value.bytes,
  ]);
  expect(rows).toEqual(found);
});

test("each comparison of a name with a field costs a step", () => {
  const budget = { remaining: 100 };
  readSource("json", '{"a":[1,2]}', { rule: { fields: ["x", "y", "z"] }, context: { budget } });
  expect(budget.remaining).toBe(88);
});

describe("names around a node", () => {
  test("in any order", () => {
    const [, , , node] = readSource("json", '{"a":{"b":{"c":1}}}').nodes();
    expect([2, 0, 1, 1, 0, 3, 2].map((level) => node?.nameAt?.(level))).toEqual([
      "a",
      "c",
      "b",
      "b",
      "c",
      undefined,
      "a",
    ]);
  });

  test("of the root are undefined", () => {
    const [text] = readSource("json", '"x"').nodes();
    const [number] = readSource("json", "1").nodes();
    expect([text?.nameAt?.(0), number?.nameAt?.(0)]).toEqual([undefined, undefined]);
  });

  test("the items of one list share", () => {
    const nodes = [...readSource("json", '{"a":["x","y",1],"b":["z"]}').nodes()];
    const [, x, y, one, , z] = nodes.map(({ nameAt }) => nameAt);
    expect([y === x, one === x, z === x, z?.(0)]).toEqual([true, true, false, "b"]);
  });

  test("members of one object do not share", () => {
    const [, x, , y] = readSource("json", '{"a":"x","b":"y"}').nodes();
    expect([x?.nameAt?.(0), y?.nameAt?.(0)]).toEqual(["a", "b"]);
  });
});

test("the node of a number is the literal, as a whole", () => {
  const [node] = readSource("json", "[ 4.2e3 ]").nodes();
  expect(node).toMatchObject({
    start: 2,
    end: 7,
    text: "4200",
    divisible: false,
    literal: { start: 2, end: 7, json: "4.2e3" },
  });
  expect([node?.literal?.restore("1"), ...[0, 2, 5, 9].map((offset) => node?.at(offset))]).toEqual(["1", 2, 4, 7, 7]);
});

describe("readString", () => {
  test("the node of a string is what is within its quotes", () => {
    const node = readString(' "ab"', 1, 5, "value");
    expect(node).toMatchObject({
      start: 2,
      end: 4,
      text: "ab",
      divisible: true,
      literal: { start: 1, end: 5, json: '"ab"' },
    });
    expect([0, 1, 2].map(node.at)).toEqual([2, 3, 4]);
    expect(node.encode('"\n')).toBe('\\"\\n');
  });

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
