/** Characters in layers of escapes. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCharacterDecoder } from "../../../../core/decrypt/tokens/character-decoder.ts";
import { escapeCharacters, escapeVisibly } from "../../../../core/decrypt/tokens/escape-characters.ts";
import { escapeIn, escapeKinds, mostLayers } from "../../../../core/decrypt/tokens/escape-layers.ts";

const { json, percent, entity, backslash } = escapeKinds;

describe("as far as a layer needs it", () => {
  test.each([
    ["a#é", 0, "a#é", "no layer"],
    ['a"\\\n', json, 'a\\"\\\\\\n', "JSON"],
    ["a&<'é", entity, "a&#38;&#60;&#39;é", "markup"],
    ["a b&é", percent, "a%20b%26%C3%A9", "a URL"],
    ["a#_\n", backslash, "a\\#\\_\\n", "backslashes"],
    ["#", backslash | json, "\\#", "backslashes stand for JSON of the same layer"],
    ['"', escapeIn(json, 0) | escapeIn(json, 1), '\\\\\\"', "JSON in JSON"],
    ['"', escapeIn(percent, 0) | escapeIn(json, 1), "%5C%22", "JSON in a URL"],
    ['"', escapeIn(json, 0) | escapeIn(percent, 1), "%22", "a URL in JSON"],
    ['"', json | entity, "\\&#34;", "JSON within markup, of one layer"],
    ["&", entity | percent, "%26%2338%3B", "markup within a URL, of one layer"],
    ["&", escapeIn(entity, mostLayers), "&#38;", "the last layer"],
  ])("%j in layers %d is %j: %s", (characters, layers, expected) => {
    expect(escapeCharacters(characters, layers)).toBe(expected);
  });
});

describe("so that each layer shows", () => {
  test.each([
    ["#", 0, "#", "no layer"],
    ["#", json, "\\u0023", "JSON"],
    ["~", percent, "%7E", "a URL"],
    ["#", percent, "%23", "a URL, which escapes it anyway"],
    ["#", entity, "&#35;", "markup"],
    ["#", backslash, "\\#", "backslashes"],
    ["#", backslash | json, "\\#", "backslashes stand for JSON of the same layer"],
    ["#", escapeIn(json, 0) | escapeIn(json, 1), "\\\\u0023", "JSON in JSON"],
    ["~", escapeIn(json, 0) | escapeIn(percent, 1), "\\u00257E", "a URL in JSON"],
  ])("%j in layers %d is %j: %s", (character, layers, expected) => {
    expect(escapeVisibly(character, layers)).toBe(expected);
  });

  const characters = fc.constantFrom("#", "~", "!", "*");
  const kinds = fc.constantFrom(json, percent, entity);
  const nest = (chosen: readonly (typeof json | typeof percent | typeof entity)[]): number =>
    chosen.reduce<number>((layers, kind, layer) => layers | escapeIn(kind, layer), 0);

  test("the decoder undoes them", () => {
    fc.assert(
      fc.property(characters, fc.array(kinds, { maxLength: mostLayers }), (character, chosen) => {
        const escaped = escapeVisibly(character, nest(chosen));
        expect(createCharacterDecoder(escaped)(0, mostLayers)).toMatchObject({ value: character, end: escaped.length });
      }),
    );
  });

  test("the decoder tells layers of one kind exactly", () => {
    fc.assert(
      fc.property(characters, kinds, fc.nat(mostLayers), (character, kind, depth) => {
        const layers = nest(Array.from({ length: depth }, () => kind));
        expect(createCharacterDecoder(escapeVisibly(character, layers))(0, mostLayers)).toMatchObject({ layers });
      }),
    );
  });
});
