import { describe, expect, test } from "@jest/globals";
import {
  asIs,
  liftNode,
  liftSpan,
  mappedNode,
  type NameAt,
  nestNames,
  plainNode,
} from "../../../core/text/text-node.ts";

const namesOf =
  (...names: readonly string[]): NameAt =>
  (level) =>
    names[level];
const list = (nameAt: NameAt | undefined): readonly unknown[] => [3, 0, 1, 2].map((level) => nameAt?.(level));

describe("names", () => {
  test.each<[why: string, inner: NameAt | undefined, outer: NameAt | undefined, expected: readonly unknown[]]>([
    ["the inner ones first", namesOf("a", "b"), namesOf("c"), [undefined, "a", "b", "c"]],
    ["no inner ones", namesOf(), namesOf("c", "d"), [undefined, "c", "d", undefined]],
    ["the outer ones alone", undefined, namesOf("c"), [undefined, "c", undefined, undefined]],
    ["the inner ones alone", namesOf("a"), undefined, [undefined, "a", undefined, undefined]],
    ["more than are asked for", namesOf("a", "b"), namesOf("c", "d"), ["d", "a", "b", "c"]],
  ])("%s", (_, inner, outer, expected) => {
    expect(list(nestNames(inner, outer))).toEqual(expected);
  });
});

test("a plain node maps offsets unchanged", () => {
  const node = plainNode("xabc", 1, 3, asIs);
  expect([node.text, node.at(0), node.at(2), node.encode("é"), node.divisible]).toEqual(["ab", 1, 3, "é", true]);
});

test.each<[why: string, text: string, offsets: readonly number[], span: readonly number[]]>([
  ["begins and ends where its offsets do", "ab", [2, 5, 8], [2, 8, 2, 5, 8, 8]],
  ["of nothing is empty", "", [4], [4, 4, 4, 4, 4, 4]],
])("a mapped node %s", (_, text, offsets, span) => {
  const node = mappedNode(text, offsets, asIs);
  expect([node.start, node.end, ...[0, 1, 2, 3].map(node.at)]).toEqual(span);
});

describe("a node in another", () => {
  // Each character of the outer node takes two in the source.
  const outer = { ...mappedNode("[ab]", [10, 12, 14, 16, 18], (text) => `<${text}>`), labels: ["o"] };
  const inner = plainNode(outer.text, 1, 3, (text) => `(${text})`);

  test("has its places and its spelling in the source", () => {
    const lifted = liftNode({ ...inner, nameAt: namesOf("a") }, { ...outer, nameAt: namesOf("b") });
    expect([lifted.start, lifted.end, lifted.at(1), lifted.encode("x")]).toEqual([12, 16, 14, "<(x)>"]);
    expect([list(lifted.nameAt), lifted.labels]).toEqual([[undefined, "a", "b", undefined], ["o"]]);
    expect(lifted.literal).toBeUndefined();
  });

  test("keeps its kind, and its labels after the outer ones", () => {
    const literal = { start: 0, end: 4, json: '"ab"', restore: (json: string) => `{${json}}` };
    const lifted = liftNode({ ...inner, literal, divisible: false, isText: true, labels: ["i"] }, outer);
    expect([lifted.divisible, lifted.isText, lifted.labels]).toEqual([false, true, ["o", "i"]]);
    expect([lifted.literal?.start, lifted.literal?.end, lifted.literal?.json]).toEqual([10, 18, '"ab"']);
    expect(lifted.literal?.restore("1")).toBe("<{1}>");
  });

  test("a span alone", () => {
    expect(liftSpan({ start: 1, end: 2 }, outer)).toEqual({ start: 12, end: 14 });
  });
});
