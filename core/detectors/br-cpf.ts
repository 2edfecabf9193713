/** Brazilian CPF (Receita Federal): eleven digits, the last two check digits by mod 11. */
import { weigh } from "./checksum.ts";
import { defineDetector, digitsOf, isRepeated } from "./detector.ts";
import { wholeNumber } from "./edges.ts";

/** With or without separators; both check digits must be right. */
export const brCpf = defineDetector({
  name: "br-cpf",
  needs: { digits: 11 },
  pattern: wholeNumber(String.raw`[0-9]{3}(?<separator>[. ]?)[0-9]{3}\k<separator>[0-9]{3}[-/ .]?[0-9]{2}`),
  check: (candidate) => isCpf(digitsOf(candidate)),
  confidence: "high",
  context: /\b(?:cpf|cadastro|contribuinte)\b/i,
});

function isCpf(digits: string): boolean {
  if (isRepeated(digits)) return false;
  const check = (sum: number): number => ((sum * 10) % 11) % 10;
  const first = check(weigh(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]));
  const second = check(weigh(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
  return digits.endsWith(`${first}${second}`);
}
