/**
 * Polish PESEL (Ustawa o ewidencji ludności): eleven digits that begin with a date of birth, the last a check digit.
 */
import { weigh } from "./checksum.ts";
import { defineDetector, digitsOf } from "./detector.ts";

export const plPesel = defineDetector({
  name: "pl-pesel",
  needs: { digits: 11 },
  // The century is in the month.
  pattern:
    /(?<![0-9A-Za-z]|[0-9][.-])[0-9]{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12][0-9]|3[01])[ -]?[0-9]{5}(?![0-9A-Za-z]|[.-][0-9])/g,
  check: (candidate) => weigh(digitsOf(candidate), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
  confidence: "high",
  context: /\b(?:pesel|ewidencyjny|national ?id|personal ?(?:id|number))(?:no|num|number|nr)?\b/i,
  needsContext: true,
});
