/** Canadian social insurance numbers (Service Canada): nine digits, the last Luhn's, so a context word is needed. */
import { isLuhn } from "./checksum.ts";
import { defineDetector, digitsOf, isRepeated } from "./detector.ts";

export const caSin = defineDetector({
  name: "ca-sin",
  needs: { digits: 9 },
  pattern:
    /(?<![0-9A-Za-z]|[0-9][.-])[0-9]{3}(?<separator>[- .]?)[0-9]{3}\k<separator>[0-9]{3}(?![0-9A-Za-z]|[.-][0-9])/g,
  check: (candidate) => isLuhn(digitsOf(candidate)) && !isRepeated(digitsOf(candidate)),
  confidence: "high",
  context: /\b(?:sins?|social ?insurance|assurance ?sociale|nas)(?:no|num|number|nr)?\b/i,
  needsContext: true,
});
