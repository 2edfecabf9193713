/** Values in elements in other text: what a parser of XML reads of them. */
import { describe, expect, test } from "@jest/globals";
import { SaxesParser } from "saxes";
import { isInMarkup } from "../../../../core/decrypt/tokens/markup-context.ts";
import { formatToken } from "../../../../core/token/grammar.ts";
import { createRecipient } from "../../../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../../../core/token/sealed-content.ts";
import { keys, openTokens } from "../../../support/edge.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
const token = (value: string): string =>
  formatToken(recipient, sealJson(createContentKey(recipient), undefined, JSON.stringify(value)));

test.each([
  ['2026 INFO <e a="@"/>', true],
  ["2026 INFO <e a='@'/>", true],
  ['<e   b  =  "1"   a  =  "@', true],
  ["<e   b='1'   >@</e", true],
  ['<e b="1" c a = "x @ y">', true],
  ['x <m:e xmlns:m="u">@</m:e> y', true],
  ["x <e>a @ b</e>", true],
  ["x <e/>@<f/>", true],
  ["x </e>@<!-- c -->", true],
  ["x <!-- c -->@</e>", true],
  ["<p\n  class='x'\n>\n@\n</p>", true],
  ["a < b > @ < c", false],
  ["a <b> @", false],
  ["<34>Oct 11 host app: @ <x", false],
  ["from <ada@example.com> to @ <b@example.com>", false],
  ['key="@"', false],
  ["<e a=@>", false],
  ['<e a="1"> key="@"', false],
  ['<e a="1"@>', false],
  ["@", false],
] as const)("%j", (text, expected) => {
  const start = text.indexOf("@", text.includes("example") ? 30 : 0);
  expect(isInMarkup(text, { start, end: start + 1 })).toBe(expected);
});

describe.each(['"><admin/><e a="', "'><admin/>", "</v><admin>true</admin><v>", "&amp;]]>", "a < b"])("%j", (value) => {
  test.each([
    { where: "a log line", wrap: (xml: string) => `2026-11-24 INFO request ${xml} took 3 ms` },
    { where: "a string of JSON", wrap: (xml: string) => JSON.stringify({ html: `Dear all, ${xml} regards` }) },
    {
      where: "a cell of CSV",
      wrap: (xml: string) => `a,b\r\n1,"see ${xml.replaceAll('"', '""')}"\r\n`,
      contentType: "text/csv",
    },
  ])("$where", async ({ wrap, ...more }) => {
    const one = token(value);
    const { body } = await openTokens({
      body: wrap(`<r><e a="${one}" b='x ${one}'/><v>${one}</v></r>`),
      contentType: "contentType" in more ? more.contentType : "text/plain",
    });
    const text = body.startsWith("{")
      ? (JSON.parse(body) as { readonly html: string }).html
      : body.startsWith("a,b")
        ? body.slice(5, -3).replaceAll('""', '"')
        : body;
    const names: string[] = [];
    const values: string[] = [];
    const parser = new SaxesParser();
    parser.on("error", (error) => {
      throw error;
    });
    parser.on("opentag", ({ name, attributes }) => {
      names.push(name);
      values.push(...Object.values(attributes).map(String));
    });
    parser.on("text", (characters) => values.push(characters));
    parser.write(text.slice(text.indexOf("<r>"), text.indexOf("</r>") + 4)).close();
    expect([names, values]).toEqual([
      ["r", "e", "v"],
      [value, `x ${value}`, value],
    ]);
  });
});
