/** Single characters through layers of escapes. */
import { describe, expect, test } from "@jest/globals";
import { createCharacterDecoder } from "../../../../core/decrypt/tokens/character-decoder.ts";
import { escapeIn, escapeKinds } from "../../../../core/decrypt/tokens/escape-layers.ts";

const { json, percent, entity, backslash } = escapeKinds;
const decode = (text: string, layers: number) => createCharacterDecoder(text)(0, layers);

describe("one layer", () => {
  test.each([
    ["a", "a", 0, "no escape"],
    ["é", "é", 0, "beyond ASCII"],
    ["", "", 0, "the end of the text"],
    ["\\u0023", "#", json, "JSON"],
    ["\\u002B", "+", json, "JSON, a capital"],
    ["\\x23", "#", json, "JavaScript"],
    ["\\n", "\n", json, "JSON, a letter"],
    ["\\/", "/", json, "JSON, a solidus"],
    ["\\\\", "\\", json, "JSON, a backslash"],
    ['\\"', '"', json, "JSON, a quote"],
    ["\\#", "#", backslash, "a backslash before punctuation"],
    ["\\-", "-", backslash, "a backslash before a hyphen"],
    ["%23", "#", percent, "percent-encoding"],
    ["%2b", "+", percent, "percent-encoding, a small letter"],
    ["&#35;", "#", entity, "decimal entity"],
    ["&#x0023;", "#", entity, "hexadecimal entity"],
    ["&num;", "#", entity, "named entity"],
    ["&#000000000000035;", "#", entity, "an entity of 16 characters"],
  ])("%s is %j: %s", (text, value, layers) => {
    expect(decode(text, 1)).toEqual({ value, end: Math.max(text.length, 1), layers });
    expect(decode(`${text}0;`, 1)).toMatchObject(text === "" ? { value: "0" } : { value, end: text.length });
  });

  test.each([
    ["\\u00e9", "JSON beyond ASCII"],
    ["\\u002", "too few digits"],
    ["\\u002g", "no digit"],
    ["\\x2", "too few digits of JavaScript"],
    ["\\a", "no escape of JSON"],
    ["\\", "a backslash at the end"],
    ["%2", "half an escape"],
    ["%80", "percent-encoding beyond ASCII"],
    ["%zz", "no digits"],
    ["&#35", "an entity without its end"],
    ["&nbsp;", "an entity that no token has"],
    ["&#0000000000000035;", "an entity of 17 characters"],
    ["&#00000000000000%3035;", "an entity of 18 characters, one of them escaped"],
    ["& num;", "a blank in an entity"],
  ])("%s is left as it is: %s", (text) => {
    expect(decode(text, 7)).toEqual({ value: text[0], end: 1, layers: 0 });
  });

  test("no layer is undone unless asked for", () => {
    expect(decode("%23", 0)).toEqual({ value: "%", end: 1, layers: 0 });
  });
});

describe("several layers", () => {
  const in1 = (kind: (typeof escapeKinds)[keyof typeof escapeKinds]) => escapeIn(kind, 1);

  test.each([
    ["%2523", 1, "%", percent, "not enough layers"],
    ["%2523", 2, "#", percent | in1(percent), "percent-encoding twice"],
    ["%23", 5, "#", percent, "no more layers than there are"],
    ["%25%32%33", 2, "#", percent | in1(percent), "all characters percent-encoded"],
    ["\\\\u0023", 2, "#", json | in1(json), "JSON in JSON"],
    ["\\u005cu0023", 2, "#", json | in1(json), "an escaped backslash"],
    ["\\\\#", 2, "#", json | in1(backslash), "Markdown in JSON"],
    ["&amp;num;", 2, "#", entity | in1(entity), "entities twice"],
    ["&amp;#35;", 2, "#", entity | in1(entity), "an entity in XML"],
    ["\\u0026#35;", 2, "#", json | in1(entity), "an entity in JSON"],
    ["%26num%3B", 2, "#", percent | in1(entity), "an entity in a URL"],
    ["%5Cu0023", 2, "#", percent | in1(json), "JSON in a URL"],
    ["%5C%75%30%30%32%33", 2, "#", percent | in1(json), "all characters of JSON in a URL"],
    ["&percnt;23", 2, "#", entity | in1(percent), "percent-encoding in markup"],
    ["%2%33", 2, "#", percent | in1(percent), "a digit escaped alone"],
    ["&n%75m;", 2, "#", percent | in1(entity), "a letter of a name escaped alone"],
  ])("%s, at most %d: %j", (text, layers, value, expected) => {
    expect(decode(`${text}0`, layers)).toMatchObject({ value, layers: expected });
    expect(decode(`${text}0`, layers).end).toBe(value === "%" ? 3 : text.length);
  });

  test("an escape that ends in none after all is that of its first character", () => {
    expect(decode("%25zz", 5)).toEqual({ value: "%", end: 3, layers: percent });
  });
});

test("what was decoded is the same when it is asked for again, with fewer layers, and after much else", () => {
  const text = "%252523".repeat(3_000);
  const decode = createCharacterDecoder(text);
  for (const layers of [3, 2, 1, 0, 3]) expect(decode(0, layers)).toEqual(createCharacterDecoder(text)(0, layers));
  for (let at = 0; at < text.length; at += 7) expect(decode(at, 3)).toMatchObject({ value: "#", end: at + 7 });
  expect(decode(0, 3)).toMatchObject({ value: "#", end: 7 });
});
