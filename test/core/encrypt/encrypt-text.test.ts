/** What is planned, and that it is refused exactly when tokens join with their neighbours into further markers. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  isToken,
  measureEncryption,
  type Plan,
  planEncryption,
  requireFewFields,
  writeEncryption,
} from "../../../core/encrypt/encrypt-text.ts";
import { type Finding, textValue } from "../../../core/find/finding.ts";
import { applyEdits } from "../../../core/text/edit.ts";
import { plainNode } from "../../../core/text/text-node.ts";
import { formatHeader } from "../../../core/token/grammar.ts";
import { countMarkers, holdsMarker, type Markers } from "../../../core/token/marker.ts";
import type { Recipient } from "../../../core/token/recipient.ts";
import { keys, makePolicy } from "../../support/edge.ts";

const { rules, recipients } = makePolicy([{ fields: ["a"] }]);
const [key] = keys;
const payload = `${"A".repeat(342)}==`;

function findingAt(start: number, end: number): Finding {
  const [rule] = rules;
  if (rule === undefined) throw new TypeError("the policy has a rule");
  return { start, end, rule, selector: 0, value: textValue("x"), encode: (token) => token };
}

/** Findings are the X of a source. */
function write(source: string): string {
  const findings = [...source.matchAll(/X/g)].map(({ index }) => findingAt(index, index + 1));
  return writeEncryption(
    { source, findings, found: findings, recipients, accepted: [], nodes: () => [] },
    () => payload,
  );
}

test.each([
  ["#01X", "a prefix before"],
  ["X10#", "a suffix behind"],
  ["X01#", "a prefix behind"],
  ["\\u002301X", "with an escape"],
  ["X1&#x0000000000000000000000030;#", "however long the spelling"],
  ["X%31%2530%23", "and however deep"],
  ["a#01Xb", "between others"],
  ["X01X", "between two tokens"],
  ["a b X01X", "between two tokens behind other text"],
])("%s is refused: %s", (source) => {
  expect(() => write(source)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
});

test.each(["X", "#0X", "X 10#", "#01 X", "XX", '#01"X"10#', "#01/X", "X;X&X"])("%s is written", (source) => {
  expect(write(source)).toBe(source.replaceAll("X", `${key.prefix}${payload}${key.suffix}`));
});

test("as a count over the whole result has it", () => {
  const piece = fc.constantFrom(
    "X",
    "X",
    "X",
    "#01",
    "10#",
    "01",
    "#",
    "0",
    "1",
    "2",
    "%23",
    "%2523",
    "\\u0023",
    "\\u005cu0031",
    "\\\\",
    '\\"',
    "\\/",
    "&#35;",
    "&#x030;",
    "&num;",
    "&amp;#35;",
    " ",
    '"',
    "/",
    "=",
    "é",
  );
  let [refused, written] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 2, maxLength: 10 }).map((pieces) => pieces.join("")),
      (source) => {
        fc.pre(!holdsMarker(source, recipients));
        const tokens = [...source.matchAll(/X/g)].map(({ index }) => ({
          start: index,
          end: index + 1,
          replacement: `${key.prefix}${payload}${key.suffix}`,
        }));
        const output = applyEdits(source, tokens);
        if (countMarkers(output, recipients) > 2 * tokens.length) {
          refused++;
          expect(() => write(source)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
        } else {
          written++;
          expect(write(source)).toBe(output);
        }
      },
    ),
    { numRuns: 5_000 },
  );
  expect(Math.min(refused, written)).toBeGreaterThan(100);
});

describe("a plan", () => {
  const token = `${key.prefix}${payload}${key.suffix}`;

  /** What a rule selects are the X of the source; what detectors find are the D; the nodes are its words. */
  function plan(source: string, acceptTokens = false): Plan {
    const spansOf = (pattern: RegExp): readonly { start: number; end: number }[] =>
      [...source.matchAll(pattern)].map(({ index, 0: found }) => ({ start: index, end: index + found.length }));
    const nodes = () => spansOf(/\S+/g).map(({ start, end }) => plainNode(source, start, end));
    return planEncryption(
      source,
      () => ({ findings: spansOf(/X+/g).map(({ start, end }) => findingAt(start, end)), nodes }),
      {
        detecting: rules,
        detect: (_, read) =>
          [...read].filter(({ text }) => /[DX]/.test(text)).map(({ start, end }) => findingAt(start, end)),
        acceptTokens,
        recipients,
        budget: { remaining: 1 },
      },
    );
  }
  const shown = ({ source, findings }: Plan): readonly string[] =>
    findings.map(({ start, end }) => source.slice(start, end));

  test.each<[why: string, source: string, findings: readonly string[], found: number]>([
    ["nothing", "a b", [], 0],
    ["selected and detected", "a X D", ["X", "D"], 3],
    ["in order, the outermost alone", "D aXb X", ["D", "aXb", "X"], 5],
  ])("%s", (_, source, findings, found) => {
    const planned = plan(source);
    expect([shown(planned), planned.found.length, planned.source]).toEqual([findings, found, source]);
    expect([...planned.nodes()].map(({ text }) => text)).toEqual(source.split(" "));
  });

  test.each<
    [why: string, source: string, accept: boolean, accepted: readonly (readonly [number, number])[] | undefined]
  >([
    ["a token, where none may come", `a ${token}`, false, undefined],
    ["a token, where one may", `a ${token} X`, true, [[2, 2 + token.length]]],
    ["a marker beside it", `${token} #01#`, true, undefined],
    ["a part of a node", `a${token}`, true, undefined],
    ["a payload of another key's size", `${key.prefix}${"A".repeat(512)}${key.suffix}`, true, undefined],
    ["a suffix alone", "10#", true, []],
    ["a token behind a value", `X ${token}`, true, [[2, 2 + token.length]]],
  ])("tokens that come in: %s", (_, source, accept, accepted) => {
    if (accepted === undefined) {
      expect(() => plan(source, accept)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
      return;
    }
    expect(plan(source, accept).accepted.map(({ start, end }) => [start, end])).toEqual(accepted);
    expect(writeEncryption(plan(source, accept), () => payload)).toBe(source.replaceAll("X", token));
  });

  test("a source with a marker is not read at all", () => {
    const read = () => {
      throw new TypeError("it was read");
    };
    const context = { detecting: [], detect: () => [], acceptTokens: false, recipients, budget: { remaining: 1 } };
    expect(() => planEncryption("#01#", read, context)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
  });

  test("bytes are measured before they are written", () => {
    const source = "é X é XX";
    const planned = plan(source);
    const written = writeEncryption(planned, () => payload);
    expect(measureEncryption(planned)).toBe(Buffer.byteLength(written));
    expect(measureEncryption(planned, 100)).toBe(Buffer.byteLength(written) - Buffer.byteLength(source) + 100);
  });

  test("of all plans together there may be so many", () => {
    const plans = [plan("X X"), plan("a"), plan("X")];
    requireFewFields(plans, 3);
    expect(() => requireFewFields(plans, 2)).toThrow(expect.objectContaining({ code: "too_many_fields" }));
  });

  test("what a rule selects and is a token that may come in stays", () => {
    const source = `${token} X`;
    const found = [findingAt(0, token.length), findingAt(token.length + 1, token.length + 2)];
    const nodes = () => [plainNode(source, 0, token.length)];
    const planned = planEncryption(source, () => ({ findings: found, nodes }), {
      detecting: [],
      detect: () => [],
      acceptTokens: true,
      recipients,
      budget: { remaining: 1 },
    });
    expect([planned.findings, planned.found]).toEqual([found.slice(1), found]);
  });

  test.each<[why: string, source: string, finding: string, accepted: string]>([
    ["inside", "[(T)] X01#", "[(T)]", "T"],
    ["at its beginning", "T] X01#", "T]", "T"],
    ["at its end", "[T X01#", "[T", "T"],
  ])("a token that came in and is sealed with what is around it is no longer there: %s", (_, source, outer, inner) => {
    const spanOf = (text: string) => ({ start: source.indexOf(text), end: source.indexOf(text) + text.length });
    const { start, end } = spanOf(outer);
    const { start: x } = spanOf("X");
    const findings = [findingAt(start, end), findingAt(x, x + 1)];
    const planned = { source, findings, found: findings, recipients, accepted: [spanOf(inner)], nodes: () => [] };
    expect(() => writeEncryption(planned, () => payload)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
  });

  test("a payload keeps the markers around it apart", () => {
    const own = { ...recipients[0], prefix: "#a*#", suffix: "#*a#" } as Recipient;
    const others = [own, { ...own, prefix: "*##*", suffix: "~!!~" }];
    const [finding] = plan("X").findings;
    if (finding === undefined) throw new TypeError("there is a finding");
    const findings = [{ ...finding, rule: { ...finding.rule, recipient: own } }];
    const planned = { source: "X#", findings, found: findings, recipients: others, accepted: [], nodes: () => [] };
    expect(writeEncryption(planned, () => payload)).toBe(`#a*#${payload}#*a##`);
  });

  test("two tokens join with what is between them into a marker of 16 characters", () => {
    const between = "marker.of_16-c";
    const other = { ...recipients[0], prefix: `#${between}#`, suffix: "~!!~" } as Recipient;
    const findings = [findingAt(0, 1), findingAt(15, 16)];
    const all = [...recipients, other];
    const planned = {
      source: `X${between}X`,
      findings,
      found: findings,
      recipients: all,
      accepted: [],
      nodes: () => [],
    };
    expect(() => writeEncryption(planned, () => payload)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
  });

  test("a marker of nothing but punctuation joins too", () => {
    const own = { ...recipients[0], prefix: "#~~#", suffix: "#!!#" } as Recipient;
    const [finding] = plan("X").findings;
    if (finding === undefined) throw new TypeError("there is a finding");
    const findings = [{ ...finding, start: 3, end: 4, rule: { ...finding.rule, recipient: own } }];
    const planned = { source: "#~~%", findings, found: findings, recipients: [own], accepted: [], nodes: () => [] };
    expect(() => writeEncryption(planned, () => payload)).toThrow(expect.objectContaining({ code: "marker_in_input" }));
  });
});

describe("one token as a whole, which a recipient could open", () => {
  const around = (content: string, { prefix, suffix }: Markers = key): string => `${prefix}${content}${suffix}`;
  const sealedWith = (wrapped: number): string =>
    [
      formatHeader({ contentType: "json" }),
      ...[wrapped, 12, 32, 16].map((size) => Buffer.alloc(size).toString("base64url")),
    ].join(".");

  test.each<[why: string, text: () => string, expected: boolean]>([
    ["a direct one", () => around(payload), true],
    ["a sealed one", () => around(sealedWith(256)), true],
    ["the markers of nobody", () => around(payload, { prefix: "#07#", suffix: "#70#" }), false],
    ["a direct one of another key's size", () => around("A".repeat(512)), false],
    ["a sealed one of another key's size", () => around(sealedWith(384)), false],
    ["something behind it", () => `${around(payload)} `, false],
    ["a prefix before it", () => `${key.prefix}${around(payload)}`, false],
    ["something before it", () => ` ${around(payload)}`, false],
    ["a damaged one", () => around("A".repeat(20)), false],
    ["a prefix", () => key.prefix, false],
    ["nothing", () => "", false],
  ])("%s", (_, text, expected) => {
    expect(isToken(text(), recipients)).toBe(expected);
  });
});
