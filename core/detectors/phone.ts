/** Telephone numbers by the plans of all countries (ITU-T E.164), from libphonenumber. */
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { type Budget, spend } from "../budget.ts";
import { defineDetector, digitsOf } from "./detector.ts";
import { numberWords } from "./words.ts";

/** The countries to try for a number without a country code. */
const withTrunkZero: readonly CountryCode[] = [
  "GB",
  "DE",
  "FR",
  "IT",
  "NL",
  "BE",
  "CH",
  "AT",
  "SE",
  "IL",
  "IN",
  "AU",
  "JP",
];
const withoutTrunkZero: readonly CountryCode[] = ["US", "ES", "PL", "IN", "BR", "MX", "IT", "CN"];

/** The cost of one look into the number plans, in steps. */
const planCost = 500;

const digit = "[0-9]";
const gap = "[ \\u00a0().\\-\\u2010-\\u2015/]{0,3}";
const extension = `(?: ?(?:x|ext\\.?|#) ?${digit}{1,6})?`;
const before = "(?<![0-9A-Za-z+.,]|[0-9][-/:]|[A-Za-z]-)";
const after = `(?![0-9A-Za-z:]|[.,/-]${digit})`;

/** With a country code, or in a national form. Other digits that are valid in some plan need a context word. */
export const phone = defineDetector({
  name: "phone",
  needs: { digits: 7 },
  pattern: new RegExp(`${before}(?:\\+|\\(\\+?)?${digit}(?:${gap}${digit}){6,16}${extension}${after}`, "g"),
  check: isPhone,
  confidence: "low",
  context: numberWords(
    "phones?|tel|telephone|mobile|cell|cellphone|handy|fax|call|whatsapp|sms|" +
      "msisdn|telefon|telefono|teléfono|téléphone|numero|contact",
  ),
  needsContext: (match) => !/^\(?\+/.test(match) && !hasNationalForm(match),
});

const areaCode = "(?:\\([2-9][0-9]{2}\\) ?|[2-9][0-9]{2}[-. ])";
const northAmerican = new RegExp(`^(?:1[-. ])?${areaCode}[2-9][0-9]{2}[-. ][0-9]{4}${extension}$`);

/** True if the separators are where only phone numbers have them. */
function hasNationalForm(match: string): boolean {
  return northAmerican.test(match) || /^(?:\(?0[1-9][0-9]{0,4}\)?|00[1-9][0-9]{0,2})[ /-][0-9]/.test(match);
}

function isPhone(candidate: string, budget: Budget): boolean {
  const digits = digitsOf(candidate);
  // Dates and coordinates have other separators.
  if (
    digits.length > 20 ||
    /^[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}/.test(candidate) ||
    /^[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}/.test(candidate)
  )
    return false;
  const isValid = (number: string, country?: CountryCode): boolean => {
    spend(budget, planCost);
    return parsePhoneNumberFromString(number, country)?.isValid() ?? false;
  };
  if (/^\(?\+/.test(candidate)) return isValid(candidate.replace("(+", "+"));
  if (/^\(?00/.test(candidate)) return isValid(`+${digits.slice(2)}`);
  if (digits.length > 13) return false;
  const countries = digits.startsWith("0") ? withTrunkZero : withoutTrunkZero;
  return countries.some((country) => isValid(candidate, country));
}
