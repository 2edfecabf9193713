import { expect, test } from "@jest/globals";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";

const current = (name: string): object => ({
  kind: "singular",
  query: { root: "current", segments: [{ selectors: [{ kind: "name", name }] }] },
});

test.each<readonly [string, readonly object[]]>([
  ["$", []],
  [
    "$.a..b",
    [{ selectors: [{ kind: "name", name: "a" }] }, { descendant: true, selectors: [{ kind: "name", name: "b" }] }],
  ],
  ["$[*, 1]", [{ selectors: [{ kind: "wildcard" }, { kind: "index", index: 1 }] }]],
  ["$[1:3]", [{ selectors: [{ kind: "slice", start: 1, end: 3, step: 1 }] }]],
  ["$[::-1]", [{ selectors: [{ kind: "slice", step: -1 }] }]],
  [
    "$[?@.a == 1]",
    [
      {
        selectors: [
          {
            kind: "filter",
            test: { kind: "compare", operator: "==", left: current("a"), right: { kind: "literal", value: 1 } },
          },
        ],
      },
    ],
  ],
  [
    "$[?!@.a || match(@.b, 'x') && 1e400 > length(@.c)]",
    [
      {
        selectors: [
          {
            kind: "filter",
            test: {
              kind: "or",
              tests: [
                {
                  kind: "not",
                  test: {
                    kind: "exists",
                    query: { root: "current", segments: [{ selectors: [{ kind: "name", name: "a" }] }] },
                  },
                },
                {
                  kind: "and",
                  tests: [
                    { kind: "match", subject: current("b"), pattern: { kind: "literal", value: "x" } },
                    {
                      kind: "compare",
                      operator: ">",
                      left: { kind: "number", text: "1e400" },
                      right: { kind: "length", of: current("c") },
                    },
                  ],
                },
              ],
            },
          },
        ],
      },
    ],
  ],
])("%s", (text, segments) => expect(parseQuery(text)).toEqual({ segments }));

test.each([
  ["a", 0, 'expected "$"'],
  ["$.a b", 3, "expected a segment or the end"],
  ["$[?@.a == @.b.*]", 10, "expected one value"],
  ["$[?'a']", 3, "expected a comparison"],
  ["$[?match(@.a, 'x') == 1]", 3, "expected a value"],
  ["$[?lenght(@) > 1]", 3, "unknown function lenght"],
  ["$[?length(@, @) > 1]", 3, "takes 1 parameter"],
  ["$[?match(@.a, '[')]", 14, "not an I-Regexp"],
  [`$[?${"(".repeat(70)}@`, 67, "nested too deeply"],
])("%s is refused at %d: %s", (text, offset, reason) => {
  expect(() => parseQuery(text)).toThrow(
    expect.objectContaining({ facts: { offset, reason: expect.stringContaining(reason) } }),
  );
});

test("offsets of selectors and tests", () => {
  const offsets = new Map<object, number>();
  const { segments } = parseQuery("$.a[?@.b == 1, 2]", offsets);
  const [filter, index] = segments[1]?.selectors ?? [];
  expect([filter, index].map((selector) => selector && offsets.get(selector))).toEqual([4, 15]);
});
