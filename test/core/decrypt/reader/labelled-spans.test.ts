/** The labels of places, whatever the places and however many. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { indexLabels, type LabelledSpan } from "../../../../core/decrypt/reader/labelled-spans.ts";

/** Places of which any two hold each other or nothing of each other, as the values of JSON do. */
const places = fc
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

test("those of all places that hold a part, each once", () => {
  fc.assert(
    fc.property(places, fc.integer({ min: 0, max: 3 ** 5 }), fc.integer({ min: 1, max: 9 }), (spans, start, size) => {
      const part = { start, end: start + size };
      const holding = spans
        .filter((span) => span.start <= part.start && part.end <= span.end)
        .map(({ label }) => label);
      expect([...indexLabels(spans)(part)].sort()).toEqual([...new Set(holding)].sort());
    }),
  );
});

test("many places and many parts", () => {
  const spans = Array.from({ length: 200_000 }, (_, index) => ({ start: index * 10, end: index * 10 + 9, label: "a" }));
  const labelsAt = indexLabels(spans);
  let found = 0;
  for (const { start } of spans)
    found +=
      labelsAt({ start: start + 1, end: start + 2 }).length + labelsAt({ start: start + 8, end: start + 11 }).length;
  expect(found).toBe(200_000);
});
