/**
 * US social security numbers: areas, groups and serials that the SSA never assigns are left out (SSA, "Social Security
 * Number Randomization").
 */
import { defineDetector, digitsOf, isRepeated } from "./detector.ts";

export const usSsn = defineDetector({
  name: "us-ssn",
  needs: { digits: 9 },
  pattern:
    /(?<![0-9A-Za-z]|[0-9][.\-\u2010-\u2015])(?!000|666|9)[0-9]{3}[-\u2010-\u2015\u2212 .\u00a0]?(?!00)[0-9]{2}[-\u2010-\u2015\u2212 .\u00a0]?(?!0000)[0-9]{4}(?![0-9A-Za-z]|[.\-\u2010-\u2015][0-9])/g,
  check: (candidate) => !isRepeated(digitsOf(candidate)),
  confidence: "medium",
  context:
    /\b(?:ssns?|ssid|ss ?n(?:o|um|umber)?|social ?security|soc\.? ?sec|tax ?(?:id|payer)|tin|itin)(?:no|num|number|nr)?\b/i,
  // With two separators of a kind the form tells enough.
  needsContext: (match) => !/^[0-9]{3}([^0-9])[0-9]{2}\1[0-9]{4}$/.test(match),
});
