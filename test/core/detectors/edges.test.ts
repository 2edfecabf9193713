import { expect, test } from "@jest/globals";
import { wholeNumber, wholeWord } from "../../../core/detectors/edges.ts";

test.each([
  ["12", true, true],
  ["-12-", true, true],
  ["a12", false, false],
  ["123", false, false],
  ["12z", false, false],
  ["0.12", true, false],
  ["12.5", true, false],
  ["3-12", true, false],
  ["12.", true, true],
])("%s: a word %p, a number %p", (text, word, number) => {
  expect([wholeWord("12").test(text), wholeNumber("12").test(text)]).toEqual([word, number]);
});

test("in any case if asked", () => {
  expect([wholeWord("ab", "gi").test("AB"), wholeWord("ab").test("AB")]).toEqual([true, false]);
});
