/** Indian Aadhaar numbers (UIDAI): twelve digits, the last a check digit by Verhoeff's scheme. */
import { isVerhoeff } from "./checksum.ts";
import { defineDetector, digitsOf } from "./detector.ts";
import { wholeNumber } from "./edges.ts";

/** In three groups or without separators, near a context word. */
export const inAadhaar = defineDetector({
  name: "in-aadhaar",
  needs: { digits: 12 },
  pattern: wholeNumber(String.raw`[2-9][0-9]{3}(?<separator>[- :.]?)[0-9]{4}\k<separator>[0-9]{4}`),
  check: (candidate) => isVerhoeff(digitsOf(candidate)),
  confidence: "high",
  context: /(?:\b(?:aadha+r|adha+r|uidai|uid)(?:card|no|num|number|nr)?\b|आधार)/iu,
  needsContext: true,
});
