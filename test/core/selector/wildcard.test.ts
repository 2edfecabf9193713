import { expect, test } from "@jest/globals";
import { matchesWildcard, parseWildcard } from "../../../core/selector/wildcard.ts";

test.each([
  ["a", "a", true, "the same"],
  ["a", "ab", false, "longer"],
  ["a*", "a", true, "nothing more"],
  ["a*c", "abbc", true, "between"],
  ["a*c", "abcd", false, "not at the end"],
  ["a*a", "a", false, "two parts need two places"],
  ["*b*b*", "ab", false, "each part in its own place"],
  ["*b*b*", "abab", true, "in order"],
  ["*", "", true, "anything"],
  ["", "", true, "nothing"],
  ["a.c", "abc", false, "a dot is a dot"],
])("%s matches %j: %p, since %s", (pattern, text, matches) => {
  expect(matchesWildcard(parseWildcard(pattern), text)).toBe(matches);
});
