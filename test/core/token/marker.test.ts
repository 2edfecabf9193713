/** Markers: which may be used, and which texts hold one. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FieldsealError } from "../../../core/errors.ts";
import {
  countMarkers,
  describeMarker,
  holdsMarker,
  longestMarker,
  requireMarkers,
} from "../../../core/token/marker.ts";

const recipient = { prefix: "#01#", suffix: "#10#" };

describe("a marker", () => {
  test.each([
    ["#01#", "four characters"],
    ["~a.b_c-d*~", "every kind of punctuation"],
    [`#${"a".repeat(14)}#`, "sixteen characters"],
  ])("%s may be one: %s", (marker) => {
    expect(marker.length).toBeLessThanOrEqual(longestMarker);
    expect(describeMarker(marker, ["!xx!"])).toBeUndefined();
  });

  test.each<[marker: string, others: readonly string[], reason: RegExp, why: string]>([
    ["#1#", [], /4 to 16/, "three characters"],
    [`#${"a".repeat(15)}#`, [], /4 to 16/, "seventeen characters"],
    ["a01#", [], /first and the last/, "a letter first"],
    ["#01a", [], /first and the last/, "ends in a letter"],
    ["a#01#", [], /first and the last/, "holds one behind a letter"],
    ["#01#a", [], /first and the last/, "holds one before a letter"],
    ["#é1#", [], /4 to 16/, "beyond ASCII"],
    ["#01#", ["#01#"], /twice/, "another one like it"],
    ["#01#", ["!#01#!"], /part of marker "!#01#!"/, "within another"],
  ])("%s beside %j is refused with %s: %s", (marker, others, reason) => {
    expect(describeMarker(marker, others)).toMatch(reason);
  });

  test("all markers of all recipients are checked against each other", () => {
    expect(() => requireMarkers([recipient, { prefix: "#02#", suffix: "#20#" }])).not.toThrow();
    expect(() => requireMarkers([{ prefix: "#01#", suffix: "#01#" }])).toThrow(FieldsealError);
    expect(() => requireMarkers([recipient, { prefix: "#02#", suffix: "!#01#!" }])).toThrow(
      expect.objectContaining({
        code: "recipient_invalid",
        facts: { reason: expect.stringContaining("must not be part of") },
      }),
    );
  });
});

describe("counting", () => {
  test.each([
    ["", 0, "nothing"],
    ["#01# #10#", 2, "both"],
    ["#01#01#", 2, "overlapping"],
    ["%2301%23 %252301%2523", 2, "each in its round, the first one in both"],
    ["#01# %252301%2523 %2301%23", 3, "the round that shows most"],
  ])("%s has %d: %s", (text, count) => {
    expect(countMarkers(text, [recipient])).toBe(count);
  });
});

describe("markers in escapes", () => {
  test.each([
    ["raw", "x#01#"],
    ["suffix", "#10#"],
    ["escape of JavaScript", "\\x2301\\x23"],
    ["backslashes before punctuation", "\\#01\\#"],
    ["unicode escape", "\\u002301#"],
    ["capital hex", "\\u0023\\u0030\\u0031\\u0023"],
    ["escape in escape", "\\\\u002301#"],
    ["percent", "%2301%23"],
    ["percent twice", "%252301%2523"],
    ["entity", "&#35;01&#x23;"],
    ["named entity", "&num;01&num;"],
    ["padded entity", "&#00035;01#"],
    ["mixed", "&#37;2301#"],
    ["its inside only", "#%301#"],
    ["an escape whose digit is escaped", "%2%3301#"],
    ["an escape of JSON whose letter is escaped", "\\%75002301#"],
    ["an entity whose end is escaped", "&#35%3b01#"],
    ["an entity whose name is escaped", "&n%75m%3B01#"],
    ["an entity whose ampersand is one", "&amp;num;01#"],
    ["a backslash as an entity", "&bsol;x2301#"],
    ["a percent sign as an entity", "&percnt;2301#"],
  ])("%s", (_, text) => {
    expect(holdsMarker(text, [recipient])).toBe(true);
  });

  test.each([
    ["%2%4101%2%41", "a capital digit"],
    ["%2%6101%2%61", "a small digit"],
    ["%%32a01%%32a", "a digit that is none of its letters"],
    ["\\%75002a01\\%75002a", "a letter of an escape"],
    ["%5cu002a01%5cu002a", "a backslash"],
    ["%26ast;01%26ast;", "an ampersand"],
    ["&ast%3b01&ast%3b", "a semicolon"],
    ["&%2342;01&%2342;", "a number sign of an entity"],
    ["%252a01%252a", "a percent sign"],
    ["&AST;01&Ast;", "a name in capitals, which is not escaped again"],
    ["%2a01%2A", "its first character, which is not escaped again"],
    ["\\x2a01\\X2a", "the same in JavaScript"],
  ])("%s has an escape within an escape: %s", (text) => {
    expect(holdsMarker(text, [{ prefix: "*01*", suffix: "*10*" }])).toBe(true);
  });

  test.each([
    ["%7e01%7e", "a tilde"],
    ["%2101%21", "an exclamation mark"],
  ])("%s begins with %s", (text) => {
    const [first = ""] = decodeURIComponent(text);
    expect(holdsMarker(text, [{ prefix: `${first}01${first}`, suffix: "*10*" }])).toBe(true);
  });

  test.each([
    ["&excl;a_b.c*", "an exclamation mark"],
    ["!a&lowbar;b.c*", "a low line"],
    ["!a&underbar;b.c*", "a low line by its other name"],
    ["!a_b&period;c*", "a full stop"],
    ["!a_b.c&ast;", "an asterisk"],
    ["!a_b.c&midast;", "an asterisk by its other name"],
    ["!a_b.c&MidAst;", "a name in other case"],
  ])("%s holds a marker with %s as an entity", (text) => {
    expect(holdsMarker(text, [{ prefix: "!a_b.c*", suffix: "~xx~" }])).toBe(true);
  });

  test("the markers of any recipient are looked for", () => {
    const recipients = [recipient, { prefix: "~a~a~", suffix: "!b!b!" }, { prefix: "*c*c*", suffix: "~d~d~" }];
    expect(["#01#", "!b!b!", "~d~d~", "*01*"].map((text) => holdsMarker(text, recipients))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test.each(["%25252301%252523", "&amp;amp;num;01#", "\\\\\\\\u002301#"])(
    "%s would hold one after a third round",
    (text) => {
      expect(holdsMarker(text, [recipient])).toBe(false);
    },
  );

  test.each(["#1#", "#01", "01#", "# 01#", "&#01;#x", "%2x01%23"])("%s holds none", (text) => {
    expect(holdsMarker(text, [recipient])).toBe(false);
  });

  test("whatever escapes a marker once or twice is found", () => {
    const escape = (character: string, how: number): string => {
      const hex = character.charCodeAt(0).toString(16).padStart(2, "0");
      return [character, `%${hex}`, `\\u00${hex}`, `&#x${hex};`, `&#${character.charCodeAt(0)};`][how % 5] ?? character;
    };
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 60, maxLength: 60 }), (ways) => {
        const once = [...recipient.prefix].map((character, index) => escape(character, ways[index] ?? 0)).join("");
        // Not by an escape of JSON, which a backslash before it would undo.
        const again = (index: number): number => [1, 3, 4][(ways[index] ?? 0) % 3] ?? 1;
        const twice = [...once]
          .map((character, index) => (index % 7 === 0 ? escape(character, again(index)) : character))
          .join("");
        return holdsMarker(once, [recipient]) && holdsMarker(twice, [recipient]);
      }),
      { numRuns: 1_000 },
    );
  });
});
