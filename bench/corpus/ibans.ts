/** IBANs: published examples, and made-up numbers in the forms of countries. */

import { makeIban } from "./check-digits.ts";
import { digits, group, range } from "./random.ts";

const ibanShapes: readonly (readonly [country: string, bank: string, digits: number])[] = [
  ["DE", "", 18],
  ["FR", "", 23],
  ["ES", "", 20],
  ["IT", "X", 22],
  ["NL", "ABNA", 10],
  ["GB", "NWBK", 14],
  ["IE", "AIBK", 14],
  ["BE", "", 12],
  ["AT", "", 16],
  ["CH", "", 17],
  ["PL", "", 24],
  ["PT", "", 21],
  ["SE", "", 20],
  ["NO", "", 11],
  ["DK", "", 14],
  ["FI", "", 14],
  ["LU", "", 16],
  ["CZ", "", 20],
  ["RO", "AAAA", 16],
  ["GR", "", 23],
  ["TR", "", 22],
  ["SA", "", 20],
  ["AE", "", 19],
  ["BR", "", 23],
  ["MT", "MALT", 23],
  ["VG", "VPVG", 16],
  ["KW", "CBKU", 22],
  ["LV", "BANK", 13],
];

const registryIbans = [
  "GB29NWBK60161331926819",
  "DE89370400440532013000",
  "FR1420041010050500013M02606",
  "ES9121000418450200051332",
  "IT60X0542811101000000123456",
  "NL91ABNA0417164300",
  "BE68539007547034",
  "CH9300762011623852957",
  "AT611904300234573201",
  "NO9386011117947",
  "MT84MALT011000012345MTLCAST001S",
  "SA0380000000608010167519",
  "AL47212110090000000235698741",
  "BR9700360305000010009795493P1",
  "LC55HEMM000100010012001200023015",
  "SC18SSCB11010000000000001497USD",
  "QA58DOHB00001234567890ABCDEFG",
];

/** All IBANs, with and without separators. */
export function makeIbans(): readonly string[] {
  const made = ibanShapes.flatMap(([country, bank, length]) =>
    range(6).map(() => makeIban(country, country === "BR" ? `${digits(23)}P1` : bank + digits(length))),
  );
  const all = [...registryIbans, ...made];
  return [
    ...all,
    ...all.map((number) =>
      group(
        number,
        range(8).map(() => 4),
        " ",
      ),
    ),
    ...made.slice(0, 20).map((number) => number.toLowerCase()),
  ];
}
