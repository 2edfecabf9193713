/** Numbers of the UK's National Health Service (NHS Data Dictionary): ten digits, the last a check digit by mod 11. */
import { isMod11 } from "./checksum.ts";
import { defineDetector, digitsOf, isRepeated } from "./detector.ts";
import { wholeNumber } from "./edges.ts";

/** In three groups or without separators, near a context word. */
export const ukNhs = defineDetector({
  name: "uk-nhs",
  needs: { digits: 10 },
  pattern: wholeNumber(String.raw`[0-9]{3}(?<separator>[- .]?)[0-9]{3}\k<separator>[0-9]{4}`),
  check: (candidate) => isMod11(digitsOf(candidate)) && !isRepeated(digitsOf(candidate)),
  confidence: "high",
  context: /\b(?:nhs|national ?health|health ?service|patient)(?:id|no|num|number|nr)?\b/i,
  needsContext: true,
});
