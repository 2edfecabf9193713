/** Check digits: schemes that several detectors, and patterns of a policy, use. */
import { mod97_10, verhoeff } from "cdigit";
import luhn from "luhn";

/** Luhn's scheme (ISO/IEC 7812-1, annex B). */
export function isLuhn(digits: string): boolean {
  return digits.length > 1 && luhn.validate(digits);
}

/** ISO/IEC 7064 mod 97-10 over digits and letters, the two check digits last. */
export function isMod97(text: string): boolean {
  return /^[0-9A-Z]{3,}$/.test(text) && mod97_10.validate(text);
}

/** J. Verhoeff, "Error Detecting Decimal Codes", 1969. */
export function isVerhoeff(digits: string): boolean {
  return digits.length > 1 && verhoeff.validate(digits);
}

/** Weights 1, 2, 3, … from the last digit on; the sum is a multiple of 11. As the last character, X counts ten. */
export function isMod11(text: string): boolean {
  if (!/^[0-9]+[0-9X]$/.test(text)) return false;
  return [...text].reverse().reduce((sum, digit, index) => sum + (index + 1) * (digit === "X" ? 10 : Number(digit)), 0) % 11 === 0;
}

/** The sum of digits times weights. */
export function weigh(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * Number(digits[index] ?? 0), 0);
}
