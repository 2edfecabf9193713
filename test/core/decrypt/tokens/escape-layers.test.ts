/** Layers of escapes as a number. */
import { expect, test } from "@jest/globals";
import {
  backslashesIn,
  countLayers,
  escapeIn,
  escapeKinds,
  hasEscape,
  layersInMarkup,
  mostLayers,
  nestLayers,
} from "../../../../core/decrypt/tokens/escape-layers.ts";

const { json, percent, entity, backslash } = escapeKinds;
const kinds = Object.values(escapeKinds);

test("each kind in each layer has a bit of its own", () => {
  const bits = kinds.flatMap((kind) => Array.from({ length: mostLayers + 2 }, (_, layer) => escapeIn(kind, layer)));
  expect(new Set(bits).size).toBe(bits.length);
  expect(bits.every((bit) => bit > 0 && Number.isInteger(Math.log2(bit)))).toBe(true);
});

test("a layer has what was put into it, and no other has", () => {
  const layers = escapeIn(json, 0) | escapeIn(percent, 2);
  expect(kinds.flatMap((kind) => [0, 1, 2].filter((layer) => hasEscape(layers, kind, layer)))).toEqual([0, 2]);
  expect([hasEscape(layers, json, 0), hasEscape(layers, percent, 2)]).toEqual([true, true]);
});

test.each([
  [0, { json: 0, percent: 0, entity: 0 }, "nothing"],
  [json, { json: 1, percent: 0, entity: 0 }, "one"],
  [json | percent | entity, { json: 1, percent: 1, entity: 1 }, "all in one layer"],
  [escapeIn(json, 0) | escapeIn(json, 5), { json: 2, percent: 0, entity: 0 }, "the first and the last layer"],
  [escapeIn(json, 6), { json: 0, percent: 0, entity: 0 }, "a layer further in"],
  [backslash, { json: 0, percent: 0, entity: 0 }, "backslashes are not counted"],
])("layers %d have %j: %s", (layers, expected) => {
  expect(countLayers(layers)).toEqual(expected);
});

test("backslashes before punctuation are told from all other escapes", () => {
  const backslashes = escapeIn(backslash, 0) | escapeIn(backslash, 4);
  expect(backslashesIn(backslashes | escapeIn(json, 0) | escapeIn(entity, 4))).toBe(backslashes);
  expect(backslashesIn(json | percent | entity)).toBe(0);
});

test.each([
  [0, 0, 0],
  [1, 0, entity],
  [0, 1, json],
  [1, 2, escapeIn(entity, 0) | escapeIn(json, 1) | escapeIn(json, 2)],
  [0, 5, [0, 1, 2, 3, 4].reduce((layers, layer) => layers | escapeIn(json, layer), 0)],
  [1, 5, undefined],
  [6, 0, undefined],
])("%d layers of entities around %d of JSON", (entities, levels, expected) => {
  expect(nestLayers(entities, levels)).toBe(expected);
});

test.each([
  [0, entity, "nothing"],
  [json, escapeIn(entity, 0) | escapeIn(json, 1), "JSON"],
  [entity, entity, "markup shows itself"],
  [json | entity, json | entity, "markup shows itself beside JSON"],
  [escapeIn(entity, 1), escapeIn(entity, 0) | escapeIn(entity, 2), "markup in another layer is another one"],
])("layers %d in markup are %d: %s", (layers, expected) => {
  expect(layersInMarkup(layers)).toBe(expected);
});
