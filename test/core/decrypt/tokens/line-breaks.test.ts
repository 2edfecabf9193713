/** Ends of lines within a token. */
import { expect, test } from "@jest/globals";
import { createCharacterDecoder } from "../../../../core/decrypt/tokens/character-decoder.ts";
import { skipLineBreak } from "../../../../core/decrypt/tokens/line-breaks.ts";

test.each<[text: string, end: number | undefined, why: string]>([
  ["\nA", 1, "a line feed"],
  ["\r\nA", 2, "both"],
  ["\rA", 1, "a carriage return alone"],
  ["\r\rA", 2, "two carriage returns"],
  ["\n\nA", 2, "an empty line"],
  ["\r\n\r\nA", 4, "an empty line of both"],
  ["\n\n\nA", 2, "two empty lines: the second one is left"],
  [" \t\n  A", 5, "blanks on both sides"],
  ["=\nA", 2, "quoted-printable"],
  ["\\\nA", 2, "a shell"],
  ["=A", undefined, "an equals sign alone"],
  ["==\nA", undefined, "two equals signs"],
  ["  A", undefined, "blanks alone"],
  ["A\n", undefined, "a line that ends later"],
  ["", undefined, "the end of the text"],
  [`\n${" ".repeat(64)}A`, 65, "64 blanks"],
  [`\n${" ".repeat(70)}A`, 65, "more blanks: the others are left"],
  ["\\nA", 2, "in JSON"],
  ["\\r\\nA", 4, "both in JSON"],
  ["%0D%0AA", 6, "in a URL"],
  ["%3D%0AA", 6, "quoted-printable in a URL"],
])("%j: %j, %s", (text, expected) => {
  expect(skipLineBreak(createCharacterDecoder(text), 0, 5)).toBe(expected);
});

test("in no more layers than asked for", () => {
  expect(skipLineBreak(createCharacterDecoder("%250A"), 0, 1)).toBeUndefined();
  expect(skipLineBreak(createCharacterDecoder("%250A"), 0, 2)).toBe(5);
});
