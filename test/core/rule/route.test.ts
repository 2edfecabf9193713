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
    ["/a/**/{id}", [], "behind **, of no number"],
    ["/{id}/**/{no}", [["id", 0]], "before **"],
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
  ])("%s is no pattern: it %s", (pattern) => {
    expect(() => parsePathPattern(pattern)).toThrow(expect.objectContaining({ code: "policy_invalid" }));
  });
});
