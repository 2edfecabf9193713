import { describe, expect, test } from "@jest/globals";
import { isWordLike, showName, showPath } from "../../../core/selector/shown-name.ts";

describe("names that consist of words", () => {
  test.each([
    "ssn",
    "firstName",
    "first_name",
    "address-line",
    "line_2",
    "URLPath",
    "größe",
    "naïve",
    "_id",
    "$ref",
    "ns:element",
    "a",
  ])("%s", (name) => expect(isWordLike(name)).toBe(true));
});

describe("names that could be values", () => {
  test.each([
    ["", "nothing"],
    ["078-05-1120", "digits"],
    ["4111111111111111", "digits"],
    ["user42", "digits"],
    ["canary7f", "a digit inside"],
    ["ada@example.com", "an address"],
    ["@type", "an at sign"],
    ["Ada Lovelace", "a blank"],
    ["a.b", "a dot, which would read as two names"],
    ["aGVsbG9Xb3JsZEZvb", "base64"],
    ["aGVsbGXbJsZEFvYmFy", "base64 of letters"],
    ["abcdefghijklmnopqrstuvwxyz", "a long word"],
    ["a_word_".repeat(8), "a long name"],
    ["<script>", "markup"],
    ["line\n", "a line's end"],
    ["\u001b[31m", "a terminal's escape"],
  ])("%j: %s", (name) => expect(isWordLike(name)).toBe(false));
});

test("a name that looks sensitive becomes an asterisk", () => {
  expect(showName("secret", (name) => name === "secret")).toBe("*");
  expect(showName("public", (name) => name === "secret")).toBe("public");
});

test.each([
  [["notes", "person"], "person.notes"],
  [["078-05-1120", "person"], "person.*"],
  [[], ""],
  [[..."abcdefgh"], "h.g.f.e.d.c.b.a"],
  [[..."abcdefghi"], "….h.g.f.e.d.c.b.a"],
])("the path of %j", (names, path) => {
  expect(
    showPath(
      (level) => names[level],
      () => false,
    ),
  ).toBe(path);
});
