/** JSON in other text. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { findJsonFragments, type MemberName } from "../../../core/embedded/json-fragments.ts";

const find = (text: string, depth = 100): readonly string[] =>
  findJsonFragments(text, depth).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);

describe("pieces", () => {
  test.each<[why: string, text: string, pieces: readonly string[]]>([
    ["nothing", "", []],
    ["prose", 'He said "yes", and [left].', []],
    ["behind a time", 'T10:00Z [INFO] {req=7} got {"a":1} in 3 ms [ok]', ['text {"a":1}']],
    ["two in a line", 'x {"a":[1]} y [true,null] z', ['text {"a":[1]}', "text [true,null]"]],
    ["over lines", 'body:\n{\n  "a": {\n    "b": -1.5e3\n  }\n}\ndone', ['text {\n  "a": {\n    "b": -1.5e3\n  }\n}']],
    ["one behind the other", '{"a":1}{"b":2}\n{"c":3}', ['text {"a":1}', 'text {"b":2}', 'text {"c":3}']],
    ["empty ones", "{} [ ] {\n}", ["text {}", "text [ ]", "text {\n}"]],
    ["brackets in strings", '["]}","\\"]"]', ['text ["]}","\\"]"]']],
    ["cut off", '{"a":"x","b":{"c":1},"d":"y', ['name "a"', 'string "x"', 'name "b"', 'text {"c":1}', 'name "d"']],
    ["cut off in a list", '[{"a":1},[2],"x",tr', ['text {"a":1}', "text [2]", 'string "x"']],
    ["broken off by a line", '{"a":"x\n{"b":2}', ['name "a"', 'text {"b":2}']],
    ["a comma too many", '[1,] {"a":1,}', ['name "a"']],
    ["no comma", '["a" "b"]', ['string "a"']],
    ["no colon", '{"a" 1}', ['name "a"']],
    ["no name", "{1:2}", []],
    ["an escape that is none", '{"a":"\\x"} ["b"]', ['name "a"', 'text ["b"]']],
    ["zeros before a number", "[01] [0]", ["text [0]"]],
    ["escaped quotes", 'msg="got {\\"a\\":1}" level=info', ['string "got {\\"a\\":1}"']],
    ["quotes that are not escaped", 'a="b" c="d"', []],
    ["a quote that is escaped", 'x \\"a\\" y', []],
    ["single quotes", `'{"a":1}'`, ['text {"a":1}']],
    ["without its beginning", 'me": "a", "b" :\n"c", "d": 1 }, {"e":2}', ['string "a"', 'string "c"', 'text {"e":2}']],
    ["a number that is none", '{"a": NaN, "b": "c"}', ['name "a"', 'string "c"']],
    ["names without quotes", 'a: "b", {c: "d"}', []],
    ["too deep", "[[[1]]]", ["text [1]"]],
  ])("%s", (why, text, pieces) => {
    expect(find(text, why === "too deep" ? 2 : 100)).toEqual(pieces);
  });

  test.each<[why: string, text: string, members: readonly string[]]>([
    ["whole", 'x {"a":[{"b":1}]} y', ['{"a":[{"b":1}]}: ']],
    [
      "cut off",
      '{"a":"x","b":[{"c":"y","d":{"e":1},"f":"',
      ['"a": ', '"x": a', '"b": ', '"c": b', '"y": c b', '"d": b', '{"e":1}: d b', '"f": b'],
    ],
    ["behind a value that is whole", '[{"a":{"b":1},"c":"x"},"y"', ['{"a":{"b":1},"c":"x"}: ', '"y": ']],
    ["without its beginning", '1,"a\\"b" : "x","c":{"d":"y"}}', ['"a\\"b": ', '"x": a\\"b', '{"d":"y"}: c']],
    ["without its beginning, within a name", 'b": "x"', ['"x": ']],
  ])("the members around: %s", (_, text, expected) => {
    const names = (member: MemberName | undefined): string[] =>
      member === undefined ? [] : [text.slice(member.start + 1, member.end - 1), ...names(member.outer)];
    expect(
      findJsonFragments(text, 100).map(
        ({ start, end, member }) => `${text.slice(start, end)}: ${names(member).join(" ")}`,
      ),
    ).toEqual(expected);
  });

  test("of any JSON between words there is nothing but that", () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (first, second) => {
        const containers = [first, second].filter((json) => /^[[{]/.test(json));
        expect(find(`a ${containers.join(" b ")} c`)).toEqual(containers.map((json) => `text ${json}`));
      }),
    );
  });

  test("what is found in any text is JSON, in order", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', "\\", ",", ":", "1", "a", " ", "\n") }),
        (text) => {
          let done = 0;
          for (const { start, end } of findJsonFragments(text, 100)) {
            expect(start).toBeGreaterThanOrEqual(done);
            JSON.parse(text.slice(start, end));
            done = end;
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("hostile text of a megabyte, which anything but linear work would not get through", () => {
  test.each([
    "{",
    "[",
    '"',
    '{"',
    '{"a":',
    '["a",',
    '\\"',
    '"\\"',
    '[{"a":[',
    "[]",
    "{}",
    '{"a":1},',
    "[1,",
    " ",
    "\\",
  ])("%j", (unit) => {
    for (const text of [unit.repeat(1_000_000 / unit.length), `[${unit.repeat(1_000_000 / unit.length)}`]) {
      expect(findJsonFragments(text, 1_000).every(({ start, end }) => start < end)).toBe(true);
    }
  });
});
