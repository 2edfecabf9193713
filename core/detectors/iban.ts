/** International bank account numbers (ISO 13616): check digits by ISO 7064 mod 97-10. */
import { type Detector, findMatches } from "./detector.ts";

const pattern = /(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]){11,30}(?![0-9A-Za-z])/g;

export const iban: Detector = { name: "iban", find: (text) => findMatches(text, pattern, isIban) };

function isIban(match: string): boolean {
  const compact = match.replaceAll(" ", "");
  const digits = [...compact.slice(4), ...compact.slice(0, 4)].map((character) => Number.parseInt(character, 36)).join("");
  let remainder = 0;
  for (const digit of digits) remainder = (remainder * 10 + Number(digit)) % 97;
  return remainder === 1;
}
