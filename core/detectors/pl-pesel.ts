/** Polish PESEL (Ustawa o ewidencji ludności): eleven digits, a date of birth first and a check digit last. */
import { weigh } from "./checksum.ts";
import { defineDetector, digitsOf } from "./detector.ts";
import { wholeNumber } from "./edges.ts";
import { numberWords } from "./words.ts";

/** The month also encodes the century: 20 is added for each. */
const month = "(?:[02468][1-9]|[13579][0-2])";
const day = "(?:0[1-9]|[12][0-9]|3[01])";

/** With the right check digit, near a context word. */
export const plPesel = defineDetector({
  name: "pl-pesel",
  needs: { digits: 11 },
  pattern: wholeNumber(`[0-9]{2}${month}${day}[ -]?[0-9]{5}`),
  check: (candidate) => weigh(digitsOf(candidate), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
  confidence: "high",
  context: numberWords("pesel|ewidencyjny|national ?id|personal ?(?:id|number)"),
  needsContext: true,
});
