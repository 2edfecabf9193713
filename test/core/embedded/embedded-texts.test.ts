/** Texts within texts, whatever is looked for in them. */
import { describe, expect, test } from "@jest/globals";
import { expandNodes } from "../../../core/embedded/embedded-texts.ts";
import type { Annotate } from "../../../core/embedded/format-nodes.ts";
import { applyEdits } from "../../../core/text/edit.ts";
import { mappedNode, plainNode, type TextNode } from "../../../core/text/text-node.ts";

const optionsOf = (depth = 100, annotate?: Annotate) => ({
  mayMatter: (text: string) => text.includes("MARK"),
  depth,
  budget: { left: 0 },
  annotate,
});

function expand(text: string, options = optionsOf()): readonly TextNode[] {
  return [...expandNodes([plainNode(text, 0, text.length)], options)];
}

/** The text with another one for what is looked for, in the node that holds it. */
function replaceMark(text: string, by: string): string {
  const edits = expand(text).flatMap((node) => {
    const at = node.text.indexOf("MARK");
    if (at < 0) return [];
    if (!node.divisible)
      return [{ start: node.start, end: node.end, replacement: node.encode(node.text.replace("MARK", by)) }];
    return [{ start: node.at(at), end: node.at(at + 4), replacement: node.encode(by) }];
  });
  return applyEdits(text, edits);
}

describe("nodes, and what is written into them", () => {
  test.each<[why: string, text: string, nodes: readonly string[], written: string]>([
    ["characters", "a MARK", ["a MARK"], 'a "<'],
    ["JSON", '{"a":"MARK"}', ["a", "MARK"], '{"a":"\\"<"}'],
    ["JSON after a byte order mark", '\ufeff["MARK"]', ["MARK"], '\ufeff["\\"<"]'],
    ["XML", "<a>MARK</a>", ["MARK"], '<a>"&lt;</a>'],
    ["XML in JSON", '["<a>MARK</a>"]', ["MARK"], '["<a>\\"&lt;</a>"]'],
    ["JSON in XML", '<a>{"b":"MARK"}</a>', ["b", "MARK"], '<a>{"b":"\\"&lt;"}</a>'],
    ["JSON in a log line", 'x {"a":"MARK"} y', ["x ", "a", "MARK", " y"], 'x {"a":"\\"<"} y'],
    ["JSON that is cut off", '{"k":"MARK', ['{"k":"MARK'], '{"k":""<'],
    ["a member of JSON that is cut off", '{"k":"MARK","l', ['{"k":', "MARK", ',"l'], '{"k":"\\"<","l'],
    [
      "escaped JSON in a quoted text of a log line",
      'm="{\\"a\\":\\"MARK\\"}" n',
      ["m=", "a", "MARK", " n"],
      'm="{\\"a\\":\\"\\\\\\"<\\"}" n',
    ],
    ["a counted string", 's:4:"MARK";', ["s:", "MARK", '";'], 's:2:""<";'],
    ["one of several", 's:1:"a";s:4:"MARK";', ['s:1:"a";s:', "MARK", '";'], 's:1:"a";s:2:""<";'],
    ["a quoted text that is none of JSON", '"MARK"', ['"MARK"'], '""<"'],
  ])("%s", (_, text, nodes, written) => {
    expect(expand(text).map((node) => node.text)).toEqual(nodes);
    expect(replaceMark(text, '"<')).toBe(written);
  });
});

describe("left as they are", () => {
  test.each<[why: string, text: string]>([
    ["what holds nothing that matters", '{"a":"b"}'],
    ["fragments that hold nothing that matters", 'MARK {"a":"b"}'],
    ["a counted string that holds nothing that matters", 'MARK s:1:"a";'],
    ["a wrong count", 's:5:"MARK";'],
    ["half of a surrogate pair in a counted string", 's:7:"\ud800MARK";'],
  ])("%s", (_, text) => {
    expect(expand(text)).toEqual([expect.objectContaining({ text, start: 0, end: text.length })]);
  });

  test("a node that cannot be divided", () => {
    const node = { ...plainNode('["MARK"]', 0, 8), divisible: false };
    expect([...expandNodes([node], optionsOf())]).toEqual([node]);
  });
});

test("of JSON that is nested too deeply, what is not", () => {
  const text = '[["MARK"]]';
  expect(expand(text, optionsOf(2)).map((node) => node.text)).toEqual(["MARK"]);
  expect(expand(text, optionsOf(1)).map((node) => node.text)).toEqual(["[", "MARK", "]"]);
});

test("a quoted text is JSON where JSON is around it", () => {
  const inner = JSON.stringify("MARK");
  const text = JSON.stringify([inner]);
  expect(expand(text).map((node) => [node.text, node.start])).toEqual([["MARK", 4]]);
});

test("places are those in the outermost source, through spellings", () => {
  const text = "&lt;b>MARK&lt;/b>";
  const offsets = [0, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17];
  const node = mappedNode("<b>MARK</b>", offsets, (characters) =>
    characters.replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
  );
  const [found, ...more] = [...expandNodes([node], optionsOf())];
  expect(more).toEqual([]);
  expect(text.slice(found?.start, found?.end)).toBe("MARK");
  expect(found?.encode("<")).toBe("&amp;lt;");
});

describe("levels", () => {
  /** Elements, each the text of the one around it. */
  const nest = (levels: number): string => {
    let text = "MARK";
    for (let level = 0; level < levels; level++)
      text = `<a>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</a>`;
    return text;
  };

  test.each([
    [1, "MARK"],
    [5, "MARK"],
    [31, "MARK"],
    [32, "MARK"],
    [33, "<a>MARK</a>"],
    [34, "<a>&lt;a>MARK&lt;/a></a>"],
  ])("%d", (levels, innermost) => {
    expect(expand(nest(levels)).map((node) => node.text)).toEqual([innermost]);
  });
});

describe("what is added to nodes", () => {
  const annotate: Annotate = {
    document: function* (_, nodes) {
      for (const node of nodes) yield { ...node, labels: ["whole", ...(node.labels ?? [])] };
    },
    fragment: (node, nameAt) => ({ ...node, labels: [`part of ${nameAt(0)} of ${nameAt(1)}`, ...(node.labels ?? [])] }),
  };
  test.each<[why: string, text: string, labels: readonly string[] | undefined]>([
    ["of JSON", '{"a":"MARK"}', ["whole"]],
    ["of JSON in a line", 'x {"a":"MARK"}', ["whole"]],
    ["of JSON that breaks off", '{"a":{"b":"MARK","c', ["part of b of a"]],
    ["of JSON without its beginning", '"b":"MARK"}', ["part of b of undefined"]],
    ["of JSON in JSON that breaks off", '{"a":{"b":"MARK"},"c', ["part of b of a", "whole"]],
    ["of other text", "a MARK", undefined],
    ["of XML", "<a>MARK</a>", undefined],
  ])("%s", (_, text, labels) => {
    const found = expand(text, optionsOf(100, annotate)).filter((node) => node.text.includes("MARK"));
    expect(found.map((node) => node.labels)).toEqual([labels]);
  });

  test("nothing to what cannot matter", () => {
    const nodes = expand('{"a":"MARK","b":"x","c', optionsOf(100, annotate));
    expect(nodes.filter(({ labels }) => labels !== undefined).map(({ text }) => text)).toEqual(["MARK"]);
  });
});
