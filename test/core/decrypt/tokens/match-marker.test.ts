/** A marker at the beginning of a text. */
import { describe, expect, test } from "@jest/globals";
import { createCharacterDecoder } from "../../../../core/decrypt/tokens/character-decoder.ts";
import { escapeIn, escapeKinds, mostLayers } from "../../../../core/decrypt/tokens/escape-layers.ts";
import { matchMarker } from "../../../../core/decrypt/tokens/match-marker.ts";

const { json, percent, entity, backslash } = escapeKinds;
const match = (text: string, marker = "#01#", layers = mostLayers) =>
  matchMarker(text, createCharacterDecoder(text), 0, marker, layers);

describe("a marker", () => {
  test.each([
    ["#01#", 0, "as it is"],
    ["%2301%23", percent, "its ends escaped"],
    ["%23%30%31%23", percent, "all escaped"],
    ["#%301#", percent, "its inside escaped"],
    ["\\u002301&#35;", json | entity, "its ends in different escapes"],
    ["\\#01\\#", backslash, "backslashes before both ends"],
    ["\\\\#01\\\\#", json | escapeIn(backslash, 1), "the same in JSON"],
    ["#0\n1#", 0, "a line that ends in it"],
    ["#\r\n  01#", 0, "a line that ends, and an indentation"],
    ["#01=\n#", 0, "a soft break of a mail"],
    ["#\\\n01#", 0, "a shell's"],
    ["#\t\n01#", 0, "a tab before the end of the line"],
    ["# \n01#", 0, "a blank before the end of the line"],
    ["#%0A01%23", percent, "a line that ends, escaped"],
  ])("%j, layers %d: %s", (text, layers) => {
    expect(match(text)).toEqual({ end: text.length, layers });
    expect(match(`${text}#`)).toEqual({ end: text.length, layers });
  });

  test("with a backslash of its own, or an equals sign, is none that ends a line", () => {
    expect(match("\\*_x!".slice(1), "*_x!")).toEqual({ end: 4, layers: 0 });
    expect(match("*=x!", "*=x!")).toEqual({ end: 4, layers: 0 });
  });
});

describe("no marker", () => {
  test.each([
    ["", "nothing"],
    ["#01", "cut off"],
    ["#02#", "another one"],
    ["\n#01#", "the end of a line before it: it begins behind that"],
    [" \n#01#", "a blank and the end of a line before it"],
    ["=\n#01#", "a soft break before it"],
    ["\\\n#01#", "a backslash and the end of a line before it"],
    ["%0A%2301%23", "the end of a line before it, escaped"],
    ["# 01#", "a blank in it"],
    ["#=01#", "an equals sign in it"],
    ["#01=", "an equals sign instead of its last character"],
    ["\\#01#", "a backslash before it by chance"],
    ["#01\\#", "a backslash before its last character by chance"],
    ["\\\\#01\\#", "backslashes of different layers"],
    ["%252301%23", "an escape in an escape, with too few layers"],
  ])("%j: %s", (text) => {
    expect(match(text, "#01#", text.startsWith("%25") ? 1 : mostLayers)).toBeUndefined();
  });
});
