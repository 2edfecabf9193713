/** Which matches count, and what becomes of those that overlap. */
import { describe, expect, test } from "@jest/globals";
import { card } from "../../../core/detectors/card.ts";
import type { Confidence, Detector } from "../../../core/detectors/detector.ts";
import { loadDetectorUse } from "../../../core/detectors/detector-use.ts";
import { email } from "../../../core/detectors/email.ts";
import { phone } from "../../../core/detectors/phone.ts";
import { usSsn } from "../../../core/detectors/us-ssn.ts";
import { detect } from "../../../core/find/detection.ts";
import type { Rule } from "../../../core/rule/rule.ts";
import { plainNode } from "../../../core/text/text-node.ts";
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
    ["context 80 characters behind", usSsn, {}, [], `«078051120»${"-".repeat(77)}ssn`],
    ["context 81 characters behind", usSsn, {}, [], `078051120${"-".repeat(78)}ssn`],
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
  ])("%s", (_, detectors, expected) => {
    expect(findNames("abcdef", ...detectors)).toEqual(expected);
  });
});
