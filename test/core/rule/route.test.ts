import { describe, expect, test } from "@jest/globals";
import { findNamedSegments, isPlainPath, matchesPath, parsePath, parsePathPattern } from "../../../core/rule/route.ts";

describe("patterns", () => {
  test.each([
    ["/people", "/people", true, "same"],
    ["/people", "/people/", true, "trailing"],
    ["/people/", "/people", true, "trailing"],
    ["/people", "/People", false, "case"],
    ["/people", "/people/1", false, "below"],
    ["/people/**", "/people", true, "itself"],
    ["/people/**", "/people/1/2", true, "below"],
    ["/people/**", "/peoples", false, "longer"],
    ["/*/cards", "/a/cards", true, "segment"],
    ["/*/cards", "/a/b/cards", false, "one"],
    ["/v*/x-*-y", "/v1/x-abc-y", true, "parts"],
    ["/v*/x-*-y", "/v1/x-y", false, "overlap"],
    ["/a*b*c", "/abbc", true, "middle"],
    ["/**/cards", "/cards", true, "none"],
    ["/**/cards", "/a/b/cards", true, "some"],
    ["/**/a/**/b", "/a/x/a/y/b", true, "twice"],
    ["/**", "/", true, "root"],
    ["/", "/", true, "root"],
    ["/", "/a", false, "root"],
    ["/a/{id}/b", "/a/1/b", true, "named"],
    ["/a/{id}/b", "/a/1/2/b", false, "named"],
    ["/a/{id}", "/a", false, "named"],
    ["/**/b", "/b/a", false, "after it"],
    ["/a/**/b", "/a/c", false, "last"],
    ["/a/b", "/a", false, "shorter"],
    ["/é", "/é", true, "unicode"],
  ])("%s covers %s: %p (%s)", (pattern, path, expected) => {
    expect(matchesPath(parsePathPattern(pattern), parsePath(path).normalized)).toBe(expected);
  });
});

describe("normalisation", () => {
  test.each([
    ["/a/b", "/a/b"],
    ["/a//b", "/a/b"],
    ["/a/./b", "/a/b"],
    ["/a/x/../b", "/a/b"],
    ["/../a", "/a"],
    ["/%61/b", "/a/b"],
    ["/%2561", "/a"],
    ["/a%2fb", "/a/b"],
    ["/a%5Cb", "/a/b"],
    ["\\a\\b", "/a/b"],
    ["/a;x=1/b;y", "/a/b"],
    ["/a%3Bx/b", "/a/b"],
    ["/a/%2e%2e/b", "/b"],
    ["/a?b/c", "/a"],
    ["/a%23b", "/a"],
    ["/a%zz", "/a%zz"],
  ])("%s is %s", (uri, normalized) => {
    expect(parsePath(uri).normalized).toBe(normalized);
  });

  test.each(["/a%00", "/a\n", "/%c0%af", "/%e0%80%af", "/%u0061", `/${"%25".repeat(1)}${"25".repeat(12)}41`])(
    "%p is refused",
    (uri) => {
      expect(() => parsePath(uri)).toThrow(expect.objectContaining({ code: "path_ambiguous" }));
    },
  );
});

describe("segments", () => {
  test.each([
    [
      "/people/{id}/cards/{card-no}",
      [
        ["id", 1],
        ["card-no", 3],
      ],
      "names",
    ],
    ["/a/**/{id}", [], "after **, so without an index"],
    ["/{id}/**/{no}", [["id", 0]], "before **"],
    ["/{id}/**/{no}/{of}", [["id", 0]], "two after **"],
    ["/{id}a/{no}", [["no", 1]], "after a name within a segment"],
    ["/a{id}", [], "no whole segment"],
  ])("of %s: %j (%s)", (pattern, expected) => {
    expect([...findNamedSegments(pattern)]).toEqual(expected);
  });

  test.each([
    ["/a/b", true, "as it is"],
    ["/%61/b", true, "escaped"],
    ["/a/b/", true, "trailing slash"],
    ["/a//b", false, "an empty segment"],
    ["/a%2fb", false, "a slash within"],
    ["/a/../b", false, "dots"],
    ["/%2561", false, "escaped twice"],
    ["/a;x/b", false, "parameters"],
  ])("of %s can be counted: %p (%s)", (uri, expected) => {
    expect(isPlainPath(uri)).toBe(expected);
  });

  test.each([
    ["people", "does not begin with a slash"],
    ["/a%20", "is decoded"],
    ["/a//b", "is empty"],
    ["/a/../b", "is .."],
    ["/a{b}", "is named in part"],
    ["/a**", "has ** beside others"],
  ])("%s is not a pattern: it %s", (pattern) => {
    expect(() => parsePathPattern(pattern)).toThrow(expect.objectContaining({ code: "policy_invalid" }));
  });
});

const [decoded, emptied, braced, starred] = [
  "must not hold % ; \\ ? #, control characters or lone surrogates: rules match decoded paths without parameters.",
  "has an empty segment, or the segment . or .., which no normalised path has.",
  "has a brace. Write {name} as a whole segment, its name of A-Z a-z 0-9 _ -.",
  "has ** beside other characters. Write ** as a whole segment.",
];

test.each([
  ["people", "must begin with a slash."],
  ["/a%20", decoded],
  ["/a;b", decoded],
  ["/a\\b", decoded],
  ["/a?b", decoded],
  ["/a#b", decoded],
  ["/a\u001f", decoded],
  ["/a\u007f", decoded],
  ["/\ud800", decoded],
  ["//", emptied],
  ["/a//b", emptied],
  ["/a/./b", emptied],
  ["/a/../b", emptied],
  ["/a{b}", braced],
  ["/{b}a", braced],
  ["/{a b}", braced],
  ["/{}", braced],
  ["/a**", starred],
  ["/**a", starred],
])("the pattern %j is refused: it %s", (pattern, reason) => {
  expect(() => parsePathPattern(pattern)).toThrow(
    expect.objectContaining({
      code: "policy_invalid",
      facts: expect.objectContaining({ reason: `Path ${JSON.stringify(pattern)} ${reason}` }),
    }),
  );
});

describe("raw paths", () => {
  test.each([
    ["/a/b", "/a/b", true, "the same"],
    ["/a/b", "/a//b", false, "an empty segment"],
    ["/*", "a", true, "no slash before its one segment"],
    ["/a", "/A", false, "another letter"],
  ])("%s covers %s: %p (%s)", (pattern, path, expected) => {
    expect(matchesPath(parsePathPattern(pattern), path)).toBe(expected);
  });

  test.each([
    ["/\u00c3\u00a9", "/\u00c3\u0083\u00c2\u00a9", "each character as UTF-8"],
    ["/%61", "/%61", "not decoded"],
  ])("%j has the bytes %j: %s", (uri, raw) => {
    expect(parsePath(uri).raw).toBe(raw);
  });

  test.each([
    [`/${"%25".repeat(1)}${"25".repeat(5)}41`, "/A", "seven rounds"],
    ["/%f0%90%80%80", "/\u00f0\u0090\u0080\u0080", "the shortest sequence of four bytes"],
    ["/%u12x", "/%u12x", "no escape of IIS"],
  ])("%s is taken, as %j: %s", (uri, normalized) => {
    expect(parsePath(uri).normalized).toBe(normalized);
  });

  test.each([
    [`/${"%25".repeat(1)}${"25".repeat(6)}41`, "eight rounds"],
    ["/%c1%81", "two bytes for one"],
    ["/%e0%9f%bf", "three bytes for two"],
    ["/%f0%8f%bf%bf", "four bytes for three"],
    ["/%7f", "the last control character"],
    ["/%1f", "another control character"],
  ])("%s is refused: %s", (uri) => {
    expect(() => parsePath(uri)).toThrow(expect.objectContaining({ code: "path_ambiguous" }));
  });

  test.each([
    ["/a/b/../c", "/a/c", false, "fewer segments"],
    ["/x/../a/b", "/a/b", false, "other segments"],
    ["/a/./b", "/a/b", false, "a segment more"],
  ])("%s, which is %s, can be counted: %p (%s)", (uri, normalized, expected) => {
    expect([parsePath(uri).normalized, isPlainPath(uri)]).toEqual([normalized, expected]);
  });
});
