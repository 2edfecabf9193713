/** Numbers with check digits, by the published rules and independent of the detectors' code, which they check. */
import { capitals, digits, pickText, random, range, two } from "./random.ts";

/** Digits with their check digit by Luhn's rule (ISO/IEC 7812-1, annex B). */
export function withLuhn(body: string): string {
  const sum = [...body].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return body + String((10 - (sum % 10)) % 10);
}

/** Digits, and what `finish` makes of their weighted sum. */
export function withWeights(body: string, weights: readonly number[], finish: (sum: number) => string): string {
  return body + finish([...body].reduce((sum, digit, index) => sum + Number(digit) * (weights[index] ?? 0), 0));
}

/** Twelve digits with the check digit of a GTIN-13 (GS1 General Specifications). */
export function withGtin(body: string): string {
  return withWeights(body, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3], (sum) => String((10 - (sum % 10)) % 10));
}

/** An IBAN with its check digits (ISO 13616, ISO/IEC 7064 MOD 97-10). */
export function makeIban(country: string, account: string): string {
  const value = (account + country + "00").replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return country + two(98 - Number(BigInt(value) % 97n)) + account;
}

/** Digits with their check digit by Verhoeff's rule. */
export function withVerhoeff(body: string): string {
  // The dihedral group D5 as permutations: turns by 0 to 4, then mirrors.
  const multiply = (a: number, b: number): number =>
    a < 5 ? (b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5)) : b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 5) % 5;
  const permute = (digit: number, times: number): number =>
    times === 0 ? digit : permute([1, 5, 7, 6, 2, 8, 3, 0, 9, 4][digit] ?? 0, times - 1);
  const check = [...body]
    .reverse()
    .reduce((state, digit, index) => multiply(state, permute(Number(digit), (index + 1) % 8)), 0);
  return body + String(range(10).find((digit) => multiply(check, digit) === 0));
}

/** An NHS number (United Kingdom). */
export function makeNhs(): string {
  for (;;) {
    const made = withWeights(digits(9), [10, 9, 8, 7, 6, 5, 4, 3, 2], (sum) => String((11 - (sum % 11)) % 11));
    if (made.length === 10) return made;
  }
}

/** A CPF (Brazil), in digits alone. */
export function makeCpf(): string {
  const check = (sum: number): string => String(11 - (sum % 11) > 9 ? 0 : 11 - (sum % 11));
  const one = withWeights(digits(9), [10, 9, 8, 7, 6, 5, 4, 3, 2], check);
  return withWeights(one, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2], check);
}

/** A codice fiscale (Italy). */
export function makeFiscalCode(): string {
  const body =
    pickText("BCDFGLMNPRST", 6) +
    two(random(100)) +
    pickText("ABCDEHLMPRST", 1) +
    two(1 + random(28)) +
    pickText("ABCDEFGHIL", 1) +
    digits(3);
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
  const sum = [...body].reduce((total, character, index) => {
    const letter = capitals.indexOf(character);
    const number = letter < 0 ? Number(character) : letter;
    return total + (index % 2 === 1 ? number : (odd[number] ?? 0));
  }, 0);
  return body + (capitals[sum % 26] ?? "");
}
