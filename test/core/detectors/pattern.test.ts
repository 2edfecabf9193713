/** A policy's own patterns: they match as JavaScript's regular expressions do, in linear time. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type CompiledPattern, loadPattern } from "../../../core/detectors/pattern.ts";
import { FieldsealError } from "../../../core/errors.ts";
import { compilePattern } from "../../../core/policy-check/compile-pattern.ts";

const unlimited = (): { remaining: number } => ({ remaining: Number.MAX_SAFE_INTEGER });

function findAll(
  pattern: string,
  text: string,
  settings: Partial<CompiledPattern> & { readonly ignoreCase?: boolean } = {},
): readonly string[] {
  const { ignoreCase = false, ...rest } = settings;
  const detector = loadPattern({
    name: "own",
    program: compilePattern(pattern, ignoreCase),
    checksum: undefined,
    context: [],
    needsContext: false,
    ...rest,
  });
  return detector.find(text, unlimited()).map(({ start, end }) => text.slice(start, end));
}

describe("matches", () => {
  test.each([
    ["literal", "C-\\d{4}", "C-1234 c-1234 C-123", ["C-1234"]],
    ["class", "[A-Z]{2}[0-9]{3}", "AB123 Ab123", ["AB123"]],
    ["alternatives, longest", "a|ab|abc", "abcd", ["abc"]],
    ["boundary", "\\b\\d{3}\\b", "123 1234 a123 567", ["123", "567"]],
    ["no boundary", "\\B\\d", "a1 2", ["1"]],
    ["lookbehind", "(?<!\\d)\\d{3}(?!\\d)", "123 1234 567", ["123", "567"]],
    ["positive lookaround", "(?<=#)\\d+(?=;)", "#12; 34; #56", ["12"]],
    ["anchors", "^ab$", "ab", ["ab"]],
    ["anchored elsewhere", "^b", "ab", []],
    ["property", "\\p{Lu}\\p{Ll}+", "Zoë Éa", ["Zoë", "Éa"]],
    ["beyond the basic plane", "😀{2}", "a😀😀b", ["😀😀"]],
    ["optional", "ab?c", "ac abc abbc", ["ac", "abc"]],
    ["group", "(?:ab){2,3}", "abab ababab", ["abab", "ababab"]],
    ["named group", "(?<x>a)(b)", "ab", ["ab"]],
    ["dot", "a.c", "abc a\nc", ["abc"]],
    ["resumes after a match", "aa", "aaaaa", ["aa", "aa"]],
  ])("%s", (_, pattern, text, expected) => {
    expect(findAll(pattern, text)).toEqual(expected);
  });

  test("in any case", () => {
    expect(findAll("c-\\d[ä-ö]", "C-1Ä c-2ö", { ignoreCase: true })).toEqual(["C-1Ä", "c-2ö"]);
  });

  test.each([
    ["luhn", "\\d{16}", "4111111111111111 4111111111111112", ["4111111111111111"]],
    ["mod97", "\\d{5}", "79444 79445", ["79444"]],
    ["verhoeff", "\\d{12}", "234123412346 234123412347", ["234123412346"]],
    ["mod11", "\\d{9}[\\dX]", "0306406152 0306406153 155404295X", ["0306406152", "155404295X"]],
  ] as const)("checksum %s", (checksum, pattern, text, expected) => {
    expect(findAll(pattern, text, { checksum })).toEqual(expected);
  });

  test("agrees with JavaScript where the longest alternative is the first", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      "[ab]",
      "\\d",
      "\\w",
      "(?:ab)",
      "a?",
      "b{1,2}",
      "[^a]",
      "\\b",
      "(?<!a)",
      "(?!b)",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        fc.stringMatching(/^[ab1 ]{0,24}$/),
        (pieces, text) => {
          const pattern = `${pieces.join("")}c?`;
          const expected = [...text.matchAll(new RegExp(`(?=(${pattern}))`, "gu"))].some(
            ([, found = ""]) => found !== "",
          );
          let own: readonly string[];
          try {
            own = findAll(pattern, text);
          } catch (error) {
            expect(error).toBeInstanceOf(FieldsealError);
            return;
          }
          expect(own.length > 0).toBe(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("linear time", () => {
  test.each([
    ["nested repetition", "(a+)+b", "a"],
    ["two repetitions", "a*a*a*b", "a"],
    ["any and any", "x.*y.*z", "xy"],
    ["alternatives", "(?:a|a|aa)+c", "a"],
  ])("%s: twice the text takes twice the steps", (_, pattern, piece) => {
    const detector = loadPattern({
      name: "own",
      program: compilePattern(pattern, false),
      checksum: undefined,
      context: [],
      needsContext: false,
    });
    const steps = (length: number): number => {
      const budget = unlimited();
      detector.find(piece.repeat(length), budget);
      return Number.MAX_SAFE_INTEGER - budget.remaining;
    };
    expect(steps(20_000) / steps(10_000)).toBeLessThan(2.1);
  });

  test("stops at the budget", () => {
    const detector = loadPattern({
      name: "own",
      program: compilePattern("(a+)+b", false),
      checksum: undefined,
      context: [],
      needsContext: false,
    });
    expect(() => detector.find("a".repeat(10_000), { remaining: 1_000 })).toThrow(new FieldsealError("too_complex"));
  });
});
