/**
 * US social security numbers, without areas, groups and serials that the SSA never assigns (SSA, "Social Security
 * Number Randomization").
 */
import { defineDetector, digitsOf, isRepeated } from "./detector.ts";
import { numberWords } from "./words.ts";

const area = "(?!000|666|9)[0-9]{3}";
const group = "(?!00)[0-9]{2}";
const serial = "(?!0000)[0-9]{4}";
const separator = "[-\\u2010-\\u2015\\u2212 .\\u00a0]?";
const before = "(?<![0-9A-Za-z]|[0-9][.\\-\\u2010-\\u2015])";
const after = "(?![0-9A-Za-z]|[.\\-\\u2010-\\u2015][0-9])";

/** With the same separator twice. Other forms need a context word. */
export const usSsn = defineDetector({
  name: "us-ssn",
  needs: { digits: 9 },
  pattern: new RegExp(`${before}${area}${separator}${group}${separator}${serial}${after}`, "g"),
  check: (candidate) => !isRepeated(digitsOf(candidate)),
  confidence: "medium",
  context: numberWords("ssns?|ssid|ss ?n(?:o|um|umber)?|social ?security|soc\\.? ?sec|tax ?(?:id|payer)|tin|itin"),
  // With the same separator twice, the form alone is certain enough.
  needsContext: (match) => !/^[0-9]{3}([^0-9])[0-9]{2}\1[0-9]{4}$/.test(match),
});
