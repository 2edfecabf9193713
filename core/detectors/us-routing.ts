/**
 * US bank routing numbers (American Bankers Association): nine digits, the last a check digit. They need a context
 * word.
 */
import { weigh } from "./checksum.ts";
import { defineDetector, digitsOf } from "./detector.ts";
import { wholeNumber } from "./edges.ts";
import { numberWords } from "./words.ts";

/** Districts of the Federal Reserve, thrift institutions, electronic payments, and traveler's checks. */
const district = "(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)";

/** With the right check digit, near a context word. */
export const usRouting = defineDetector({
  name: "us-routing",
  needs: { digits: 9 },
  pattern: wholeNumber(String.raw`${district}[0-9]{2}(?<separator>[- ]?)[0-9]{4}\k<separator>[0-9]`),
  check: (candidate) => weigh(digitsOf(candidate), [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0,
  confidence: "high",
  context: numberWords("routing|aba|rtn|transit|ach|wire|bank"),
  needsContext: true,
});
