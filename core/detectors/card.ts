/** Payment card numbers (ISO/IEC 7812): 12 to 19 digits in the ranges of the brands, the last by Luhn. */
import { isLuhn } from "./checksum.ts";
import { defineDetector, digitsOf } from "./detector.ts";
import { numberWords } from "./words.ts";

const blanks = "[ \\u00a0\\u2007\\u2009\\u202f]{1,2}";
const mark = "[ \\u00a0]?[-\\u2010-\\u2015\\u2212._/\\u00b7][ \\u00a0]?";
const invisible = "[\\t\\u00ad\\u200b]";

/** Separates groups of digits. */
const separator = `(?:${blanks}|${mark}|${invisible})`;

/** All groups have the same separator. */
const groups = [
  // 4-4-4-4, and its longer and shorter variants.
  `[1-9][0-9]{3}(?<four>${separator})[0-9]{4}(?:\\k<four>[0-9]{4}){0,2}\\k<four>[0-9]{1,7}(?!\\k<four>[0-9])`,
  // American Express, Diners Club, and Maestro with fourteen digits.
  `[1-9][0-9]{3}(?<six>${separator})[0-9]{6}\\k<six>[0-9]{4,5}`,
  // Long numbers of UnionPay.
  `[1-9][0-9]{5}(?<long>${separator})[0-9]{10,13}`,
  "[1-9][0-9]{11,18}",
];

/** First digits and lengths, from the brands' published ranges. */
const brands: readonly { readonly name: string; readonly prefix: RegExp; readonly lengths: readonly number[] }[] = [
  { name: "Visa", prefix: /^4/, lengths: [13, 16, 18, 19] },
  { name: "Mastercard", prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { name: "American Express", prefix: /^3[47]/, lengths: [15] },
  { name: "Diners Club", prefix: /^(?:30[0-5]|3095|36|3[89])/, lengths: [14, 15, 16, 17, 18, 19] },
  { name: "Discover", prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 17, 18, 19] },
  { name: "JCB", prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 17, 18, 19] },
  { name: "JCB of fifteen digits", prefix: /^2131/, lengths: [15] },
  { name: "UnionPay", prefix: /^(?:62|81[0-7])/, lengths: [16, 17, 18, 19] },
  { name: "Maestro", prefix: /^(?:50(?:18|19|20|38)|5[67]|58|60|63|67)/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { name: "RuPay", prefix: /^(?:508[2-9]|60|65|81|82|353|356)/, lengths: [16] },
  { name: "Mir", prefix: /^220[0-4]/, lengths: [16, 17, 18, 19] },
  { name: "UATP", prefix: /^1/, lengths: [15] },
  { name: "Troy", prefix: /^9792/, lengths: [16] },
  { name: "Uzcard and Humo", prefix: /^(?:8600|9860)/, lengths: [16] },
];

/**
 * A number of a brand that passes Luhn's check, in the usual groups. It needs a context word if it is a valid article
 * number too.
 */
export const card = defineDetector({
  name: "card",
  needs: { digits: 12 },
  pattern: new RegExp(`(?<![0-9A-Za-z]|[0-9][.])(?:${groups.join("|")})(?![0-9A-Za-z]|[.][0-9])`, "g"),
  check: (candidate) => isCard(digitsOf(candidate)),
  confidence: "high",
  context: numberWords(
    "cards?|credit|debit|pan|visa|mastercard|amex|maestro|cc|cvv|carte|karte|kreditkarte|tarjeta|carta",
  ),
  needsContext: (match) => isArticleNumber(digitsOf(match)),
});

function isCard(digits: string): boolean {
  return brands.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) && isLuhn(digits);
}

/**
 * True for a GTIN-13 (GS1 General Specifications, section 7.9): if it passes Luhn's check too, it is far more often an
 * article than a card.
 */
function isArticleNumber(digits: string): boolean {
  if (digits.length !== 13) return false;
  return [...digits].reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}
