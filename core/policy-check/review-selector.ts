/** Finds selectors of a body that can never match, or have parts without effect. For builds only. */
import type { ConfigValue } from "../config/config-value.ts";
import type { Limits } from "../policy/policy.ts";
import { parseQuery } from "../selector/jsonpath/parser.ts";
import type { Wildcard } from "../selector/wildcard.ts";
import type { RuleDraft } from "./compile-rule.ts";
import type { SelectorScope } from "./relations/selector-relation.ts";
import { findExpressionFlaw } from "./review-expression.ts";
import { type Flaw, reviewQuery } from "./review-query.ts";

const never = "The selector can never match:";

/** Reports mistakes in a selector of `body`. `limits.depth` is the allowed depth of bodies. */
export function reviewBodySelector(at: ConfigValue, { rule }: RuleDraft, limits: Limits): void {
  const text = at.text();
  const flaw = rule.json.select.dialect === "jsonpath-plus" ? findExpressionFlaw(text) : undefined;
  if (flaw !== undefined) at.report(`${never} ${flaw}.`);
  if (rule.json.select.dialect !== "rfc9535") return;
  const offsets = new Map<object, number>();
  const query = parseQuery(text, offsets);
  if (query.segments.length > limits.depth) at.report(tooDeep(limits));
  const review = reviewQuery(query);
  const within = ({ node }: Flaw): { readonly offset?: number } => {
    const offset = offsets.get(node);
    return offset === undefined ? {} : { offset };
  };
  if (review.never !== undefined) at.report(`${never} ${review.never.reason}.`, within(review.never));
  for (const each of review.idle) at.warn(`A part of the selector has no effect: ${each.reason}.`, within(each));
}

/** Reports mistakes in a selector of `xml`. */
export function reviewXmlPath({ at, path }: Extract<SelectorScope, { readonly list: "xml" }>, limits: Limits): void {
  if (path.steps.length > limits.depth) at.report(tooDeep(limits));
  const names = [...path.steps.map(({ name }) => name), ...(path.attribute === undefined ? [] : [path.attribute])];
  const wrong = names.find((name) => !isXmlName(name));
  if (wrong !== undefined) at.report(`${never} ${JSON.stringify(wrong.join("*"))} is not a valid name in XML.`);
}

function tooDeep({ depth }: Limits): string {
  return `${never} it is deeper than bodies may be (limits.depth is ${depth}).`;
}

/** Characters of a name in XML 1.0 (fifth edition, productions 4 and 4a), without the colon. */
const nameStart =
  "A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F" +
  "\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}";
const firstPart = new RegExp(`^(?:[${nameStart}][${nameStart}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]*)?$`, "u");
const laterPart = new RegExp(`^[${nameStart}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]*$`, "u");

function isXmlName(parts: Wildcard): boolean {
  return parts.every((part, index) => (index === 0 ? firstPart : laterPart).test(part));
}
