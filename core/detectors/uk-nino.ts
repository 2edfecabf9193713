/** UK National Insurance numbers (HMRC, NIM39110), without prefixes that are never given. */
import { defineDetector } from "./detector.ts";
import { wholeWord } from "./edges.ts";

const prefix = "(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][ -]?[A-CEGHJ-NPR-TW-Z]";

/** With or without spaces and dashes. Without its suffix it needs a context word. */
export const ukNino = defineDetector({
  name: "uk-nino",
  needs: { digits: 6, letters: 2 },
  pattern: wholeWord(`${prefix}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}(?:[ -]?[A-D])?`, "gi"),
  confidence: "medium",
  context: /\b(?:ni|nino|national ?insurance)(?:no|num|number|nr)?\b/i,
  // People sometimes leave out the suffix.
  needsContext: (match) => /[0-9]$/.test(match),
});
