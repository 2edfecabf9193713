/** The functions `match` and `search` of filters (RFC 9535, sections 2.4.6 and 2.4.7). */
import { type Budget, spend } from "../../budget.ts";
import { FieldsealError } from "../../errors.ts";
import { compileRegexp, type Regexp, testRegexp } from "./i-regexp.ts";

/** True if a text matches a pattern, as a whole or in some part. Throws `too_complex`. */
export type TextMatcher = (pattern: string, text: string, mode: "match" | "search", budget: Budget) => boolean;

/** Makes a matcher for one body. It compiles each pattern once, since patterns can come from the body. */
export function createTextMatcher(): TextMatcher {
  const regexps = new Map<string, Regexp | undefined>();
  return (pattern, text, mode, budget) => {
    const regexp = regexps.has(pattern) ? regexps.get(pattern) : compile(pattern, budget);
    regexps.set(pattern, regexp);
    return regexp !== undefined && testRegexp(regexp, text, mode, budget);
  };
}

function compile(pattern: string, budget: Budget): Regexp | undefined {
  spend(budget, 100 + pattern.length);
  const regexp = compileRegexp(pattern);
  if (regexp === "too large") throw new FieldsealError("too_complex");
  if (regexp !== undefined) spend(budget, regexp.size * 10);
  return regexp;
}
