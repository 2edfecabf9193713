/** Masks: what is left of a value. */
import { expect, test } from "@jest/globals";
import { type MaskName, masks } from "../../../../core/decrypt/reader/mask.ts";

test.each<[name: MaskName, characters: string, expected: string, why: string]>([
  ["last-four", "12345678", "****5678", "eight digits"],
  ["last-four", "1234567", "****", "seven digits"],
  ["last-four", "1-2-3-4-5-6-7-", "****", "seven digits and hyphens"],
  ["last-four", "12 34 56 7 8", "****5678", "blanks are not counted"],
  ["email-domain", "ada@example.com", "****@example.com", "an address"],
  ["email-domain", "a@b@example.com", "****@example.com", "the last of two"],
  ["email-domain", "@example.com", "****", "nothing before it"],
  ["email-domain", "ada@example", "****", "one name"],
  ["email-domain", "ada@example.de", "****@example.de", "a last name of two letters"],
  ["email-domain", "ada@example.c", "****", "a short last name"],
  ["email-domain", `ada@${"a".repeat(63)}.com`, `****@${"a".repeat(63)}.com`, "a name of 63 characters"],
  ["email-domain", `ada@${"a".repeat(64)}.com`, "****", "a name of 64 characters"],
  ["email-domain", `ada@${"a.".repeat(125)}com`, `****@${"a.".repeat(125)}com`, "the longest domain"],
  ["email-domain", `ada@${"a.".repeat(126)}com`, "****", "a longer one"],
  ["first-letter", "Ada", "A****", "a name"],
  ["first-letter", " Ada", "A****", "blanks before it"],
  ["first-letter", "A", "****", "all of it"],
  ["first-letter", "", "****", "nothing"],
  ["birth-year", "1815-12-10", "1815", "ISO 8601"],
  ["birth-year", "18151210", "1815", "without separators"],
  ["birth-year", "1815-12/10", "****", "two separators"],
  ["birth-year", "10.12.1815", "1815", "the year last"],
  ["birth-year", "10 Dec 1815 01:02", "1815", "a month's name and a time"],
  ["birth-year", "Dec 10, 1815", "1815", "the month first"],
  ["birth-year", "01.01.1815", "1815", "the first of the first"],
  ["birth-year", "1 Dec 1815", "1815", "a day of one digit"],
  ["birth-year", "Dec 1 1815", "1815", "a day of one digit behind the month"],
  ["birth-year", "1815-12-10T01:02:03.5+01:00", "1815", "a zone"],
  ["birth-year", "12/10/1815 1:02 pm", "1815", "half a day"],
  ["birth-year", "10 Foo 1815", "****", "no month"],
  ["birth-year", "1815-13-32", "****", "no day"],
  ["birth-year", "1815-31-12", "1815", "the day before the month"],
  ["birth-year", "1715-12-10", "****", "too long ago"],
  ["birth-year", "2115-12-10", "****", "too far ahead"],
  ["birth-year", `1815-12-10T${"1".repeat(39)}`, "1815", "50 characters"],
  ["birth-year", `1815-12-10T${"1".repeat(40)}`, "****", "51 characters"],
])("%s of %j is %j: %s", (name, characters, expected) => {
  expect(masks[name](characters)).toBe(expected);
});
