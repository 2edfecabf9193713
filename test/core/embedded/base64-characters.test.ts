import { expect, test } from "@jest/globals";
import {
  endsLine,
  isBase64,
  isBetween,
  isBlank,
  isSpelt,
  opensEscape,
  skipBlanks,
} from "../../../core/embedded/base64-characters.ts";

const all = Array.from({ length: 256 }, (_, code) => code);
const charactersThat = (is: (code: number) => boolean): string => String.fromCharCode(...all.filter(is));
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

test.each<[why: string, is: (code: number) => boolean, characters: string]>([
  ["blanks", isBlank, "\t "],
  ["between lines", isBetween, "\t\r =\\"],
  ["ends of lines", endsLine, "\n\r"],
  ["before escapes", opensEscape, "%&\\"],
  ["of base64 and its lines", isBase64, `\n\r+-/${digits}`],
  ["of those and their escapes", isSpelt, `\t\n\r #%&+-/${digits};=\\`],
])("%s", (_, is, characters) => {
  expect(charactersThat(is)).toBe([...characters].sort().join(""));
});

test.each([
  ["none", "x", 0, 0],
  ["both kinds", " \t x", 0, 3],
  ["from an offset", "x  y", 1, 3],
  ["no line ends", " \n ", 0, 1],
  ["64 at most", " ".repeat(100), 0, 64],
])("blanks are skipped: %s", (_, text, at, end) => {
  expect(skipBlanks(text, at)).toBe(end);
});
