/** Patterns of prefixes, each as a regular expression. */
import { describe, expect, test } from "@jest/globals";
import { escapedPrefixPattern, openers, prefixPattern } from "../../../../core/decrypt/tokens/prefix-patterns.ts";

const prefixes = ["#01#", "#0b#", "~b.-2~"];
const matchesPlain = (text: string): boolean => new RegExp(`^${prefixPattern(prefixes)}`, "i").test(text);

describe("prefixes without escapes", () => {
  test.each([
    ["#01#", true, "the first"],
    ["#0b#", true, "another with the same beginning"],
    ["~b.-2~", true, "another"],
    ["#\n01#", true, "the end of a line"],
    ["#0%31#", true, "an escape further on"],
    ["#%301#", true, "an escape behind the first character"],
    ["#01", false, "cut off"],
    ["#02#", false, "nobody's"],
    ["#%411#", false, "an escape of another character"],
    ["%2301#", false, "its first character escaped"],
    ["~b", false, "half of one"],
  ])("%j: %j, %s", (text, expected) => {
    expect(matchesPlain(text)).toBe(expected);
  });
});

describe.each(openers)("escapes that open with %s", (opener) => {
  const pattern = new RegExp(`^(?:${escapedPrefixPattern(opener, prefixes)})`, "i");

  test.each([
    ["\\u002301#", "JSON"],
    ["\\#01\\#", "a backslash"],
    ["\\x7eb", "JavaScript"],
    ["%2301#", "percent-encoding"],
    ["%7eb", "percent-encoding of another prefix"],
    ["%252301#", "percent-encoding twice"],
    ["&#35;01", "an entity"],
    ["&#x0000023;01", "an entity with zeros"],
    ["&num;01", "a named entity"],
    ["&amp;num;01", "an entity of an entity"],
  ])("%s, if it does: %s", (text) => {
    expect(pattern.test(text)).toBe(text.startsWith(opener));
  });

  test.each([
    ["\\u002201#", "another character in JSON"],
    ["\\u0023x", "another character behind it in JSON"],
    ["\\n01#", "the end of a line"],
    ["%2201#", "another character"],
    ["%23x", "another character behind it"],
    ["&#34;01", "another entity"],
    ["&#35;x", "another character behind an entity"],
    ["&nbsp;01", "an entity of no prefix"],
    ["#01#", "no escape"],
  ])("never %s: %s", (text) => {
    expect(pattern.test(text)).toBe(false);
  });
});
