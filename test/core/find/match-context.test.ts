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

describe("in its text", () => {
  const count = (marked: string, settings: Partial<CompiledDetectorUse>, names?: readonly string[]): boolean => {
    const use = loadDetectorUse(
      { detector: "code", confidence: "high", allow: [], context: [], needsContext: false, exempt: [], ...settings },
      detector,
    );
    const text = marked.replace(/[«»]/g, "");
    const [start, end] = [marked.indexOf("«"), marked.indexOf("»") - 1];
    const plain = plainNode(text, 0, text.length);
    const node = names === undefined ? plain : nameNode(plain, (level) => names[level]);
    const match: Match = {
      start,
      end,
      confidence: settings.needsContext === undefined ? "high" : "medium",
      needsContext: false,
    };
    return counts(match, text, { node, use, words: createWordSplitter() });
  };

  test.each<[why: string, marked: string, allow: readonly string[], counts: boolean]>([
    ["the value alone", "x «12-34» y", ["1234"], false],
    ["the second of two", "«12-34»", ["99", "1234"], false],
    ["none of two", "«12-34»", ["99", "98"], true],
    ["a value in capitals", "«AB-C»", ["ab-c"], false],
    ["an allowed value in capitals", "«ab-c»", ["AB-C"], false],
    ["separators alone", "«12-34»", ["--"], true],
  ])("an allowed match: %s", (_, marked, allow, expected) => {
    expect(count(marked, { allow })).toBe(expected);
  });

  test.each<[why: string, marked: string, names: readonly string[] | undefined, counts: boolean]>([
    ["no word", "a «1» b", undefined, false],
    ["80 characters before", `code${"-".repeat(76)}«1»`, undefined, true],
    ["81 characters before", `code${"-".repeat(77)}«1»`, undefined, false],
    ["80 characters after", `«1»${"-".repeat(76)}code`, undefined, true],
    ["81 characters after", `«1»${"-".repeat(77)}code`, undefined, false],
    ["the second of two words", "«1» number", undefined, true],
    ["within a longer name", "theCodeOf «1»", undefined, true],
    ["of several words", "item no «1»", undefined, true],
    ["of several words in a name", "item_no «1»", undefined, true],
    ["the value itself", "«code»", undefined, false],
    ["the fourth field around it", "«1»", ["a", "b", "c", "code"], true],
    ["the fifth field around it", "«1»", ["a", "b", "c", "d", "code"], false],
    ["no field", "«1»", [], false],
  ])("context: %s", (_, marked, names, expected) => {
    const settings = { needsContext: true, context: ["code", "number", "item no"] };
    expect(count(marked, settings, names)).toBe(expected);
  });

  test("the words of the detector and of the rule are context", () => {
    const own: Detector = { ...detector, context: /\bnorm\b/iu };
    const use = loadDetectorUse(
      { detector: "code", confidence: "high", allow: [], context: ["code"], needsContext: true, exempt: [] },
      own,
    );
    const found = ["norm 1", "code 1", "word 1"].map((text) =>
      counts({ start: 5, end: 6, confidence: "high", needsContext: false }, text, {
        node: plainNode(text, 0, 6),
        use,
        words: createWordSplitter(),
      }),
    );
    expect(found).toEqual([true, true, false]);
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
