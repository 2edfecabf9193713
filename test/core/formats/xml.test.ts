import { describe, expect, test } from "@jest/globals";
import { listTexts, readSource, replaceFound } from "../../support/codec.ts";

test.each<[why: string, source: string, rule: object, expected: string]>([
  ["an element", "<a><b>x</b><c>y</c></a>", { xml: ["/a/b"] }, "<a><b>T</b><c>y</c></a>"],
  [
    "whatever the prefix",
    '<n:a xmlns:n="u"><n:b>x</n:b></n:a>',
    { xml: ["/a/b"] },
    '<n:a xmlns:n="u"><n:b>T</n:b></n:a>',
  ],
  ["all that is in it", '<a><b>x<c d="z">y</c></b></a>', { xml: ["/a/b"] }, '<a><b>T<c d="T">T</c></b></a>'],
  ["not its own attributes", '<a><b d="z">x</b></a>', { xml: ["/a/b"] }, '<a><b d="z">T</b></a>'],
  ["an attribute", '<a><b d="z">x</b></a>', { xml: ["//@d"] }, '<a><b d="T">x</b></a>'],
  ["not a declaration of a namespace", '<a xmlns="u"/>', { xml: ["//@xmlns"] }, '<a xmlns="u"/>'],
  ["by name", '<a><b c="1"><c>2</c></b></a>', { fields: ["b.c"] }, '<a><b c="T"><c>T</c></b></a>'],
  ["once, where one is in another", "<a><b><b>x</b></b></a>", { xml: ["//b"] }, "<a><b><b>T</b></b></a>"],
  ["blanks are left", "<a><b> <c>x</c> </b></a>", { xml: ["/a/b"] }, "<a><b> <c>T</c> </b></a>"],
  ["CDATA", "<a><![CDATA[x]]></a>", { xml: ["/a"] }, "<a><![CDATA[T]]></a>"],
  ["characters and CDATA together", "<a>x<![CDATA[y]]></a>", { xml: ["/a"] }, "<a>T</a>"],
  ["a comment in it", "<a>x<!-- -->y</a>", { xml: ["/a"] }, "body_ambiguous@3"],
  ["not well-formed", "<a><b></a>", { xml: ["/a"] }, "body_malformed@9"],
])("%s", (_, source, rule, expected) => {
  expect(replaceFound("xml", source, { rule })).toBe(expected);
});

test.each([
  ["text", "<a>x</a>", { xml: ["/a"] }, '&<>\r"', '<a>&amp;&lt;&gt;&#13;"</a>'],
  ["an attribute in double quotes", '<a b="x"/>', { xml: ["//@b"] }, "\"'\n\t", '<a b="&quot;\'&#10;&#9;"/>'],
  ["an attribute in single quotes", "<a b='x'/>", { xml: ["//@b"] }, "\"'", "<a b='\"&apos;'/>"],
  ["CDATA", "<a><![CDATA[x]]></a>", { xml: ["/a"] }, "]]>", "<a><![CDATA[]]]]><![CDATA[>]]></a>"],
  ["characters that XML has not", "<a>x</a>", { xml: ["/a"] }, "\u0001", "value_unwritable"],
])("what is written in %s", (_, source, rule, text, expected) => {
  expect(replaceFound("xml", source, { rule }, text)).toBe(expected);
});

describe("nodes", () => {
  test.each([
    ["references", "<a>&lt;&#65;&#x1F600;</a>", ["<A\u{1f600}"]],
    ["line ends", "<a>x\r\ny\rz</a>", ["x\ny\nz"]],
    ["blanks of attributes", '<a b="x\r\ny\tz"/>', ["x y z"]],
    ["comments and instructions, also outside", "<!--o--><a>x<?p q?>y</a>", ["o", "p q", "x", "y"]],
    ["no declaration and no namespace", '<?xml version="1.0"?><a xmlns="u">x</a>', ["x"]],
  ])("%s", (_, source, texts) => {
    expect(listTexts("xml", source)).toEqual(texts);
  });

  test("have the local names around them, an attribute its own first", () => {
    const [attribute, text] = readSource("xml", '<n:a xmlns:n="u" b="x">y</n:a>').nodes();
    expect([attribute, text].map((node) => [0, 1, 2].map((level) => node?.nameAt?.(level)))).toEqual([
      ["b", "a", undefined],
      ["a", undefined, undefined],
    ]);
  });

  test("a comment cannot be written", () => {
    const [comment] = readSource("xml", "<a><!--x--></a>").nodes();
    expect(() => comment?.encode("y")).toThrow(expect.objectContaining({ code: "value_unwritable" }));
  });
});
