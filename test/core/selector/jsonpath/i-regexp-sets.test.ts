import { expect, test } from "@jest/globals";
import { PatternCursor, PatternError } from "../../../../core/selector/jsonpath/i-regexp-cursor.ts";
import {
  anyCharacter,
  type CostedSet,
  parseCharacter,
  parseClass,
  parseEscape,
} from "../../../../core/selector/jsonpath/i-regexp-sets.ts";

const members = ({ accepts }: CostedSet): string =>
  [..."abc^]-Z09é٣\n\\"].filter((character) => accepts(character.codePointAt(0) ?? 0)).join("");

test.each([
  ["abc]", "abc", 3],
  ["a-c]", "abc", 1],
  ["^a-c]", "^]-Z09é٣\n\\", 1],
  ["-a]", "a-", 2],
  ["a-]", "a-", 2],
  ["\\]\\-]", "]-", 2],
  ["\\n-c]", "abc^]-Z09\n\\", 1],
  ["\\p{Nd}]", "09٣", 10],
  ["\\P{L}a]", "a^]-09٣\n\\", 11],
  ["^\\p{L}]", "^]-09٣\n\\", 10],
])("[%s holds %j and costs %d", (text, held, cost) => {
  const set = parseClass(new PatternCursor(text));
  expect([members(set), set.cost]).toEqual([held, cost]);
});

test.each(["]", "a", "c-a]", "a-b-c]", "a--]", "[]", "\\d]", "\\p{X}]", "\ud83c]"])("[%s is not a class", (text) => {
  expect(() => parseClass(new PatternCursor(text))).toThrow(PatternError);
});

test("escapes, plain characters, and all but line ends", () => {
  expect(members(parseEscape(new PatternCursor("n")))).toBe("\n");
  expect(members(parseEscape(new PatternCursor("^")))).toBe("^");
  expect(members(parseEscape(new PatternCursor("p{Lu}")))).toBe("Z");
  expect(() => parseEscape(new PatternCursor("d"))).toThrow(PatternError);
  expect(members(parseCharacter("a"))).toBe("a");
  expect(() => parseCharacter("\ud83c")).toThrow(PatternError);
  expect(members(anyCharacter)).toBe("abc^]-Z09é٣\\");
});
