/** Check digit schemes that several detectors and the patterns of a policy use. */
import { mod97_10, verhoeff } from "cdigit";
import luhn from "luhn";

/** True if the last digit is right by Luhn's scheme (ISO/IEC 7812-1, annex B). */
export function isLuhn(digits: string): boolean {
  return digits.length > 1 && luhn.validate(digits);
}

/** True if the last two digits are right by ISO/IEC 7064 mod 97-10. Letters count 10 to 35 (ISO 13616). */
export function isMod97(text: string): boolean {
  const digits = text.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return /^[0-9]{3,}$/.test(digits) && mod97_10.validate(digits);
}

/** True if the last digit is right by Verhoeff's scheme (J. Verhoeff, "Error Detecting Decimal Codes", 1969). */
export function isVerhoeff(digits: string): boolean {
  return digits.length > 1 && verhoeff.validate(digits);
}

/**
 * True if the digits, with weights 1, 2, 3, … from the last one, add up to a multiple of 11. As last character, X
 * counts ten.
 */
export function isMod11(text: string): boolean {
  if (!/^[0-9]+[0-9X]$/.test(text)) return false;
  return (
    [...text].reverse().reduce((sum, digit, index) => sum + (index + 1) * (digit === "X" ? 10 : Number(digit)), 0) %
      11 ===
    0
  );
}

/** Adds up digits times weights. */
export function weigh(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * Number(digits[index] ?? 0), 0);
}
