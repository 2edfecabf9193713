import { expect, test } from "@jest/globals";
import { numberWords, wordsPattern } from "../../../core/detectors/words.ts";

test.each([
  ["the pan is", true],
  ["PAN", true],
  ["panel", false],
  ["a c++ b", true],
  ["größe", true],
  ["größer", false],
])("%s has a word of the policy: %p", (text, has) => {
  expect(wordsPattern(["pan", "c++", "größe"])?.test(text)).toBe(has);
});

test("without words there is no pattern", () => expect(wordsPattern([])).toBeUndefined());

test.each([
  ["card", true],
  ["CardNumber", true],
  ["card no", true],
  ["cardboard", false],
  ["discard", false],
])("%s names a number: %p", (text, names) => expect(numberWords("cards?").test(text)).toBe(names));
