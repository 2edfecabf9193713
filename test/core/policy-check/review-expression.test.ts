import { expect, test } from "@jest/globals";
import { findExpressionFlaw, selectsNoStrings } from "../../../core/policy-check/review-expression.ts";

test.each([
  ["$.a[?(@.b > 1)]", undefined],
  ["$.a[?(1 == 2)]", "both sides of a comparison are literals"],
  ["$.a[?(@.b && 'x' === 'y')]", "both sides of a comparison are literals"],
  ["$.a[2:1]", "this slice is always empty"],
  ["$.a[-1:]", undefined],
])("%s: %p", (text, flaw) => expect(findExpressionFlaw(text)).toBe(flaw));

test.each([
  ["$.a@number()", true],
  ["$.a@string()", false],
  ["$.a@scalar()", false],
  ["$.a", false],
])("%s selects no strings: %p", (text, none) => expect(selectsNoStrings(text)).toBe(none));
