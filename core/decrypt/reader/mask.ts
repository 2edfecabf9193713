/** Masks: what a reader gets of a value that it may not see as a whole. None tells how long the value is. */

/** Gives the part of a value that may be seen, beside `****`, or `****` alone. */
export type Mask = (characters: string) => string;

/** All masks, by the names that configurations use. */
export const masks = {
  "last-four": lastFour,
  "email-domain": emailDomain,
  "first-letter": firstLetter,
  "birth-year": birthYear,
} as const satisfies Readonly<Record<string, Mask>>;

/** The name of a mask. */
export type MaskName = keyof typeof masks;

const hidden = "****";

/** The last four digits and letters. Of less than eight, four would tell too much. */
function lastFour(characters: string): string {
  const counted = [...characters].filter((character) => /[\p{L}\p{N}]/u.test(character));
  return counted.length < 8 ? hidden : hidden + counted.slice(-4).join("");
}

/** With the `@` before it (RFC 1035, section 2.3.4). */
const longestDomain = 254;
const domainPattern = /^@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,62})\.)+[\p{L}\p{M}\p{N}-]{2,63}$/u;

/** What follows the last `@`, if it can be the name of a domain: anything else there may be secret. */
function emailDomain(characters: string): string {
  const [, domain] = /^.*[^@\s](@[^@\s]+)$/su.exec(characters.trim()) ?? [];
  const isDomain = domain !== undefined && domain.length <= longestDomain && domainPattern.test(domain);
  return isDomain ? hidden + domain : hidden;
}

/** UTF-16 units: a family with all its skin tones has 27. */
const longestCluster = 32;

/** The first letter as people see it, with its accents. A cluster that is longer than any letter is none. */
function firstLetter(characters: string): string {
  const [first, second] = new Intl.Segmenter("und", { granularity: "grapheme" }).segment(characters.trim());
  if (first === undefined || second === undefined || first.segment.length > longestCluster) return hidden;
  return first.segment + hidden;
}

/** Characters: with the name of a month, a time and a zone. */
const longestDate = 50;

const clock = "(?:[T ,]\\s*[0-9:]+(?:[.,]\\d+)?\\s*(?:[AaPp][Mm]|Z|[+-]\\d{2}:?\\d{2})?)?";
const datePatterns: readonly RegExp[] = [
  `(?<year>\\d{4})(?<separator>[-/.]?)(?<first>\\d{2})\\k<separator>(?<second>\\d{2})${clock}`,
  `(?<year>\\d{4})(?<separator>[-/.])(?<first>\\d{1,2})\\k<separator>(?<second>\\d{1,2})${clock}`,
  `(?<first>\\d{1,2})(?<separator>[-/. ]|\\. )(?<second>\\d{1,2})\\k<separator>(?<year>\\d{4})${clock}`,
  `(?<first>\\d{1,2})(?:st|nd|rd|th)?[-. ]{1,2}(?<month>[A-Za-z]{3,9})[-., ]{1,2}(?<year>\\d{4})${clock}`,
  `(?<month>[A-Za-z]{3,9})\\.? (?<first>\\d{1,2})(?:st|nd|rd|th)?,? (?<year>\\d{4})${clock}`,
].map((pattern) => new RegExp(`^${pattern}$`));

const months = new RegExp(
  "^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|" +
    "aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)$",
  "i",
);

/** The year of a date. */
function birthYear(characters: string): string {
  const text = characters.trim();
  if (text.length > longestDate) return hidden;
  for (const pattern of datePatterns) {
    const { year, first = "", second = "", month } = pattern.exec(text)?.groups ?? {};
    if (year !== undefined && isDate(year, first, month ?? second)) return year;
  }
  return hidden;
}

/** Whether a year in which people are born, with a day and a month in either order: other digits may be of anything. */
function isDate(year: string, first: string, second: string): boolean {
  if (!/^(?:18|19|20)/.test(year)) return false;
  const [day, month] = [Number(first), months.test(second) ? 1 : Number(second)];
  const isBoth = (a: number, b: number): boolean => a >= 1 && a <= 31 && b >= 1 && b <= 12;
  return isBoth(day, month) || isBoth(month, day);
}
