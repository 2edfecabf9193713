import { describe, expect, test } from "@jest/globals";
import { parseXml } from "../../../core/text/xml-document.ts";
import { describeError } from "../../support/codec.ts";

describe("what there is", () => {
  test("elements in document order, with their parents and attributes", () => {
    const source = "\ufeff<a><b c='1' d = \"2\"/><e:f></e:f></a>\n";
    const { elements } = parseXml(source, 9);
    expect(
      elements.map(({ name, parent, attributes }) => [
        name,
        parent,
        ...attributes.map(({ name: own, quote, start, end }) => `${own}=${quote}${source.slice(start, end)}`),
      ]),
    ).toEqual([
      ["a", -1],
      ["b", 0, "c='1", 'd="2'],
      ["e:f", 0],
    ]);
  });

  test("runs of text from tag to tag, in pieces", () => {
    const source = "<a>x<![CDATA[<]]><!--c--><b>y</b><?p q?>z</a>";
    const [a, b] = parseXml(source, 9).elements;
    const show = (element: typeof a): readonly (readonly string[])[] | undefined =>
      element?.runs.map(({ pieces }) =>
        pieces.map(
          ({ kind, start, end, outerStart, outerEnd }) =>
            `${kind} ${source.slice(start, end)} in ${source.slice(outerStart, outerEnd)}`,
        ),
      );
    expect(show(a)).toEqual([
      ["characters x in x", "cdata < in <![CDATA[<]]>", "comment c in <!--c-->"],
      ["instruction p q in <?p q?>", "characters z in z"],
    ]);
    expect(show(b)).toEqual([["characters y in y"]]);
  });

  test("comments and instructions outside, and no declaration", () => {
    const source = '<?xml version="1.0" encoding=\'UTF-8\' standalone="no" ?><!--a--><b/><?c d?>';
    expect(parseXml(source, 9).outside.map(({ start, end }) => source.slice(start, end))).toEqual(["a", "c d"]);
  });
});

test.each<[source: string, expected: string | undefined, why: string]>([
  ["", "body_malformed@0", "nothing"],
  ["<a>", "body_malformed@3", "no end"],
  ["<a></b>", "body_malformed@6", "another end"],
  ["<a/><b/>", "body_malformed@4", "two roots"],
  ["<a/>x", "body_malformed@4", "text after it"],
  ["<a b/>", "body_malformed@4", "no value"],
  ["<a b=c/>", "body_malformed@5", "no quotes"],
  ["<a b='1'c='2'/>", "body_malformed@8", "no blank"],
  ["<a b='1' b='2'/>", "body_malformed@8", "twice"],
  ["<a b='<'/>", "body_malformed@6", "markup in a value"],
  ["<a>&nbsp;</a>", "body_malformed@3", "an entity"],
  ["<a>x&amp</a>", "body_malformed@4", "no semicolon"],
  ["<a>&#0;</a>", "body_malformed@3", "no character"],
  ["<a>&#x110000;</a>", "body_malformed@3", "beyond Unicode"],
  ["<a>x]]></a>", "body_malformed@4", "the end of CDATA"],
  ["<a>\u0001</a>", "body_malformed@3", "a control character"],
  ["<a>\ufffe</a>", "body_malformed@3", "no character of XML"],
  ["<a><!-- -- --></a>", "body_malformed@7", "two dashes"],
  ["<a><!-- ---></a>", "body_malformed@7", "three at the end"],
  ["<a><?xml x?></a>", "body_malformed@5", "a declaration within"],
  ["<a><?b/?></a>", "body_malformed@5", "no space after the target"],
  ["<!DOCTYPE a><a/>", "body_malformed@1", "a document type"],
  ["<:a/>", "body_ambiguous@1", "an empty prefix"],
  ["<a:/>", "body_ambiguous@1", "an empty local name"],
  ["<a:b:c/>", "body_ambiguous@1", "two colons"],
  ["<1/>", "body_malformed@1", "no name"],
  ["<é.-1/>", undefined, "a name"],
  ["<a><b><c/></b></a>", undefined, "two levels, and an empty one"],
  ["<a><b><c></c></b></a>", "too_deep@9", "three levels"],
  ['<?xml version="1.1"?><a/>', "body_malformed@0", "another version"],
  ['<?xml version="1.0" encoding="iso-8859-1"?><a/>', undefined, "ASCII in another encoding"],
  ['<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>', "charset_unsupported@0", "another encoding"],
  ['<?xml version="1.0" encoding="utf-16"?><a/>', "charset_unsupported@0", "one that is not ASCII's"],
])("%s: %s, %s", (source, expected) => {
  expect(describeError(() => void parseXml(source, 2))).toBe(expected);
});
