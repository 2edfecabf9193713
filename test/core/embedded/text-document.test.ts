import { expect, test } from "@jest/globals";
import { findInNodes } from "../../../core/embedded/text-document.ts";
import { plainNode } from "../../../core/text/text-node.ts";

const source = "one two";
const document = { source, nodes: () => [plainNode(source, 0, 3), plainNode(source, 4, 7)] };

test.each<[why: string, find: (text: string) => readonly string[], found: readonly string[]]>([
  ["nothing", () => [], []],
  ["one of each", (text) => [text], ["one", "two"]],
  ["several of one, in order", (text) => [...text].filter((letter) => /[eot]/.test(letter)), ["o", "e", "t", "o"]],
])("%s", (_, find, found) => {
  expect(findInNodes(document, ({ text }) => find(text))).toEqual(found);
});

test("nodes are asked for once, and more of them than a call has arguments", () => {
  let calls = 0;
  const many = {
    source,
    nodes: () => {
      calls++;
      return [plainNode(source, 0, 3)];
    },
  };
  expect(findInNodes(many, () => Array.from({ length: 300_000 }, (_, index) => index))).toHaveLength(300_000);
  expect(calls).toBe(1);
});
