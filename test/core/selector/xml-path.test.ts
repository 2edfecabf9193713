import { expect, test } from "@jest/globals";
import { advanceXmlPath, isXmlPathEnd, parseXmlPath, xmlPathStart } from "../../../core/selector/xml-path.ts";

test.each([
  ["/a/b", ["a", "b"], true, "children"],
  ["/a/b", ["a", "c", "b"], false, "not deeper"],
  ["//b", ["a", "c", "b"], true, "at any depth"],
  ["/a//b", ["a", "x", "b"], true, "below"],
  ["/a//b", ["x", "a", "b"], false, "from the root"],
  ["/*", ["x"], true, "any name"],
  ["/a*", ["b"], false, "another name"],
  ["//a/a", ["a", "a", "a"], true, "several ways at once"],
])("%s leads to %j: %p, since %s", (text, names, leads) => {
  const path = parseXmlPath(text);
  const state = names.reduce((reached, name) => advanceXmlPath(path, reached, name), xmlPathStart);
  expect(isXmlPathEnd(path, state)).toBe(leads);
});

test("attributes", () => {
  expect(parseXmlPath("/a/@b*")).toEqual({ steps: [{ descendant: false, name: ["a"] }], attribute: ["b", ""] });
  expect(parseXmlPath("//@b")).toEqual({ steps: [{ descendant: true, name: ["", ""] }], attribute: ["b"] });
});

test.each([
  ["", "expected at least one step"],
  ["a", "expected /name"],
  ["/a:b", "without prefixes"],
  ["/a[1]", "without prefixes or conditions"],
  ["/@a", "an attribute needs an element"],
  ["/a/@b/c", "an attribute must come last"],
  ["/a".repeat(31), "at most 30 steps"],
])("%s is refused: %s", (text, reason) => expect(() => parseXmlPath(text)).toThrow(reason));
