/** Canadian social insurance numbers (Service Canada): nine digits, the last by Luhn. They need a context word. */
import { isLuhn } from "./checksum.ts";
import { defineDetector, digitsOf, isRepeated } from "./detector.ts";
import { wholeNumber } from "./edges.ts";
import { numberWords } from "./words.ts";

/** In three groups or without separators, near a context word. */
export const caSin = defineDetector({
  name: "ca-sin",
  needs: { digits: 9 },
  pattern: wholeNumber(String.raw`[0-9]{3}(?<separator>[- .]?)[0-9]{3}\k<separator>[0-9]{3}`),
  check: (candidate) => isLuhn(digitsOf(candidate)) && !isRepeated(digitsOf(candidate)),
  confidence: "high",
  context: numberWords("sins?|social ?insurance|assurance ?sociale|nas"),
  needsContext: true,
});
