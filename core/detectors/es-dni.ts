/** Spanish DNI and NIE (Real Decreto 1553/2005): the letter encodes the number modulo 23. */
import { defineDetector } from "./detector.ts";
import { wholeWord } from "./edges.ts";

const dni = String.raw`[0-9]{7,8}|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}`;
const nie = "[XYZ][ -]?[0-9]{7}";

/** With the right letter, in upper or lower case. */
export const esDni = defineDetector({
  name: "es-dni",
  needs: { digits: 7, letters: 1 },
  pattern: wholeWord(`(?:${dni}|${nie})[ -]?[A-HJ-NP-TV-Z]`, "gi"),
  check: isDni,
  confidence: "high",
  context: /\b(?:dni|nie|nif|documento|identidad|extranjero)\b/i,
});

const letters = "TRWAGMYFPDXBNJZSQVHLCKE";

function isDni(candidate: string): boolean {
  const compact = candidate.replace(/[ .-]/g, "").toUpperCase();
  const number = compact.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return letters[Number(number) % 23] === compact.at(-1);
}
