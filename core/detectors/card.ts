/** Payment card numbers: ISO/IEC 7812 prefixes of the card brands, 12 to 19 digits, Luhn's check digit. */
import luhn from "luhn";
import { type Detector, findMatches } from "./detector.ts";

/** Digits in a row or in groups, with one separator between two of them. */
const pattern = /(?<![0-9.])[0-9](?:[ \-.\u00a0]?[0-9]){11,18}(?![0-9])/g;

/** First digits and lengths, from the brands' published BIN ranges. */
const brands: readonly (readonly [RegExp, number, number])[] = [
  [/^4/, 13, 19],
  [/^5[1-5]|^222[1-9]|^22[3-9]|^2[3-6]|^27[01]|^2720/, 16, 16],
  [/^3[47]/, 15, 15],
  [/^30[0-5]|^3095|^36|^3[89]/, 14, 19],
  [/^6011|^64[4-9]|^65/, 16, 19],
  [/^35(?:2[89]|[3-8])/, 16, 19],
  [/^62|^81/, 16, 19],
  [/^(?:5018|5020|5038|5[6-9]|6[0-9])/, 12, 19],
  [/^220[0-4]/, 16, 19],
];

export const card: Detector = { name: "card", find: (text) => findMatches(text, pattern, isCard) };

function isCard(match: string): boolean {
  const digits = match.replace(/[^0-9]/g, "");
  return brands.some(([prefix, least, most]) => digits.length >= least && digits.length <= most && prefix.test(digits)) && luhn.validate(digits);
}
