/** Places in a document and in those within it, and how the document is written with others in them. */
import { describe, expect, test } from "@jest/globals";
import {
  listBroken,
  listSites,
  type NodeSite,
  sortByOffset,
  type VisitedDocument,
  writeDocument,
} from "../../../core/embedded/visited-document.ts";
import { plainNode, type TextNode } from "../../../core/text/text-node.ts";

interface NamedSite extends NodeSite {
  readonly name: string;
}

const documentOf = (source: string, more: Partial<VisitedDocument<NamedSite>> = {}): VisitedDocument<NamedSite> => ({
  source,
  binary: false,
  sites: [],
  inner: [],
  broken: [],
  envelope: undefined,
  ...more,
});

const bracket = (characters: string): string => `<${characters}>`;

/** The site of a word in a node. */
function siteOf(name: string, node: TextNode, word: string, literal?: NodeSite["literal"]): NamedSite {
  const start = node.text.indexOf(word);
  return { name, node, part: { start, end: start + word.length }, literal };
}

describe("writing", () => {
  const write = (
    document: VisitedDocument<NamedSite>,
    replacements: readonly (readonly [NamedSite, string])[],
  ): string | undefined => writeDocument(document, new Map(replacements))?.toString();

  test("a part of a node that can be divided: what is written stands as it is", () => {
    const source = "say [one two] now";
    const site = siteOf("two", plainNode(source, 5, 12, bracket), "two");
    expect(write(documentOf(source, { sites: [site] }), [[site, "2"]])).toBe("say [one 2] now");
  });

  test("a node that cannot be divided is spelt anew, with all that is written in it", () => {
    const source = "say one two now";
    const node = { ...plainNode(source, 4, 11, bracket), divisible: false };
    const [one, two] = [siteOf("one", node, "one"), siteOf("two", node, "two")];
    const document = documentOf(source, { sites: [one, two] });
    expect(write(document, [[one, "1"]])).toBe("say <1 two> now");
    expect(
      write(document, [
        [two, "2"],
        [one, "1"],
      ]),
    ).toBe("say <1 2> now");
  });

  test("a literal is replaced with its quotes", () => {
    const source = '["one"]';
    const literal = { start: 1, end: 6, json: '"one"', restore: (json: string) => json };
    const site = siteOf("one", { ...plainNode(source, 2, 5), literal }, "one", literal);
    expect(write(documentOf(source, { sites: [site] }), [[site, "1"]])).toBe("[1]");
  });

  test("sites that come in another order", () => {
    const source = "one two";
    const sites = ["two", "one"].map((word) => siteOf(word, plainNode(source, 0, 7), word));
    expect(
      write(
        documentOf(source, { sites }),
        sites.map((site) => [site, site.name.toUpperCase()]),
      ),
    ).toBe("ONE TWO");
  });

  test("nothing is written where nothing is replaced, also within", () => {
    const source = "one";
    const site = siteOf("one", plainNode(source, 0, 3), "one");
    const inner = documentOf(source, { sites: [site] });
    const document = documentOf("(one)", { inner: [{ node: plainNode("(one)", 1, 4), document: inner }] });
    expect(write(inner, [])).toBeUndefined();
    expect(write(document, [])).toBeUndefined();
  });

  test("a text within is wrapped up again, in what is around it and in what its place needs", () => {
    const wrap = (content: Buffer): Buffer => Buffer.from(content.toString("base64"));
    const site = siteOf("one", plainNode("one!", 0, 4), "one");
    const inner = documentOf("one!", { sites: [site], envelope: { content: Buffer.from("one!"), wrap } });
    const node = plainNode("x b25lIQ== y", 2, 10, bracket);
    const other = { node: plainNode("x b25lIQ== y", 0, 1), document: documentOf("zero") };
    const document = documentOf("x b25lIQ== y", { inner: [other, { node, document: inner }] });
    expect(write(document, [[site, "1"]])).toBe(`x <${Buffer.from("1!").toString("base64")}> y`);
  });

  test("characters that are bytes are written as bytes", () => {
    const source = "é one";
    const site = siteOf("one", plainNode(source, 2, 5), "one");
    const bytes = writeDocument(documentOf(source, { sites: [site], binary: true }), new Map([[site, "ÿ"]]));
    expect([...(bytes ?? [])]).toEqual([0xe9, 0x20, 0xff]);
  });
});

describe("listing", () => {
  const word = (name: string, source: string): NamedSite => siteOf(name, plainNode(source, 0, source.length), name);
  const innermost = documentOf("d", { sites: [word("d", "d")] });
  const within = documentOf("--c", {
    sites: [word("c", "--c")],
    inner: [{ node: plainNode("--c", 0, 2), document: innermost }],
  });
  const source = "b....a";
  const document = documentOf(source, {
    sites: [word("a", source), word("b", source)],
    inner: [{ node: plainNode(source, 2, 4), document: within }],
  });

  test.each<[why: string, arrange: Parameters<typeof listSites<NamedSite>>[1], sites: string]>([
    ["as they were found, those within last", undefined, "a5 b0 c2 d2"],
    ["each document's by their places", sortByOffset, "b0 d2 c2 a5"],
  ])("%s", (_, arrange, sites) => {
    const listed = listSites(document, arrange);
    expect(listed.map(({ site, offset }) => `${site.name}${offset}`).join(" ")).toBe(sites);
    expect(listed.map((each) => each.document.source)).toEqual(
      listed.map(({ site }) => ({ a: source, b: source, c: "--c", d: "d" })[site.name]),
    );
  });

  test("a literal begins at its quote", () => {
    const literal = { start: 1, end: 4, json: '"a"', restore: (json: string) => json };
    const node = plainNode('["a"]', 2, 3);
    const offsets = [literal, undefined].map((each) =>
      listSites(documentOf('["a"]', { sites: [siteOf("a", node, "a", each)] })).map(({ offset }) => offset),
    );
    expect(offsets).toEqual([[1], [2]]);
  });

  test("broken texts, at the places of those of the outermost text that hold them", () => {
    const node = (start: number): TextNode => plainNode(source, start, start + 1);
    const inner = documentOf("x", {
      broken: [{ node: plainNode("x", 0, 1), code: "content_coding_malformed" }],
    });
    const broken = documentOf(source, {
      broken: [
        { node: node(5), code: "too_deep" },
        { node: node(0), code: "too_deep" },
      ],
      inner: [{ node: node(3), document: inner }],
    });
    expect(listBroken(broken)).toEqual([
      { offset: 0, code: "too_deep" },
      { offset: 3, code: "content_coding_malformed" },
      { offset: 5, code: "too_deep" },
    ]);
  });
});
