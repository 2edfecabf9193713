import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FieldsealError } from "../../../core/errors.ts";
import {
  decodeString,
  endOf,
  hasName,
  kindOf,
  literalOf,
  nameEndOf,
  nameOf,
  nameStartOf,
  nextOf,
  parentOf,
  parseJson,
  startOf,
} from "../../../core/text/json-document.ts";

function accepts(text: string): boolean {
  try {
    parseJson(text, 1_000);
    return true;
  } catch (error) {
    if (error instanceof FieldsealError && error.code === "body_malformed") return false;
    throw error;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The value that the table describes. */
function readValue(text: string): unknown {
  const document = parseJson(text, 1_000);
  const read = (node: number): unknown => {
    const kind = kindOf(document, node);
    if (kind !== "object" && kind !== "array") return JSON.parse(literalOf(document, node));
    const children: number[] = [];
    for (let child = node + 1; child < nextOf(document, node); child = nextOf(document, child)) children.push(child);
    return kind === "array"
      ? children.map(read)
      : Object.fromEntries(children.map((child) => [nameOf(document, child), read(child)]));
  };
  return read(0);
}

describe("it accepts what JSON.parse accepts", () => {
  test.each([
    "",
    " ",
    "nul",
    "nulll",
    "tru",
    "-",
    "-0",
    "01",
    "1.",
    ".1",
    "1e",
    "1e+",
    "1E-09",
    "+1",
    "0x1",
    "NaN",
    "Infinity",
    '"',
    '"a',
    '"\\',
    '"\\u12"',
    '"\\x41"',
    '"\\u00zz"',
    '"a\nb"',
    '"\u0000"',
    '"\u007f"',
    "'a'",
    "[",
    "]",
    "[,]",
    "[1,]",
    "[1 2]",
    "{",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    '{"a":1 "b":2}',
    "[1]]",
    "1 1",
    "//",
    "[1]//",
    "\u00a01",
    "\f1",
    "1\v",
    "\ufeff\ufeff1",
    '{"a":1}}',
    '[{"a":[1,{}]}]',
    '{"":{"":{}}}',
    "\t\r\n [ ] ",
    '"\ud800"',
    '"\u2028"',
    "[1}",
    '{"a":1]',
    '[""],',
    "--1",
    "1-1",
  ])("%p", (text) => {
    expect(accepts(text)).toBe(parses(text));
  });

  test("a byte order mark, once, at the start", () => {
    expect([accepts("\ufeff{}"), accepts("{}\ufeff"), accepts("\ufeff")]).toEqual([true, false, false]);
  });

  test("mutations of documents", () => {
    const mutated = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", "{", "}", "[", "]", ",", ":", '"', "\\", "0", "-", "e", ".", " ", "\u0001", "t"),
      )
      .map(
        ([text, at, by]) =>
          text.slice(0, at % (text.length + 1)) + by + text.slice((at % (text.length + 1)) + (at % 3)),
      );
    fc.assert(
      fc.property(mutated, (text) => accepts(text) === parses(text)),
      { numRuns: 3_000 },
    );
  });
});

describe("the table of a document", () => {
  test("values, kinds and names", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(readValue(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  test("places", () => {
    const text = ' { "a" : [ 1.0 , "b\\"" ] } ';
    const document = parseJson(text, 10);
    const spans = Array.from({ length: document.size }, (_, node) =>
      text.slice(startOf(document, node), endOf(document, node)),
    );
    expect(spans).toEqual(['{ "a" : [ 1.0 , "b\\"" ] }', '[ 1.0 , "b\\"" ]', "1.0", '"b\\""']);
    expect([document.depth, nameStartOf(document, 1), nameStartOf(document, 2)]).toEqual([2, 3, -1]);
  });

  test("nesting up to the limit, and a place beyond it", () => {
    expect(parseJson("[[]]", 2).depth).toBe(2);
    expect(() => parseJson("[[[]]]", 2)).toThrow(expect.objectContaining({ code: "too_deep", facts: { offset: 2 } }));
    expect(parseJson("[".repeat(100_000) + "]".repeat(100_000), 100_000).depth).toBe(100_000);
  });

  test.each([
    ["[[[]],[]]", 3, "the first branch is the deeper one"],
    ["[[],[],[]]", 2, "closed containers are not counted"],
    ["[{},[]]", 2, "empty containers"],
    ["1", 0, "a scalar"],
  ])("%s is %i deep: %s", (text, depth) => {
    expect(parseJson(text, depth).depth).toBe(depth);
  });

  test.each([
    ["{}", "object"],
    ["[]", "array"],
    ['""', "string"],
    ["true", "boolean"],
    ["false", "boolean"],
    ["null", "null"],
    ["-1", "number"],
    ["0", "number"],
  ])("%s is of the kind %s", (text, kind) => {
    expect(kindOf(parseJson(text, 1), 0)).toBe(kind);
  });

  test("the rows of a document", () => {
    const document = parseJson('{"a":[1,{"b":2}],"c":3}', 9);
    const rows = Array.from({ length: document.size }, (_, node) => [
      literalOf(document, node),
      ...[parentOf, nextOf, nameStartOf, nameEndOf].map((read) => read(document, node)),
    ]);
    expect(rows).toEqual([
      ['{"a":[1,{"b":2}],"c":3}', -1, 6, -1, -1],
      ['[1,{"b":2}]', 0, 5, 1, 4],
      ["1", 1, 3, -1, -1],
      ['{"b":2}', 1, 5, -1, -1],
      ["2", 3, 5, 9, 12],
      ["3", 0, 6, 17, 20],
    ]);
  });

  test.each([
    ['["a"]', false],
    ['["\\n"]', true],
  ])("whether %s has escapes: %j", (text, expected) => {
    expect(parseJson(text, 1).hasEscapes).toBe(expected);
  });

  test.each([
    ['"ab"', "ab", "without escapes"],
    ['"\\u0061\\n"', "a\n", "with escapes"],
    ['""', "", "empty"],
  ])("%s decodes to %j: %s", (literal, text) => {
    expect(decodeString(literal)).toBe(text);
  });

  test.each([
    ['{"ab":1}', "ab", true, "as it is"],
    ['{"ab":1}', "aB", false, "another one of its length"],
    ['{"ab":1}', "a", false, "a shorter one"],
    ['{"ab":1}', "abc", false, "a longer one"],
    ['{"ab":1}', "b", false, "its end"],
    ['{"":1}', "", true, "an empty one"],
    ['{"\\u0061b":1}', "ab", true, "an escape at its beginning"],
    ['{"a\\u0062":1}', "ab", true, "an escape at its end"],
    ['{"\\u0061c":1}', "ab", false, "another one with an escape"],
    ['{"\\n":1}', "\n", true, "a short escape"],
    ['{"\\n":1}', "\\n", false, "the characters of an escape"],
    ['{"abcdefg":"\\n"}', "ab", false, "an escape elsewhere"],
    ['{"abcdefg":"\\n"}', "abcdefg", true, "as it is, with an escape elsewhere"],
  ])("whether the member of %s has the name %j: %j, %s", (text, name, expected) => {
    expect(hasName(parseJson(text, 1), 1, name)).toBe(expected);
  });
});
