/** UK National Insurance numbers (HMRC, NIM39110): prefixes that are never given are left out. */
import { defineDetector } from "./detector.ts";

export const ukNino = defineDetector({
  name: "uk-nino",
  needs: { digits: 6, letters: 2 },
  pattern:
    /(?<![0-9A-Za-z])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][ -]?[A-CEGHJ-NPR-TW-Z][ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}(?:[ -]?[A-D])?(?![0-9A-Za-z])/gi,
  confidence: "medium",
  context: /\b(?:ni|nino|national ?insurance)(?:no|num|number|nr)?\b/i,
  // The suffix is left out at times.
  needsContext: (match) => /[0-9]$/.test(match),
});
