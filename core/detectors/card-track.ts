/** Magnetic stripe data of payment cards: tracks 1 and 2 (ISO/IEC 7813). */
import { isLuhn } from "./checksum.ts";
import { defineDetector, digitsOf } from "./detector.ts";

/** Track 1 or 2, with or without sentinels; the card number must pass Luhn's check. */
export const cardTrack = defineDetector({
  name: "card-track",
  needs: { digits: 16, includes: ["^", "=", "D", "d"] },
  // Number, separator, name (track 1), expiry, service code, and data of the issuer. Chips write D for = and drop the
  // sentinels.
  pattern: /(?<![0-9A-Za-z])(?:%?B[0-9 ]{12,23}\^[^^\r\n]{2,26}\^|;?[0-9]{12,19}[=D])[0-9]{4}[0-9A-Za-z ^=]{3,60}\??/gi,
  check: (candidate) => isLuhn(digitsOf(candidate.replace(/^%?B/i, "").split(/[\^=D]/i, 1)[0] ?? "")),
  confidence: "high",
  context: /\b(?:track|magstripe|swipe|stripe)\b/i,
});
