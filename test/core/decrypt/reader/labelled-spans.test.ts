/** Spans with labels: where they are in a JSON text, and which of them hold a part of it. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ConfigValue } from "../../../../core/config/config-value.ts";
import { parseExpectedLabels } from "../../../../core/decrypt/reader/expected-label.ts";
import { indexLabels, type LabelledSpan, locateLabels } from "../../../../core/decrypt/reader/labelled-spans.ts";
import { parseJson } from "../../../../core/text/json-document.ts";

test.each<[expected: object, found: readonly (readonly [text: string, label: string])[], why: string]>([
  [{}, [], "no labels"],
  [{ a: "x" }, [], "fields by name are found elsewhere"],
  [{ "$.a": "x" }, [['"1"', "x"]], "one value"],
  [
    { "$.b[*]": "x" },
    [
      ["2", "x"],
      ['{"c": 3}', "x"],
    ],
    "several values",
  ],
  [
    { "$.b[1].c": "x", "$.b": "y" },
    [
      ["3", "x"],
      ['[2, {"c": 3}]', "y"],
    ],
    "labels of two paths",
  ],
])("%j finds %j: %s", (expected, found) => {
  const text = '{"a": "1", "b": [2, {"c": 3}]}';
  const labels = parseExpectedLabels(new ConfigValue(expected, "$.expect"));
  const spans = locateLabels(labels, parseJson(text, 9)).map(({ start, end, label }) => [
    text.slice(start, end),
    label,
  ]);
  expect(new Set(spans.map(String))).toEqual(new Set(found.map(String)));
});

test.each<[start: number, end: number, labels: readonly string[], why: string]>([
  [2, 3, ["a", "b"], "within both"],
  [0, 9, ["a"], "the outer one as a whole"],
  [1, 5, ["a", "b"], "the inner one as a whole"],
  [4, 6, ["a"], "over the end of the inner one"],
  [8, 10, [], "over the end of the outer one"],
  [9, 10, [], "behind both"],
])("from %d to %d: %j, %s", (start, end, labels) => {
  const labelsAt = indexLabels([
    { start: 1, end: 5, label: "b" },
    { start: 0, end: 9, label: "a" },
    { start: 0, end: 9, label: "a" },
  ]);
  expect(labelsAt({ start, end })).toEqual(labels);
});

/** Spans of which any two hold one another or have nothing in common, as the values of JSON do. */
const spans = fc
  .array(
    fc.record({
      at: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 }),
      label: fc.constantFrom("a", "b", "c"),
    }),
    { maxLength: 12 },
  )
  .map((list) =>
    list.map(({ at, label }): LabelledSpan => {
      const span = at.reduce(({ start, size }, step) => ({ start: start + (step * size) / 3, size: size / 3 }), {
        start: 0,
        size: 3 ** 5,
      });
      return { start: span.start, end: span.start + span.size, label };
    }),
  );

test("the labels of all spans that hold a part, each once", () => {
  fc.assert(
    fc.property(spans, fc.integer({ min: 0, max: 3 ** 5 }), fc.integer({ min: 1, max: 9 }), (spans, start, size) => {
      const part = { start, end: start + size };
      const holding = spans
        .filter((span) => span.start <= part.start && part.end <= span.end)
        .map(({ label }) => label);
      expect([...indexLabels(spans)(part)].sort()).toEqual([...new Set(holding)].sort());
    }),
  );
});

test("many spans and many parts", () => {
  const spans = Array.from({ length: 200_000 }, (_, index) => ({ start: index * 10, end: index * 10 + 9, label: "a" }));
  const labelsAt = indexLabels(spans);
  let found = 0;
  for (const { start } of spans)
    found +=
      labelsAt({ start: start + 1, end: start + 2 }).length + labelsAt({ start: start + 8, end: start + 11 }).length;
  expect(found).toBe(200_000);
});
