/** Where a compiled or loaded rule looks: the parts of a request, and the formats of bodies. */
import { type Format, formatTable, type SelectorList } from "./formats.ts";
import type { RequestPart, Rule } from "./rule.ts";

/** The selectors and detectors of a rule for bodies. */
interface Finders {
  readonly json: { readonly selectors: readonly unknown[]; readonly inside: readonly unknown[] };
  readonly fields: readonly unknown[];
  readonly xml: readonly unknown[];
  readonly detectors: readonly unknown[];
  readonly detectIn: readonly RequestPart[];
}

/** True if a rule's detectors look into a part of a request. */
export function detectsIn({ detectors, detectIn }: Finders, part: RequestPart): boolean {
  return detectors.length > 0 && detectIn.includes(part);
}

/** True if a rule looks into bodies. */
export function readsBodies(rule: Finders): boolean {
  return hasSelectors(rule, "json") || hasSelectors(rule, "xml") || readsParts(rule);
}

/** True if a rule needs the codec of a format: it looks into such bodies, or reads all bodies in this format. */
export function needsFormat(rule: Finders & Pick<Rule, "format">, format: Format): boolean {
  return rule.format === format || readsFormat(rule, format);
}

/** True if a rule has selectors or detectors for bodies of a format; for multipart forms, for at least some parts. */
export function readsFormat(rule: Finders, format: Format): boolean {
  return detectsIn(rule, "body") || formatTable[format].lists.some((list) => hasSelectors(rule, list));
}

/** True if a rule can protect any part of a multipart form: by its name, or by detectors. */
export function readsParts(rule: Finders): boolean {
  return hasSelectors(rule, "fields") || detectsIn(rule, "body");
}

/** True if a list of a rule has selectors; for JSON including those in `inside`. */
export function hasSelectors(rule: Finders, list: SelectorList): boolean {
  const { json } = rule;
  return list === "json" ? json.selectors.length + json.inside.length > 0 : rule[list].length > 0;
}
