/** Entities and the characters that they are. */
import { expect, test } from "@jest/globals";
import { characterOfEntity, entityNamesOf } from "../../../../core/decrypt/tokens/entity-names.ts";

test.each<[entity: string, character: string | undefined, why: string]>([
  ["num", "#", "a name"],
  ["NUM", "#", "a name in capitals"],
  ["NewLine", "\n", "a name in both cases"],
  ["#35", "#", "decimal"],
  ["#000035", "#", "decimal with zeros"],
  ["#x23", "#", "hexadecimal"],
  ["#x0023", "#", "hexadecimal with zeros"],
  ["#X2b", "+", "hexadecimal in both cases"],
  ["#127", "\u007f", "the last of ASCII"],
  ["#128", undefined, "beyond ASCII"],
  ["#x80", undefined, "beyond ASCII, hexadecimal"],
  ["nbsp", undefined, "another name"],
  ["constructor", undefined, "a name of objects"],
  ["", undefined, "nothing"],
  ["#", undefined, "no digits"],
  ["#x", undefined, "no hexadecimal digits"],
  ["#2f", undefined, "hexadecimal digits without their letter"],
  ["35", undefined, "no number sign"],
])("&%s; is %j: %s", (entity, expected) => {
  expect(characterOfEntity(entity)).toBe(expected);
});

test.each([
  ["*", ["ast", "midast"]],
  ["%", ["percnt"]],
  ["a", []],
])("%s has the names %j, each of which is the character", (character, names) => {
  expect(entityNamesOf(character)).toEqual(names);
  expect(names.map(characterOfEntity)).toEqual(names.map(() => character));
});
