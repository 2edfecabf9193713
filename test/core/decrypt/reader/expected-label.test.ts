/** Labels that are expected, by names of fields and by JSONPath. */
import { describe, expect, test } from "@jest/globals";
import { ConfigValue } from "../../../../core/config/config-value.ts";
import {
  labelsBefore,
  labelsOfField,
  labelsOfFragment,
  parseExpectedLabels,
} from "../../../../core/decrypt/reader/expected-label.ts";

const parse = (value: unknown) => parseExpectedLabels(new ConfigValue(value, "$.expect", "reader_invalid"));
const expected = parse({ ssn: "ssn", "person.name": "name", "$..card['number','code'][0]": "card", "$[0]": "first" });

/** Names from the innermost out. */
const nameAt =
  (...names: readonly string[]) =>
  (level: number): string | undefined =>
    names[level];

test.each<[names: readonly string[], labels: readonly string[], why: string]>([
  [["ssn"], ["ssn"], "the field"],
  [["value", "ssn"], ["ssn"], "within the field"],
  [["name", "person"], ["name"], "two names"],
  [["person[name]"], ["name"], "two names in one"],
  [["name"], [], "one of two names"],
  [["person", "name"], [], "in another order"],
  [["ssn", "ssn"], ["ssn", "ssn"], "twice"],
  [[], [], "no field"],
])("labels of the field %j are %j: %s", (names, labels) => {
  expect(labelsOfField(expected, nameAt(...names))).toEqual(labels);
});

test("no names, or no labels of fields, give none", () => {
  expect(labelsOfField(expected, undefined)).toEqual([]);
  expect(labelsOfField(parse({ "$.ssn": "ssn" }), nameAt("ssn"))).toEqual([]);
  expect(parseExpectedLabels(undefined)).toMatchObject({ fields: [], selected: [], lastNames: [] });
});

test.each<[names: readonly string[], labels: readonly string[], why: string]>([
  [["number"], ["card"], "the last name"],
  [["code"], ["card"], "another last name"],
  [["x", "y", "number"], ["card"], "further out"],
  [["card"], [], "a name that is not the last"],
  [["ssn"], [], "the name of a field"],
  [[], [], "no name"],
])("labels in a fragment, within %j, are %j: %s", (names, labels) => {
  expect(labelsOfFragment(expected, nameAt(...names))).toEqual(labels);
});

describe("before a token", () => {
  test.each<[text: string, labels: readonly string[], why: string]>([
    ['{"ssn":"', ["ssn"], "JSON"],
    ["{'ssn': '", ["ssn"], "JavaScript"],
    ['"ssn" : "x ', ["ssn"], "more of the string"],
    ['{\\"ssn\\":\\"', ["ssn"], "JSON in JSON"],
    ["%22ssn%22%3A%22", ["ssn"], "JSON in a URL"],
    ["%2522ssn%2522%253a%2522", ["ssn"], "JSON in a URL in a URL"],
    ["&quot;ssn&quot;:&quot;", ["ssn"], "JSON in markup"],
    ["&amp;#34;ssn&amp;#34;:&amp;#34;", ["ssn"], "JSON in markup in markup"],
    ["%25252522ssn%25252522%2525253A%25252522", ["ssn"], "JSON in URLs, four times"],
    ["&#34;ssn&#34;&#58;&#34;", ["ssn"], "numbers of entities, of the colon too"],
    ['{\\\\\\"ssn\\\\\\":\\\\\\"', ["ssn"], "JSON in JSON in JSON"],
    ['"ssn"\n  : \t"', ["ssn"], "blanks"],
    ["%22ssn%22%3A%20%2520%22", ["ssn"], "blanks in a URL"],
    ['{"":"', [], "a member without a name"],
    ["\\u0022ssn\\u0022:\\u0022", ["ssn"], "escaped quotes"],
    ['{"number":"', ["card"], "JSONPath"],
    ['{"ssn":"a","x":"', [], "another member"],
    ['{"ssn":"a" ', [], "behind the string"],
    ['{"ssn"="', [], "no colon"],
    ["ssn: ", [], "no quotes"],
    [`{"ssn":"${"x".repeat(128)}`, ["ssn"], "128 characters before it"],
    [`{"ssn":"${"x".repeat(129)}`, [], "129 characters before it"],
  ])("%j: %j, %s", (text, labels) => {
    expect(labelsBefore(expected, `${text}#01#`, text.length)).toEqual(labels);
  });

  test("one label is enough, and none gives none", () => {
    const labels = [{ ssn: "a" }, { "$.ssn": "b" }, {}].map((only) => labelsBefore(parse(only), '{"ssn":"', 8));
    expect(labels).toEqual([["a"], ["b"], []]);
  });
});

test.each<[value: unknown, place: string, reason: RegExp, why: string]>([
  [{ ssn: "no label" }, "$.expect.ssn", /1 to 64 characters/, "a blank in the label"],
  [{ ssn: 1 }, "$.expect.ssn", /Expected a string/, "a number"],
  [{ "$[": "a" }, '$.expect["$["]', /./, "no JSONPath"],
  [["ssn"], "$.expect", /object/, "a list"],
])("%j is refused at %s with %s: %s", (value, place, reason) => {
  expect(() => parse(value)).toThrow(
    expect.objectContaining({
      code: "reader_invalid",
      facts: expect.objectContaining({ place, reason: expect.stringMatching(reason) }),
    }),
  );
});

test("a name that no field can have is refused", () => {
  expect(() => parse({ "a[": "x" })).toThrow(expect.objectContaining({ code: "reader_invalid" }));
});
