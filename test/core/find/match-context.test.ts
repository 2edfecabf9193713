import { describe, expect, test } from "@jest/globals";
import { type Confidence, type Detector, type Match } from "../../../core/detectors/detector.ts";
import { type CompiledDetectorUse, loadDetectorUse } from "../../../core/detectors/detector-use.ts";
import { counts, createWordSplitter, rankOf } from "../../../core/find/match-context.ts";
import { nameNode, plainNode } from "../../../core/text/text-node.ts";

const detector: Detector = {
  name: "code",
  digits: 0,
  letters: 0,
  includes: undefined,
  confidence: "medium",
  context: undefined,
  find: () => [],
};

describe("a match in the middle of its text", () => {
  type Settings = Partial<CompiledDetectorUse>;
  test.each<
    [why: string, settings: Settings, found: Confidence, needs: boolean, names: readonly string[], yes: boolean]
  >([
    ["as sure as asked for", { confidence: "medium" }, "medium", false, [], true],
    ["surer", { confidence: "low" }, "high", false, [], true],
    ["less sure", { confidence: "high" }, "medium", false, [], false],
    ["less sure by one, with context", { confidence: "high" }, "medium", false, ["code"], true],
    ["less sure by two, with context", { confidence: "high" }, "low", false, ["code"], false],
    ["in need of context, and without", { confidence: "low" }, "high", true, ["other"], false],
    ["in need of context, and with", { confidence: "low" }, "high", true, ["other", "theCode"], true],
    ["for a rule that needs context", { confidence: "low", needsContext: true }, "high", false, [], false],
    ["let through", { confidence: "low", allow: ["12-34"] }, "high", false, [], false],
    ["let through without separators", { confidence: "low", allow: ["1234"] }, "high", false, [], false],
    ["like one that is let through", { confidence: "low", allow: ["12"] }, "high", false, [], true],
    ["let through by a pattern", { confidence: "low", allow: ["12*"] }, "high", false, [], false],
  ])("%s", (_, settings, confidence, needsContext, names, yes) => {
    const text = ". 12-34 .";
    const use = loadDetectorUse(
      {
        detector: "code",
        confidence: "low",
        allow: [],
        context: ["code"],
        needsContext: false,
        exempt: [],
        ...settings,
      },
      detector,
    );
    const match: Match = { start: 2, end: 7, confidence, needsContext };
    const node = nameNode(plainNode(text, 0, text.length), (level) => names[level]);
    expect(counts(match, text, { node, use, words: createWordSplitter() })).toBe(yes);
  });
});

test("the surer has the higher rank", () => {
  const ranks = (["low", "medium", "high"] as const).map(rankOf);
  expect(ranks).toEqual([0, 1, 2]);
});

test.each([
  ["patientNHSNumber", "patient NHS Number"],
  ["patient_nhs-number", "patient nhs number"],
  ["a.b[0]/c:d", "a b 0 c d"],
  ["iban2Code", "iban2 Code"],
  ["IBAN", "IBAN"],
  [`${"a".repeat(200)}Bc`, "a".repeat(200)],
])("the words of %s are %j", (name, words) => {
  const split = createWordSplitter();
  expect([split(name), split(name)]).toEqual([words, words]);
});
