/** Tokens as other systems leave them. */
import { describe, expect, test } from "@jest/globals";
import { findTokens, mayHoldTokens } from "../../../../core/decrypt/tokens/find-tokens.ts";
import { formatToken } from "../../../../core/token/grammar.ts";
import { createRecipient } from "../../../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../../../core/token/sealed-content.ts";
import { keys } from "../../../support/edge.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
/** With a plus sign and a slash in it, which is what systems change. */
const payload = ((): string => {
  for (;;) {
    const made = recipient.encrypt(Buffer.from("x")).toString("base64");
    if (made.includes("+") && made.includes("/")) return made;
  }
})();
const direct = formatToken(recipient, payload);
const sealed = formatToken(recipient, sealJson(createContentKey(recipient), "ssn", '"x"'));

const jsonEscape = (text: string): string =>
  text.replace(/./g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
const percent = (text: string): string => text.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`);
const wrap =
  (width: number, end: string) =>
  (text: string): string =>
    text.replace(new RegExp(`(.{${width}})(?=.)`, "g"), `$1${end}`);
const quoteOften = (text: string, times: number): string =>
  times === 0 ? text : quoteOften(JSON.stringify(text).slice(1, -1), times - 1);
const php = (text: string): string => text.replaceAll("/", "\\/");

const manglings: readonly (readonly [string, (text: string) => string])[] = [
  ["as it is", (text) => text],
  ["JSON with escaped slashes", php],
  ["JSON, all characters escaped", jsonEscape],
  ["JSON, plus signs escaped", (text) => text.replaceAll("+", "\\u002b")],
  ["JSON in JSON", (text) => JSON.stringify(php(text)).slice(1, -1)],
  ["JSON in JSON in JSON", (text) => JSON.stringify(JSON.stringify(php(text)).slice(1, -1)).slice(1, -1)],
  ["escapes in JSON", (text) => jsonEscape(text).replaceAll("\\", "\\\\")],
  ["JSON in JSON in JSON in JSON, of PHP", (text) => quoteOften(php(text), 3)],
  [
    "JavaScript, punctuation escaped",
    (text) => text.replace(/[^A-Za-z0-9]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`),
  ],
  [
    "JavaScript in JSON",
    (text) => text.replace(/[^A-Za-z0-9]/g, (c) => `\\\\x${c.charCodeAt(0).toString(16).toUpperCase()}`),
  ],
  ["Java's properties", (text) => text.replace(/[#!=:]/g, "\\$&")],
  ["Markdown", (text) => text.replace(/[#!*_.+~-]/g, "\\$&")],
  ["Markdown in JSON", (text) => JSON.stringify(text.replace(/[#!*_.+~-]/g, "\\$&")).slice(1, -1)],
  ["percent-encoded", encodeURIComponent],
  ["percent-encoded four times", (text) => [1, 2, 3, 4].reduce((escaped) => encodeURIComponent(escaped), text)],
  ["percent-encoded twice", (text) => encodeURIComponent(encodeURIComponent(text))],
  ["percent-encoded, lower case, all", percent],
  ["percent-encoded, all, twice", (text) => percent(percent(text))],
  ["JSON in a URL", (text) => encodeURIComponent(jsonEscape(text))],
  ["decimal entities", (text) => text.replace(/[^A-Za-z0-9]/g, (c) => `&#${c.charCodeAt(0)};`)],
  [
    "decimal entities with zeros",
    (text) => text.replace(/[^A-Za-z0-9]/g, (c) => `&#${String(c.charCodeAt(0)).padStart(10, "0")};`),
  ],
  [
    "hexadecimal entities with zeros",
    (text) => text.replace(/[^A-Za-z0-9]/g, (c) => `&#X${c.charCodeAt(0).toString(16).padStart(8, "0")};`),
  ],
  [
    "hexadecimal entities",
    (text) => text.replace(/[^A-Za-z0-9]/g, (c) => `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`),
  ],
  [
    "named entities",
    (text) =>
      text.replaceAll("#", "&num;").replaceAll("+", "&plus;").replaceAll("/", "&sol;").replaceAll("=", "&equals;"),
  ],
  ["entities in XML", (text) => text.replace(/[^A-Za-z0-9]/g, (c) => `&amp;#${c.charCodeAt(0)};`)],
  ["entities in JSON of Go", (text) => text.replace(/[^A-Za-z0-9]/g, (c) => `\\u0026#${c.charCodeAt(0)};`)],
  ["lines of 64", wrap(64, "\n")],
  ["lines of 76", wrap(76, "\r\n")],
  ["lines of 20", wrap(20, "\n")],
  ["lines of 76, indented", wrap(76, "\n    ")],
  ["lines in JSON", wrap(76, "\\n")],
  ["lines in JSON in JSON", wrap(76, "\\\\r\\\\n")],
  ["lines in a form", (text) => encodeURIComponent(wrap(76, "\r\n")(text))],
  ["without padding", (text) => text.replaceAll("=", "")],
  ["the URL alphabet", (text) => text.replaceAll("+", "-").replaceAll("/", "_")],
  ["the URL alphabet without padding", (text) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")],
  ["a form's spaces", (text) => text.replaceAll("+", " ")],
  ["lines joined with spaces", wrap(76, " ")],
  ["lines joined with spaces, markers apart", (text) => wrap(62, " ")(text).replace(/ (?=.{0,3}$)/, "")],
  ["lines that end in backslashes", wrap(70, "\\\n")],
  ["quoted-printable, soft breaks in a marker", (text) => wrap(text.length - 2, "=\r\n")(text.replace("#", "#=\n"))],
  ["quoted-printable", (text) => wrap(75, "=\n")(text.replaceAll("=", "=3D"))],
  ["padding percent-encoded", (text) => text.replaceAll("=", "%3D")],
];

describe.each(manglings)("%s", (_, mangle) => {
  test.each([
    ["direct", direct],
    ["sealed", sealed],
  ])("%s", (kind, token) => {
    const mangled = mangle(token);
    for (const [before, after] of [
      ["", ""],
      ["a ", " b"],
      ['{"x":"', '"}'],
      ["#01#", "#01#"],
      ["=", "&y="],
      ["#", "#"],
    ] as const) {
      const text = before + mangled + after + mangled;
      expect(mayHoldTokens(text, keys)).toBe(true);
      const found = [...findTokens(text, keys)];
      expect(found.map((each) => [each.kind, each.start, each.end])).toEqual([
        ["token", before.length, before.length + mangled.length],
        ["token", text.length - mangled.length, text.length],
      ]);
      expect(found.map((each) => each.kind === "token" && each.payload.kind)).toEqual([kind, kind]);
    }
  });

  test("cut off", () => {
    const mangled = mangle(direct);
    const found = [...findTokens(`${mangled.slice(0, mangled.length * 0.7)} "`, keys)];
    expect(found.map(({ kind, start }) => [kind, start])).toEqual([["damaged", 0]]);
  });
});

describe("no token", () => {
  test.each([
    ["a stray prefix", "#01# and more words than sixteen characters"],
    ["a short run", "#01#abc def"],
    ["a word a line", `#01#${"word\n".repeat(20)}`],
    ["an escaped backslash before a prefix that is none", "\\\\\\\\u0023x"],
    ["entities", "&#35;&#x23;&amp;&num;"],
    ["backslashes before punctuation", "\\#\\#01#\\#0\\1\\#"],
    ["prose behind a stray prefix", "#01# internationalization of a well-known documentation/overview page"],
    ["percent", "%23%2523%"],
    ["an unknown marker", direct.replaceAll("01", "07")],
  ])("%s", (_, text) => {
    expect([...findTokens(text, keys)]).toEqual([]);
  });
});

test("a payload with bits behind its last byte is damaged", () => {
  expect([...findTokens(`#01#${"A".repeat(341)}B==#10#`, keys)].map(({ kind }) => kind)).toEqual(["damaged"]);
});

test("padding within a payload is damage", () => {
  expect([...findTokens(direct.replace(/.{100}/, "$&=="), keys)].map(({ kind }) => kind)).toEqual(["damaged"]);
});

test("a token that is cut off does not swallow the next one", () => {
  const text = `${direct.slice(0, 200)}${direct}`;
  expect([...findTokens(text, keys)].map(({ kind, start }) => [kind, start])).toEqual([
    ["damaged", 0],
    ["token", 200],
  ]);
});

test.each([
  { way: "as it is", escape: (text: string) => text },
  { way: "percent-encoded", escape: encodeURIComponent },
  { way: "entities", escape: (text: string) => text.replaceAll("#", "&#35;") },
])("one that is cut off within its suffix, neither: $way", ({ escape }) => {
  for (const missing of [1, 2, 3, 4]) {
    const cut = escape(direct.slice(0, -missing));
    const found = findTokens(`${cut}${escape(direct)} ${escape(direct)}${escape(direct)}`, keys);
    expect([missing, ...found.map(({ kind, start }) => [kind, start])]).toEqual([
      missing,
      ["damaged", 0],
      ...[0, 1, 2].map((index) => ["token", cut.length + index * escape(direct).length + (index > 0 ? 1 : 0)]),
    ]);
  }
});

test("several recipients, each with its own suffix", () => {
  const other = direct.replace("#01#", "#02#").replace("#10#", "#20#");
  expect([...findTokens(direct + other, keys)].map((each) => each.recipient.id)).toEqual(["01", "02"]);
});

describe("hostile text of hundreds of kilobytes, which anything but linear work would not get through", () => {
  const units = [
    "#01#",
    "#01#AAAAAAAAAAAAAAA",
    "#01#AAAAAAAAAAAAAAAA ",
    "#01#A\n",
    "#01# ",
    "#0\n",
    "&#35;01&#35;",
    "%25",
    "%2523",
    "%5Cu0023",
    "\\",
    "\\\\u0023",
    "\\u0026#35;01",
    "\\#",
    "\\x5c",
    "%5c",
    "%5C%5C",
    "%26",
    "%26amp;",
    "&amp;amp;",
    "&#x5c;",
    "A.A ",
    "&amp;",
    "&amp;#35;",
    "\\u005c",
    "%23%30%31%23",
    "A\n",
    "A ",
    "A",
    "\n",
    "#10#",
    "#01#A.B.C.D.E#10#",
    "H4sI",
  ];

  test.each(units)("%j", (unit) => {
    const text = unit.repeat(Math.ceil(400_000 / unit.length));
    for (const hostile of [text, `#01#${text}`]) {
      mayHoldTokens(hostile, keys);
      expect(findTokens(hostile, keys).every(({ kind }) => kind === "damaged")).toBe(true);
    }
  });
});
