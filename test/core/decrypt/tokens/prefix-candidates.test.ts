/** Where prefixes may begin: in every escape of them, and hardly anywhere else in what systems write. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { findTokens } from "../../../../core/decrypt/tokens/find-tokens.ts";
import { createCandidates } from "../../../../core/decrypt/tokens/prefix-candidates.ts";
import type { Markers } from "../../../../core/token/marker.ts";

const recipients: readonly Markers[] = [
  { prefix: "#01#", suffix: "#10#" },
  { prefix: "~b.-2~", suffix: "~2~b~" },
  { prefix: "*_x!", suffix: "!x_*" },
];

function placesIn(text: string): readonly number[] {
  const next = createCandidates(text, recipients);
  const places: number[] = [];
  for (let at = next(); at >= 0; at = next()) places.push(at);
  return places;
}

describe("a place", () => {
  test.each([
    "#01#",
    "#0\n1#",
    "#\r\n  01#",
    "#=\n01#",
    "#%3D%0A01#",
    "#\\n01#",
    "#\\\n01#",
    "%2301%23",
    "%23%30%31%23",
    "%252301%2523",
    "%25252301#",
    "%25%32%33%2501",
    "%25%2532301#",
    "\\u002301#",
    "\\#01\\#",
    "\\x23\\x30",
    "%5Cu002301",
    "%5C%75002301",
    "%255C%255Cu0023",
    "\\u005cu0023",
    "\\u005c\\u00750023",
    "&#35;01",
    "&#x000023;&#48;",
    "&num;01",
    "&amp;num;01",
    "&amp;amp;#35;01",
    "&amp;#x23;01",
    "%26num%3B01",
    "%26num;01",
    "%26%23%33%35%3B01",
    "%26amp%3B%2335%3B01",
    "&percnt;2301",
    "&#37;2301",
    "&bsol;u0023",
    "\\u0026#35;01",
    "#&#48;1#",
    "#&amp;#48;1#",
    "#%301#",
    "#%25301#",
    "~b\\.\\-2~",
    "\\~b.-2~",
    "&ast;&lowbar;x!",
    "\\*\\_x!",
  ])("%j", (prefix) => {
    expect(placesIn(`a ${prefix}QUJDREVGR0hJSktMTU5PUFFSU1RV`)).toContain(2);
  });
});

describe("all places, in order", () => {
  test.each<[text: string, places: readonly number[], why: string]>([
    ["", [], "nothing"],
    ["a b", [], "no character that one begins with"],
    ["# % & \\ x", [], "characters that one begins with"],
    ["#01##01#", [0, 4], "one at the beginning"],
    ["#01~b.-2~ *_x! #0!", [3, 10], "of several recipients, one cut off"],
    ["\\u002301#", [0], "a backslash"],
    ["x\\\\u002301#", [1], "two, of one escape"],
    ["x\\\\\\u002301#", [3], "three, of which the first two are a backslash of the text"],
    ["x\\\\\\\\u002301#", [1], "four, of one escape"],
    ["%2301# #01# &#35;01# \\#01#", [0, 7, 12, 21, 22], "each way to open one"],
  ])("%s has %j: %s", (text, expected) => {
    const next = createCandidates(text, recipients);
    const places = expected.map(() => next());
    expect([...places, next(), next()]).toEqual([...expected, -1, -1]);
  });
});

/** Escapes of a single character that show, whatever it is. */
const escapes: readonly ((character: string) => string)[] = [
  (character) => `%${hex(character)}`,
  (character) => `%${hex(character).toUpperCase()}`,
  (character) => `\\u00${hex(character)}`,
  (character) => `\\x${hex(character)}`,
  (character) => `&#${character.charCodeAt(0)};`,
  (character) => `&#x00${hex(character)};`,
];

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, "0");
}

test("a prefix is found of which each layer escapes some characters, those that open escapes among them", () => {
  const layer = fc.record({
    escape: fc.constantFrom(...escapes),
    others: fc.constantFrom(/[^]/, /[^A-Za-z0-9]/, /[\\%&]/, /[\\%&#~*!]/, /[\\%&0-9]/),
  });
  fc.assert(
    fc.property(fc.constantFrom(...recipients), fc.array(layer, { maxLength: 4 }), ({ prefix }, layers) => {
      let text = `${prefix}QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0`;
      for (const { escape, others } of layers)
        text = [...text].map((character) => (others.test(character) ? escape(character) : character)).join("");
      fc.pre(text.length < 50_000);
      expect(placesIn(`a ${text}`)).toContain(2);
      expect(findTokens(`a ${text}`, recipients)).toMatchObject([{ start: 2, kind: "damaged" }]);
    }),
    { numRuns: 500 },
  );
});

const json = JSON.stringify({
  id: 7,
  name: "Anna #1234",
  url: "https://x/y?z=%23&a=b",
  note: 'a \\ b # <b>&amp;</b> "q"\n',
});

describe("no place", () => {
  test.each([
    ["JSON", json],
    ["JSON in JSON in JSON", JSON.stringify(JSON.stringify(json))],
    ["JSON of PHP", json.replaceAll("/", "\\/")],
    ["JSON in a form", encodeURIComponent(json)],
    ["JSON in JSON in a form", encodeURIComponent(JSON.stringify(json))],
    ["a path in JSON in a form", encodeURIComponent(JSON.stringify({ path: "C:\\x\\u\\temp" }))],
    ["a URL in a URL", encodeURIComponent(`https://b/?q=${encodeURIComponent("ä #12 & b")}`)],
    ["XML", `<m>${json.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")}</m>`],
    ["entities", "<p>&#1047;&#35;&#39;12&#160;&nbsp;&mdash;</p>"],
    ["a script", '#!/bin/sh\n#\n# comment\necho "\\$x" \\\n  --opt=1'],
    ["Markdown", "# Title \\# \\* x\n\n* item *bold* ~~x~~\n"],
    ["a regular expression", "^\\d+\\#\\*\\!12\\.x$\n"],
    ["TeX", "\\section{A 1} \\% \\& \\# $x$ \\\\\n"],
    ["colours", "a { color: #0fcc00; background: #0123ab; }"],
    ["a log line", '"GET /search?q=caf%C3%A9%20%26%20bar%237&u=https%3A%2F%2Fx.y%2Fa%3Fb%3D%2523c HTTP/1.1" 200'],
  ])("%s", (_, text) => {
    expect(placesIn(text)).toEqual([]);
  });
});
