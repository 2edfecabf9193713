import { expect, test } from "@jest/globals";
import { compilePattern } from "../../../core/policy-check/compile-pattern.ts";
import { canMatchWithout } from "../../../core/policy-check/pattern-fit.ts";

test.each([
  ["a/b", false, "it needs a slash"],
  ["a/?b", true, "the slash is optional"],
  ["a[/.]b", true, "a dot will do"],
  ["(?:a/|b)c", true, "the other alternative"],
  ["[/]{2}", false, "a class of slashes alone"],
  ["\\bx(?!/)", true, "assertions consume nothing"],
  ["\\u{10330}", true, "a set beyond the samples is taken to fit"],
])("%s without slashes: %p, since %s", (pattern, fits) => {
  expect(canMatchWithout(compilePattern(pattern, false), /\//)).toBe(fits);
});
