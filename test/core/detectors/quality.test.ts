/** The minimum quality of the detectors on the corpus. */
import { describe, expect, test } from "@jest/globals";
import { measureQuality } from "../../../bench/detection-quality.ts";

const qualities = measureQuality();

/** Two check digits: one random number in a hundred passes. */
const twoCheckDigits: ReadonlySet<string> = new Set(["iban", "br-cpf"]);

describe.each(qualities)("$name", ({ name, positives, sources, recall, falsePositives }) => {
  test("has a corpus and says where it is from", () => {
    expect(positives).toBeGreaterThanOrEqual(25);
    expect(sources.length).toBeGreaterThan(0);
  });

  test("recall", () => {
    expect(recall).toBeGreaterThanOrEqual(name === "card" ? 0.99 : twoCheckDigits.has(name) ? 0.97 : 0.9);
  });

  test("false positives per 10,000 look-alikes", () => {
    expect(falsePositives).toBeLessThanOrEqual(name === "card" ? 20 : 150);
  });
});
