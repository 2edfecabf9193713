/** How a value is written for a token, by the token's place. */
import { describe, expect, test } from "@jest/globals";
import type { OpenedValue } from "../../../core/decrypt/open-tokens.ts";
import { locateTokens } from "../../../core/decrypt/token-document.ts";
import { charactersOf, writeValue } from "../../../core/decrypt/write-value.ts";
import { listSites } from "../../../core/embedded/visited-document.ts";
import { direct, readerOf } from "../../support/tokens.ts";

const token = direct("a");
const text = (characters: string): OpenedValue => ({ kind: "json", json: JSON.stringify(characters) });
const json = (literal: string): OpenedValue => ({ kind: "json", json: literal });
const file = (bytes: Buffer): OpenedValue => ({ kind: "bytes", bytes });

/** What is written for the one token of a text. */
function write(value: OpenedValue, body: string, contentType?: string, settings: object = {}): string {
  const reader = readerOf(settings);
  const [placed] = listSites(locateTokens(Buffer.from(body), contentType, reader));
  if (placed === undefined) throw new TypeError("there is a token");
  return writeValue(placed, value, reader);
}

const php = (inner: string): string => JSON.stringify(inner).replaceAll("/", "\\/");
const part = (content: string): string => `--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n${content}\r\n--x--`;

test.each<[why: string, value: OpenedValue, body: string, contentType: string | undefined, written: string]>([
  ["a string for a string", text('a"'), JSON.stringify([token]), undefined, '"a\\""'],
  ["a number for a string", json("1.50"), JSON.stringify([token]), undefined, "1.50"],
  ["a file for a string", file(Buffer.from('é"')), JSON.stringify([token]), undefined, '"é\\""'],
  ["a name stays a string", json("1.50"), JSON.stringify({ [token]: 1 }), undefined, '"1.50"'],
  ["a part of a string", text('a"'), JSON.stringify([`x ${token}`]), undefined, 'a\\"'],
  ["a number in a part of a string", json("1.50"), JSON.stringify([`x ${token}`]), undefined, "1.50"],
  ["text", text('a"\n'), `x ${token}`, "text/plain", 'a"\n'],
  ["a form", text("a&b="), `x=${encodeURIComponent(token)}`, "application/x-www-form-urlencoded", "a%26b%3D"],
  ["XML", text("<&"), `<a>${token}</a>`, "text/xml", "&lt;&amp;"],
  ["HTML", text('<&"'), `<p>${token}</p>`, "text/html", "&#60;&#38;&#34;"],
  ["a plain cell, which is spelt as a whole", text('a,"'), `a\n${token}\n`, "text/csv", 'a,"'],
  ["a quoted cell", text('a,"'), `a\n"${token}"\n`, "text/csv", 'a,""'],
  ["escaped as JSON in text", text('a"'), `x ${token.replaceAll("#", "\\u0023")}`, "text/plain", 'a\\"'],
  ["percent-encoded in text", text("a&"), `x ${encodeURIComponent(token)}`, "text/plain", "a%26"],
  ["a string of JSON that breaks off", text('a"'), `{"a":"${token}","b`, undefined, '"a\\""'],
  ["JSON in a URL in text", text('"'), `x ${encodeURIComponent(JSON.stringify({ a: token }))}`, "text/plain", "%5C%22"],
  ["JSON of PHP in JSON of PHP", text("/"), php(`{"a":${php(token)}}`).slice(1, -1), "text/plain", "/"],
  [
    "a part of a form: its bytes",
    file(Buffer.of(0x61, 0xff)),
    part(token),
    "multipart/form-data; boundary=x",
    "a\u00ff",
  ],
  [
    "a piece of a part: characters",
    file(Buffer.from("é")),
    part(`x ${token}`),
    "multipart/form-data; boundary=x",
    "\u00c3\u00a9",
  ],
])("%s", (_, value, body, contentType, written) => {
  expect(write(value, body, contentType)).toBe(written);
});

describe("what cannot be written", () => {
  test.each<[why: string, value: OpenedValue, body: string, contentType: string | undefined, code: string]>([
    ["half of a surrogate pair in text", json('"\\ud800"'), token, "text/plain", "value_unwritable"],
    [
      "or in JSON in text",
      json('"\\ud800"'),
      `x ${token.replaceAll("#", "\\u0023")}`,
      "text/plain",
      "value_unwritable",
    ],
    ["a file that is no text in JSON", file(Buffer.of(0xff)), JSON.stringify([token]), undefined, "token_invalid"],
    ["a file that is no text in text", file(Buffer.of(0xff)), token, "text/plain", "token_invalid"],
    [
      "half of a surrogate pair in an escape in JSON",
      json('"\\ud800"'),
      JSON.stringify([`x ${token.replaceAll("#", "&#35;")}`]),
      undefined,
      "value_unwritable",
    ],
    ["what XML cannot have", text("\u0000"), `<a>${token}</a>`, "text/xml", "value_unwritable"],
    ["what would end a part", text("\r\n--x"), part(token), "multipart/form-data; boundary=x", "value_unwritable"],
  ])("%s", (_, value, body, contentType, code) => {
    expect(() => write(value, body, contentType)).toThrow(expect.objectContaining({ code }));
  });

  test("but half of a surrogate pair is, where an escape can be", () => {
    expect(write(json('"\\ud800"'), JSON.stringify([`x ${token}`]))).toBe("\\ud800");
  });
});

describe("formulas", () => {
  const cell = `a\n"${token}"\n`;
  test.each<[why: string, characters: string, body: string, csvFormulas: string, written: string]>([
    ["an equals sign", "=1", cell, "escape", "'=1"],
    ["a plus sign", "+1", cell, "escape", "'+1"],
    ["a minus sign", "-1", cell, "escape", "'-1"],
    ["an at sign", "@a", cell, "escape", "'@a"],
    ["a tab", "\tx", cell, "escape", "'\tx"],
    ["a wide equals sign", "\uff1d1", cell, "escape", "'\uff1d1"],
    ["a sign behind another character", "1=1", cell, "escape", "1=1"],
    ["a reader that keeps them", "=1", cell, "keep", "=1"],
    ["a part of a cell", "=1", `a\n"x${token}"\n`, "escape", "=1"],
  ])("%s", (_, characters, body, csvFormulas, written) => {
    expect(write(text(characters), body, "text/csv", { csvFormulas })).toBe(written);
  });

  test("none in other text", () => {
    expect(write(text("=1"), token, "text/plain", { csvFormulas: "escape" })).toBe("=1");
  });
});

describe("JSON strings whose quotes are escaped, or are not read as JSON", () => {
  const wrap = (characters: string): string => characters.replace(/.{76}/g, "$&\n");
  const markup = (inner: string): string => `<p a="${inner.replaceAll('"', "&quot;")}">`;
  const slashes = token.replaceAll("/", "\\/");
  const code = (backslashes: string): string => token.replaceAll("#", `${backslashes}u0023`);
  const backslashes = (count: number): string => `${"\\".repeat(count)}"&`;
  test.each<[why: string, body: string, contentType: string, written: string]>([
    ["over lines", `{"a":"${wrap(token)}"}`, "text/plain", backslashes(1)],
    ["percent-encoded, over lines", `{"a":"${wrap(token.replaceAll("#", "%23"))}"}`, "text/plain", "%22%26"],
    ["in an attribute", markup(`{"a":"${token}"}`), "text/html", "\\&#34;&#38;"],
    ["of PHP in an attribute", markup(`{"a":"${slashes}"}`), "text/html", "\\&#34;&#38;"],
    ["of PHP in a query", `q=${encodeURIComponent(`{"a":"${slashes}"}`)}`, "text/plain", "%5C%22%26"],
    [
      "JSON in a string of PHP in an attribute",
      `x data-a="${JSON.stringify(`{"a":"${token}"}`).slice(1, -1).replaceAll("/", "\\/").replaceAll('"', "&quot;")}"`,
      "text/plain",
      "\\\\\\&#34;&#38;",
    ],
    ["JSON in JSON", `x \\"a\\":\\"${code("\\\\")}\\"`, "text/plain", backslashes(3)],
    ["JSON in JSON in JSON", `x \\"a\\":\\"${code("\\".repeat(4))}\\"`, "text/plain", backslashes(7)],
    ["JSON in JSON in a query", `q=${encodeURIComponent(`{"a":"${code("\\\\")}"}`)}`, "text/plain", "%5C%5C%5C%22%26"],
    ["of PHP with slashes added", php(`{"a":${php(token)}}`).replace(/[\\"']/g, "\\$&"), "text/plain", backslashes(7)],
    ["one that is no member", `${wrap(token)}"`, "text/plain", '"&'],
  ])("%s", (_, body, contentType, written) => {
    expect(write(text('"&'), body, contentType)).toBe(written);
  });
});

test.each([
  ["a string", json('"\\u0061\\n"'), "a\n"],
  ["a number", json("1.0"), "1.0"],
  ["a list", json('["a"]'), '["a"]'],
  ["an object whose text ends with a quote", json('{"a":"b"}'), '{"a":"b"}'],
  ["a file", file(Buffer.from("é")), "é"],
])("characters of %s", (_, value, characters) => {
  expect(charactersOf(value)).toBe(characters);
});
