/** Check digits: schemes that several detectors, and patterns of a policy, use. */
import { mod97_10, verhoeff } from "cdigit";
import luhn from "luhn";

/** Luhn's scheme (ISO/IEC 7812-1, annex B). */
export function isLuhn(digits: string): boolean {
  return digits.length > 1 && luhn.validate(digits);
}

/** ISO/IEC 7064 mod 97-10, the two check digits last; letters count 10 to 35, as ISO 13616 has it. */
export function isMod97(text: string): boolean {
  const digits = text.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return /^[0-9]{3,}$/.test(digits) && mod97_10.validate(digits);
}

/** J. Verhoeff, "Error Detecting Decimal Codes", 1969. */
export function isVerhoeff(digits: string): boolean {
  return digits.length > 1 && verhoeff.validate(digits);
}

/** Weights 1, 2, 3, … from the last digit on; the sum is a multiple of 11. As the last character, X counts ten. */
export function isMod11(text: string): boolean {
  if (!/^[0-9]+[0-9X]$/.test(text)) return false;
  return (
    [...text].reverse().reduce((sum, digit, index) => sum + (index + 1) * (digit === "X" ? 10 : Number(digit)), 0) %
      11 ===
    0
  );
}

/** The sum of digits times weights. */
export function weigh(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * Number(digits[index] ?? 0), 0);
}
