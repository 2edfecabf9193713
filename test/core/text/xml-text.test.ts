import { expect, test } from "@jest/globals";
import { parseXml } from "../../../core/text/xml-document.ts";
import { isInterrupted, readAttribute, readRun } from "../../../core/text/xml-text.ts";
import { describeError } from "../../support/codec.ts";

const runOf = (source: string) => {
  const run = parseXml(source, 9).elements[0]?.runs[0];
  if (run === undefined) throw new TypeError("there is no text");
  return run;
};

test.each([
  ["<a>x<!--c--></a>", true, "a comment after text"],
  ["<a><?p?>x</a>", true, "an instruction before text"],
  ["<a>x<![CDATA[y]]></a>", false, "text in two pieces"],
  ["<a> <!--c--> </a>", false, "a comment between blanks"],
  ["<a><!--c--></a>", false, "a comment alone"],
])("%s is interrupted: %p, %s", (source, expected) => {
  expect(isInterrupted(source, runOf(source))).toBe(expected);
});

test.each<[source: string, text: string | undefined, offsets: readonly number[], divisible: boolean, why: string]>([
  ["<a>xy</a>", "xy", [3, 4, 5], true, "characters"],
  ["<a>x&amp;y</a>", "x&y", [3, 4, 9, 10], true, "a reference is at its ampersand"],
  ["<a>&#x1F600;y</a>", "\u{1f600}y", [3, 3, 12, 13], true, "both halves of a pair too"],
  ["<a>x\r\ny</a>", "x\ny", [3, 4, 6, 7], true, "a line end of two characters"],
  ["<a><![CDATA[&lt;]]></a>", "&lt;", [12, 13, 14, 15, 16], true, "no references in CDATA"],
  ["<a>x<![CDATA[y]]></a>", "xy", [3, 17, 17], false, "pieces with the markup around them"],
  ["<a><!--c--></a>", undefined, [], true, "none"],
])("%s has the text %j: %5$s", (source, text, offsets, divisible) => {
  const node = readRun(source, runOf(source));
  expect(node?.text).toBe(text);
  if (node === undefined) return;
  expect([offsets.map((_, offset) => node.at(offset)), node.divisible]).toEqual([offsets, divisible]);
});

test.each([
  ["<a b='x\r\n\ty&#10;'/>", "x  y\n", "blanks"],
  ['<a b="&quot;&apos;"/>', "\"'", "quotes"],
])("%s has the value %j: %s", (source, text) => {
  const [attribute] = parseXml(source, 9).elements[0]?.attributes ?? [];
  if (attribute === undefined) throw new TypeError("there is no attribute");
  expect(readAttribute(source, attribute).text).toBe(text);
});

test.each([
  ["\u0000", false],
  ["\ud800", false],
  ["\uffff", false],
  ["\t\u{10ffff}", true],
])("%j can be written: %p", (characters, can) => {
  const written = describeError(() => readRun("<a>x</a>", runOf("<a>x</a>"))?.encode(characters));
  expect(written).toBe(can ? characters : "value_unwritable");
});
