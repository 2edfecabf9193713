import { expect, test } from "@jest/globals";
import { isLuhn, isMod11, isMod97, isVerhoeff, weigh } from "../../../core/detectors/checksum.ts";

test.each<readonly [string, (text: string) => boolean, string, boolean, string]>([
  ["Luhn", isLuhn, "4111111111111111", true, "a test card"],
  ["Luhn", isLuhn, "4111111111111112", false, "another last digit"],
  ["Luhn", isLuhn, "0", false, "one digit says nothing"],
  ["mod 97", isMod97, "79444", true, "ISO 7064's own example"],
  ["mod 97", isMod97, "79445", false, "another last digit"],
  ["mod 97", isMod97, "NWBK60161331926819GB29", true, "letters count"],
  ["mod 97", isMod97, "97", false, "too short"],
  ["Verhoeff", isVerhoeff, "234123412346", true, "valid"],
  ["Verhoeff", isVerhoeff, "234123412364", false, "neighbours swapped"],
  ["mod 11", isMod11, "0306406152", true, "an ISBN"],
  ["mod 11", isMod11, "155404295X", true, "X counts ten"],
  ["mod 11", isMod11, "X554042950", false, "X comes last"],
])("%s", (...[, check, text, valid]) => expect(check(text)).toBe(valid));

test("weighs digits, the first with the first weight", () => expect(weigh("123", [3, 2, 1])).toBe(10));
