/**
 * Polish PESEL (Ustawa o ewidencji ludności): eleven digits that begin with a date of birth, the last a check digit.
 */
import { weigh } from "./checksum.ts";
import { defineDetector, digitsOf } from "./detector.ts";
import { wholeNumber } from "./edges.ts";
import { numberWords } from "./words.ts";

/** Also says the century, by 20 for each. */
const month = "(?:[02468][1-9]|[13579][0-2])";
const day = "(?:0[1-9]|[12][0-9]|3[01])";

/** With the right check digit, beside a context word. */
export const plPesel = defineDetector({
  name: "pl-pesel",
  needs: { digits: 11 },
  pattern: wholeNumber(`[0-9]{2}${month}${day}[ -]?[0-9]{5}`),
  check: (candidate) => weigh(digitsOf(candidate), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
  confidence: "high",
  context: numberWords("pesel|ewidencyjny|national ?id|personal ?(?:id|number)"),
  needsContext: true,
});
