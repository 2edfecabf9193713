/** Base64 in texts: where it is, how it is spelt, and that other content gets the same spelling. */
import { describe, expect, test } from "@jest/globals";
import { type Base64, findBase64, formatBase64, someBase64 } from "../../../core/embedded/base64.ts";

const content = Buffer.from(`{"a":"${"?>~ and more, ".repeat(12)}"}`);
const other = Buffer.from(`{"other":"${"~~~???>>>".repeat(20)}"}.`);
const standard = content.toString("base64");
const url = content.toString("base64url");
const wrap = (text: string, width: number, between: string): string =>
  text.replace(new RegExp(`.{${width}}(?=.)`, "g"), `$&${between}`);
const plain = Buffer.from("words and words, ".repeat(9));

test.each<[why: string, spell: (content: Buffer) => string, before: string, behind: string, spelling: Partial<Base64>]>(
  [
    [
      "a whole text",
      (bytes) => bytes.toString("base64"),
      "",
      "",
      { alphabet: "base64", padded: true, width: 0, separator: "" },
    ],
    ["in a text", (bytes) => bytes.toString("base64"), "data: ", ", x", { percent: false }],
    ["without padding", (bytes) => bytes.toString("base64").replaceAll("=", ""), '"', '"', { padded: false }],
    ["in the URL alphabet", (bytes) => bytes.toString("base64url"), '"', '"', { alphabet: "base64url", padded: false }],
    ["in a JWT", (bytes) => bytes.toString("base64url"), "eyJ.", ".sig", { alphabet: "base64url", padded: false }],
    ["percent-encoded", (bytes) => encodeURIComponent(bytes.toString("base64")), "x%2Fy=", "&y=%2B", { percent: true }],
    [
      "between percent-encoded quotes",
      (bytes) => encodeURIComponent(bytes.toString("base64")),
      "x=%22",
      "%22",
      { percent: true },
    ],
    ["in lines", (bytes) => wrap(bytes.toString("base64"), 76, "\r\n"), "", "\r\n", { width: 76, separator: "\r\n" }],
    [
      "in indented lines",
      (bytes) => wrap(bytes.toString("base64"), 64, "\n  "),
      "a:\n  ",
      "\n",
      { width: 64, separator: "\n  " },
    ],
    [
      "in percent-encoded lines",
      (bytes) => encodeURIComponent(wrap(bytes.toString("base64"), 64, "\r\n")),
      "a=",
      "&b=c",
      { width: 64, separator: "%0D%0A", percent: true },
    ],
  ],
)("%s", (_, spell, before, behind, spelling) => {
  for (const [one, two] of [
    [content, other],
    [other, content],
  ] as const) {
    const text = `${before}${spell(one)}${behind}`;
    const [found, ...more] = findBase64(text);
    expect([found, more]).toEqual([expect.objectContaining(spelling), []]);
    if (found === undefined) continue;
    expect(text.slice(found.start, found.end)).toBe(spell(one));
    expect(Buffer.from(found.digits, "base64").equals(one)).toBe(true);
    expect(formatBase64(two, found)).toBe(spell(two));
  }
});

test("spaces that a form made of plus signs", () => {
  const spaced = standard.replaceAll("+", " ");
  const [found] = findBase64(spaced);
  expect(found).toMatchObject({ start: 0, end: spaced.length, digits: standard.replace(/=+$/, ""), padded: true });
  expect([...findBase64(`${"word ".repeat(23)}word`)]).toEqual([]);
  expect([...findBase64(`${spaced}, x`)].filter(({ start }) => start === 0)).toEqual([]);
});

describe("where digits do not tell the alphabet or the padding", () => {
  const digits = plain.toString("base64");
  test.each<[why: string, text: string, alphabet: string, padded: boolean]>([
    ["a text", `a: ${digits}, b`, "base64", true],
    ["digits that need padding and have none", `a: ${digits.slice(0, -2)}, b`, "base64", false],
    ["a query", `GET /a?b=1&state=${digits} HTTP/1.1`, "base64url", false],
    ["behind a dot", `a.${digits}`, "base64url", false],
    ["before a dot", `${digits}.a`, "base64url", false],
    ["an assignment", `state=${digits}`, "base64", true],
    ["both alphabets", `${digits.slice(0, -4)}+_AA`, "base64url", true],
  ])("%s", (_, text, alphabet, padded) => {
    expect([...findBase64(text)]).toEqual([expect.objectContaining({ alphabet, padded })]);
  });
});

describe("left closed, since a part of it would be written alone", () => {
  const [first, second] = [plain.toString("base64"), plain.toString("base64")];
  test.each<[why: string, text: string]>([
    ["a solidus of JSON", `"${first}\\/${second.slice(1)}"`],
    ["a plus sign of JSON", `"${first}\\u002b${second}"`],
    ["a solidus of JSON in JSON", `"${first}\\\\\\/${second.slice(1)}"`],
    ["percent-encoded twice", `x=${first}%252F${second}`],
    ["a number of XML", `"${first}&#43;${second}"`],
    ["a hexadecimal number of XML", `"${first}&#x2F;${second}"`],
    ["a name of HTML", `"${first}&amp;plus;${second}"`],
  ])("%s", (_, text) => {
    const found = [...findBase64(text)].filter(({ digits }) =>
      Buffer.from(digits, "base64").toString().startsWith("word"),
    );
    expect(found).toEqual([]);
  });

  test("but not between escaped quotes", () => {
    expect([...findBase64(`\\"${first}\\", &quot;${second}&quot;`)].map(({ digits }) => digits)).toEqual([
      first,
      second,
    ]);
  });
});

describe("some, also in what is not decoded yet", () => {
  const php = standard.replaceAll("/", "\\/");
  const lines = wrap(standard, 76, "\r\n");
  test.each<[why: string, text: string, is: boolean]>([
    ["as it is", `x ${standard}`, true],
    ["the URL alphabet", `x ${url}`, true],
    ["none at all", "words and more words", false],
    ["of other content", `x ${plain.toString("base64")}`, false],
    ["a solidus of PHP", `"${php}"`, true],
    ["JSON in JSON", JSON.stringify(JSON.stringify([php])), true],
    ["codes of JSON", `"\\u0022${standard.replaceAll("+", "\\u002B").replaceAll("/", "\\u002f")}\\u0022"`, true],
    ["lines of JSON", JSON.stringify([lines]), true],
    ["lines of JSON with tabs", JSON.stringify([wrap(standard, 76, "\n\t")]), true],
    ["a line of JSON before it", JSON.stringify([`line\n${standard}`]), true],
    ["a form", `a=${encodeURIComponent(standard)}`, true],
    ["JSON in a form", `a=${encodeURIComponent(JSON.stringify([php]))}`, true],
    ["JSON with lines in a form in a form", encodeURIComponent(encodeURIComponent(JSON.stringify([lines]))), true],
    ["lines of XML that end with CR", `<a>${lines.replaceAll("\r", "&#13;")}</a>`, true],
    ["lines of an attribute", `<a b="${lines.replaceAll("\r\n", "&#xA;")}"/>`, true],
    ["lines of an attribute in an element", `<a>&lt;a b="${lines.replaceAll("\r\n", "&amp;#10;")}"/></a>`, true],
  ])("%s", (_, text, is) => {
    const wanted = (digits: string): boolean => Buffer.from(digits, "base64").includes('{"a":"?>~ and');
    expect(someBase64(text, wanted)).toBe(is);
  });
});

test.each(["\\", "%25", "&amp;", "\\n ", "%2B", "&#43;", "=", "+ "])("megabytes of %j are read once", (part) => {
  const text = `${part.repeat(2_000_000 / part.length)}.${standard}`;
  expect(someBase64(text, (digits) => digits.startsWith(standard.slice(0, 40)))).toBe(true);
  expect([...findBase64(text)].at(-1)?.digits).toBe(standard.replace(/=+$/, ""));
});
