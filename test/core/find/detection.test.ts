/** Which matches count, and how overlapping matches become findings. */
import { describe, expect, test } from "@jest/globals";
import { card } from "../../../core/detectors/card.ts";
import type { Confidence, Detector } from "../../../core/detectors/detector.ts";
import { type CompiledDetectorUse, loadDetectorUse } from "../../../core/detectors/detector-use.ts";
import { email } from "../../../core/detectors/email.ts";
import { phone } from "../../../core/detectors/phone.ts";
import { usSsn } from "../../../core/detectors/us-ssn.ts";
import { detect, detection } from "../../../core/find/detection.ts";
import type { Finding } from "../../../core/find/finding.ts";
import type { Rule } from "../../../core/rule/rule.ts";
import { parseFieldPattern } from "../../../core/selector/field-name.ts";
import { nameNode, plainNode, type TextNode } from "../../../core/text/text-node.ts";
import { markFound, type UseSettings } from "../../support/detector-table.ts";

describe("what counts", () => {
  test.each<[why: string, detector: Detector, settings: UseSettings, names: readonly string[], marked: string]>([
    ["form alone is medium", email, { confidence: "medium" }, [], "«ada@example.com»"],
    ["form alone is not high", email, { confidence: "high" }, [], "ada@example.com"],
    ["a context word raises", email, { confidence: "high" }, [], "e-mail «ada@example.com»"],
    ["a field's name raises", email, { confidence: "high" }, ["contactEmail"], "«ada@example.com»"],
    ["a check is high", card, { confidence: "high" }, [], "«4111111111111111»"],
    ["low raised by one is not high", phone, { confidence: "high" }, [], "phone (415) 555-2671"],
    ["own context word", usSsn, { context: ["Versichertennummer"] }, ["versichertennummer"], "«078051120»"],
    ["own context word in text", usSsn, { context: ["member no."] }, [], "Member no. «078051120»"],
    ["own word is a whole word", usSsn, { context: ["mem"] }, [], "member 078051120"],
    ["own need of context", card, { needsContext: true }, [], "4111111111111111"],
    ["own need of context, met", card, { needsContext: true }, ["cardNumber"], "«4111111111111111»"],
    ["context two fields out", usSsn, {}, ["value", "ssn"], "«078051120»"],
    ["context four fields out", usSsn, {}, ["a", "b", "c", "ssn"], "«078051120»"],
    ["context five fields out", usSsn, {}, ["a", "b", "c", "d", "ssn"], "078051120"],
    ["context 80 characters before", usSsn, {}, [], `ssn${"-".repeat(77)}«078051120»`],
    ["context 81 characters before", usSsn, {}, [], `ssn${"-".repeat(78)}078051120`],
    ["context 80 characters after", usSsn, {}, [], `«078051120»${"-".repeat(77)}ssn`],
    ["context 81 characters after", usSsn, {}, [], `078051120${"-".repeat(78)}ssn`],
    ["context in the middle of a name", usSsn, {}, ["patientSsnCode"], "«078051120»"],
    ["full-width digits", usSsn, {}, ["ssn"], "«０７８０５１１２０»"],
    ["Devanagari digits", usSsn, {}, ["ssn"], "«०७८०५११२०»"],
    ["context far away in the text", usSsn, {}, [], `ssn ${"-".repeat(100)} 078051120`],
    ["allowed value", card, { allow: ["4111111111111111"] }, [], "4111111111111111 «5555555555554444»"],
    ["allowed value with separators", card, { allow: ["4111111111111111"] }, [], "4111 1111 1111 1111"],
    ["allowed domain", email, { allow: ["*@example.com"] }, [], "Ada@Example.com «ada@example.org»"],
    ["allowed address, other spelling", email, { allow: ["adal@example.com"] }, [], "«ada.l@example.com»"],
    ["exempt field", card, { exempt: ["orderId"] }, ["orderId"], "4111111111111111"],
    ["field in an exempt one", card, { exempt: ["meta"] }, ["id", "trace", "meta"], "4111111111111111"],
    ["exempt path", card, { exempt: ["meta.trace"] }, ["trace", "meta"], "4111111111111111"],
    ["another path", card, { exempt: ["meta.trace"] }, ["trace", "other"], "«4111111111111111»"],
  ])("%s", (_, detector, settings, names, marked) => {
    expect(markFound(detector, marked.replace(/[«»]/g, ""), names, settings)).toBe(marked);
  });
});

describe("overlaps", () => {
  const fake = (name: string, pattern: RegExp, confidence: Confidence = "medium"): Detector => ({
    name,
    digits: 0,
    letters: 0,
    includes: undefined,
    confidence,
    context: undefined,
    find: (text) =>
      [...text.matchAll(pattern)].map(({ index, 0: found }) => ({
        start: index,
        end: index + found.length,
        confidence,
        needsContext: false,
      })),
  });
  const settings = { confidence: "low", allow: [], context: [], needsContext: false, exempt: [] } as const;
  const findNames = (text: string, ...detectors: readonly Detector[]): readonly string[] => {
    const uses = detectors.map((detector, selector) => ({
      use: loadDetectorUse({ detector: detector.name, ...settings }, detector),
      selector,
    }));
    const rule = { name: "rule", exempt: [], detectors: uses } as unknown as Rule;
    const found = detect(text, [plainNode(text, 0, text.length, (characters) => characters)], [rule], {
      remaining: 1_000_000,
    });
    return found.map(({ selector, start, end }) => `${detectors[selector]?.name ?? ""} ${text.slice(start, end)}`);
  };

  test.each<[why: string, detectors: readonly Detector[], expected: readonly string[]]>([
    ["the longer first", [fake("short", /bc/g), fake("long", /abcd/g)], ["long abcd", "short abcd"]],
    [
      "the surer of equals first",
      [fake("form", /abcd/g), fake("checked", /abcd/g, "high")],
      ["checked abcd", "form abcd"],
    ],
    ["the policy's order for the rest", [fake("one", /abcd/g), fake("two", /abcd/g)], ["one abcd", "two abcd"]],
    [
      "nothing of either stays in clear",
      [fake("left", /abcd/g), fake("right", /def/g)],
      ["left abcdef", "right abcdef"],
    ],
    ["neighbours stay two", [fake("left", /abc/g), fake("right", /def/g)], ["left abc", "right def"]],
    ["in the text's order, not the policy's", [fake("right", /def/g), fake("left", /abc/g)], ["left abc", "right def"]],
    [
      "the longer first, though it begins later",
      [fake("left", /bc/g), fake("right", /cdef/g)],
      ["right bcdef", "left bcdef"],
    ],
  ])("%s", (_, detectors, expected) => {
    expect(findNames("abcdef", ...detectors)).toEqual(expected);
  });
});

describe("which detectors run", () => {
  /** Finds the whole of each text, and counts how often it is asked. */
  const whole = (needs: Partial<Detector> = {}) => {
    let asked = 0;
    const detector: Detector = {
      name: "whole",
      digits: 0,
      letters: 0,
      includes: undefined,
      confidence: "high",
      context: undefined,
      find: (text) => {
        asked++;
        return [{ start: 0, end: text.length, confidence: "high", needsContext: false }];
      },
      ...needs,
    };
    return { detector, asked: () => asked };
  };
  const seek = (
    detector: Detector,
    nodes: Iterable<TextNode>,
    { exempt = [], ofRule = [] }: { readonly exempt?: readonly string[]; readonly ofRule?: readonly string[] } = {},
    budget = { remaining: 1_000 },
  ): readonly Finding[] => {
    const settings: CompiledDetectorUse = {
      detector: "whole",
      confidence: "low",
      allow: [],
      context: [],
      needsContext: false,
      exempt: exempt.map(parseFieldPattern),
    };
    const use = loadDetectorUse(settings, detector);
    const rule = { exempt: ofRule.map(parseFieldPattern), detectors: [{ use, selector: 0 }] } as unknown as Rule;
    return detect("", nodes, [rule], budget);
  };
  const nodeOf = (text: string): TextNode => plainNode(text, 0, text.length);

  test.each<[text: string, needs: Partial<Detector>, asked: number, why: string]>([
    ["abcde", {}, 0, "too short"],
    ["abcdef", {}, 1, "long enough"],
    ["-0----9-", { digits: 2 }, 1, "the first and the last digit"],
    ["-/----:-", { digits: 1 }, 0, "their neighbours"],
    ["-aAz--Z-", { letters: 4 }, 1, "the first and the last letters"],
    ["-@[`--{-", { letters: 1 }, 0, "their neighbours"],
    ["ab1234", { digits: 4, letters: 2 }, 1, "enough of both"],
    ["ab1234", { digits: 5, letters: 2 }, 0, "too few digits"],
    ["ab1234", { digits: 4, letters: 3 }, 0, "too few letters"],
    ["abcdef", { includes: ["@"] }, 0, "without the piece"],
    ["abc@ef", { includes: ["@"] }, 1, "with the piece"],
    ["abc@ef", { includes: ["+", "@"] }, 1, "with the second piece"],
    ["abc@ef", { digits: 1, includes: ["@"] }, 0, "the piece alone"],
  ])("%s under %j: asked %i times, %s", (text, needs, expected) => {
    const { detector, asked } = whole(needs);
    const found = seek(detector, [nodeOf(text)]);
    expect([asked(), found.length]).toEqual([expected, expected]);
  });

  test.each<[why: string, text: string, asked: string]>([
    ["Arabic-Indic", "\u0660\u0669----", "09----"],
    ["Persian", "\u06f0\u06f9----", "09----"],
    ["Devanagari", "\u0966\u096f----", "09----"],
    ["full-width", "\uff10\uff19----", "09----"],
    ["beside other characters", "\u0661\u00e9\u065f\u06fa--", "1\u00e9\u065f\u06fa--"],
  ])("digits of other scripts as ASCII ones: %s", (_, text, expected) => {
    const given: string[] = [];
    const find = (asked: string) => {
      given.push(asked);
      return [];
    };
    seek(whole({ find }).detector, [nodeOf(text)]);
    expect(given).toEqual([expected]);
  });

  test.each<[why: string, names: readonly string[] | undefined, exempt: object, found: number]>([
    ["the use exempts the second of two names", ["b"], { exempt: ["a", "b"] }, 0],
    ["the use exempts another name", ["c"], { exempt: ["a", "b"] }, 1],
    ["the rule exempts the name", ["b"], { ofRule: ["b"] }, 0],
    ["the rule exempts a field around it", ["x", "b"], { ofRule: ["b"] }, 0],
    ["a text without a field", undefined, { exempt: ["b"], ofRule: ["b"] }, 1],
  ])("%s", (_, names, exempt, found) => {
    const node = nodeOf("abcdef");
    expect(
      seek(whole().detector, [names === undefined ? node : nameNode(node, (level) => names[level])], exempt),
    ).toHaveLength(found);
  });

  test("a finding has the names of its node, if there are any", () => {
    const nameAt = (): undefined => undefined;
    const [named, other] = seek(whole().detector, [nameNode(nodeOf("abcdef"), nameAt), nodeOf("abcdef")]);
    expect(named).toHaveProperty("nameAt", nameAt);
    expect(other).not.toHaveProperty("nameAt");
  });

  test("each text costs steps by its length", () => {
    const budget = { remaining: 1_000 };
    seek(whole().detector, [nodeOf("a".repeat(80)), nodeOf("a".repeat(8))], {}, budget);
    expect(budget.remaining).toBe(989);
    expect(() => seek(whole().detector, [nodeOf("a".repeat(80))], {}, { remaining: 9 })).toThrow(
      expect.objectContaining({ code: "too_complex" }),
    );
  });

  test("without detectors no node is read", () => {
    const nodes: Iterable<TextNode> = {
      [Symbol.iterator]: () => {
        throw new TypeError("a node was read");
      },
    };
    expect(detect("", nodes, [], { remaining: 1 })).toEqual([]);
  });
});

test("the code for bundles with detectors", () => {
  expect(detection).toEqual({ detect, loadUse: loadDetectorUse });
});
