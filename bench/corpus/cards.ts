/** Card numbers: published test numbers, and made-up numbers in the ranges of the brands. */

import { withLuhn } from "./check-digits.ts";
import { digits, group, pick, range } from "./random.ts";

const publishedCards = [
  "4111111111111111",
  "4012888888881881",
  "4222222222222",
  "4242424242424242",
  "4000056655665556",
  "5555555555554444",
  "5105105105105100",
  "5200828282828210",
  "2223003122003222",
  "2223000048400011",
  "2720992593319364",
  "378282246310005",
  "371449635398431",
  "378734493671000",
  "6011111111111117",
  "6011000990139424",
  "6011981111111113",
  "3056930009020004",
  "36227206271667",
  "30569309025904",
  "38520000023237",
  "3566002020360505",
  "3530111333300000",
  "6200000000000005",
  "6200000000000047",
  "6205500000000000004",
  "6759649826438453",
  "6799990100000000019",
  "5019717010103742",
  "6304939304310009610",
  "2200000000000053",
  "2201382000000013",
  "4917610000000000003",
];

const cardRanges: readonly (readonly [prefix: string, length: number])[] = [
  ["4", 16],
  ["4", 16],
  ["4", 19],
  ["51", 16],
  ["55", 16],
  ["2221", 16],
  ["2450", 16],
  ["2720", 16],
  ["34", 15],
  ["37", 15],
  ["300", 14],
  ["36", 14],
  ["38", 14],
  ["6011", 16],
  ["644", 16],
  ["65", 16],
  ["3528", 16],
  ["3589", 16],
  ["62", 16],
  ["62", 17],
  ["62", 18],
  ["62", 19],
  ["5018", 12],
  ["5020", 13],
  ["6304", 14],
  ["6759", 16],
  ["6761", 18],
  ["6763", 19],
  ["60", 16],
  ["6521", 16],
  ["82", 16],
  ["508", 16],
  ["2200", 16],
  ["2204", 16],
];

function groupCard(number: string, separator: string): string {
  if (number.length === 15) return group(number, [4, 6, 5], separator);
  if (number.length === 14) return group(number, [4, 6, 4], separator);
  return group(number, [4, 4, 4, 4], separator);
}

/** All card numbers, with and without separators. */
export function makeCards(): readonly string[] {
  const made = cardRanges.flatMap(([prefix, length]) =>
    range(6).map(() =>
      withLuhn(prefix === "508" ? `5085${digits(length - 5)}` : prefix + digits(length - 1 - prefix.length)),
    ),
  );
  const known = [...publishedCards, ...made];
  return [
    ...known,
    ...known.map((number) => groupCard(number, pick([" ", "-", " ", "-", ".", "\u00a0", "\u2013", "/", "_", " - "]))),
  ];
}
