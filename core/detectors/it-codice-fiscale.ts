/** Italian codice fiscale (Decreto ministeriale 12 marzo 1974): sixteen characters, the last a check letter. */
import { defineDetector } from "./detector.ts";
import { wholeWord } from "./edges.ts";

/** Letters replace digits if two persons would have the same code. */
const digit = "[0-9LMNP-V]";
const birth = `${digit}{2}[ABCDEHLMPRST]${digit}{2}`;

/** With the right check letter, in upper or lower case. */
export const itCodiceFiscale = defineDetector({
  name: "it-codice-fiscale",
  needs: { letters: 9 },
  pattern: wholeWord(`[A-Z]{3}[ -]?[A-Z]{3}[ -]?${birth}[ -]?[A-Z]${digit}{3}[ -]?[A-Z]`, "gi"),
  check: (candidate) => isCodiceFiscale(candidate.replace(/[ -]/g, "").toUpperCase()),
  confidence: "high",
  context: /\b(?:codice ?fiscale|cf|fiscal ?code)\b/i,
});

/** The values of characters at odd positions. 0 to 9 have the values of A to J. */
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

function isCodiceFiscale(code: string): boolean {
  let sum = 0;
  for (let at = 0; at < 15; at++) {
    const character = code.charCodeAt(at);
    const value = character < 0x41 ? character - 0x30 : character - 0x41;
    sum += at % 2 === 0 ? (oddValues[value] ?? 0) : value;
  }
  return code.charCodeAt(15) - 0x41 === sum % 26;
}
