/** Where a rule, compiled or loaded, looks: into which parts of a request, and into bodies of which formats. */
import { type Format, formatTable, type SelectorList } from "./formats.ts";
import type { RequestPart, Rule } from "./rule.ts";

/** What a rule finds values in bodies with. */
interface Finders {
  readonly json: { readonly selectors: readonly unknown[]; readonly inside: readonly unknown[] };
  readonly fields: readonly unknown[];
  readonly xml: readonly unknown[];
  readonly detectors: readonly unknown[];
  readonly detectIn: readonly RequestPart[];
}

/** Whether a rule's detectors look into a part of a request. */
export function detectsIn({ detectors, detectIn }: Finders, part: RequestPart): boolean {
  return detectors.length > 0 && detectIn.includes(part);
}

/** Whether a rule looks into bodies at all. */
export function readsBodies(rule: Finders): boolean {
  return hasSelectors(rule, "json") || hasSelectors(rule, "xml") || readsParts(rule);
}

/** Whether a rule needs a format's codec: it looks into bodies of the format, or reads all bodies in it. */
export function needsFormat(rule: Finders & Pick<Rule, "format">, format: Format): boolean {
  return rule.format === format || readsFormat(rule, format);
}

/**
 * Whether a rule has selectors or detectors for bodies of a format; for a form in parts, for some of its parts at
 * least.
 */
export function readsFormat(rule: Finders, format: Format): boolean {
  return detectsIn(rule, "body") || formatTable[format].lists.some((list) => hasSelectors(rule, list));
}

/** Whether a rule can tell of any part of a form what it protects in it: by its name, or by looking into it. */
export function readsParts(rule: Finders): boolean {
  return hasSelectors(rule, "fields") || detectsIn(rule, "body");
}

/** Whether a list of a rule has selectors; for JSON also those that go on in strings. */
export function hasSelectors(rule: Finders, list: SelectorList): boolean {
  const { json } = rule;
  return list === "json" ? json.selectors.length + json.inside.length > 0 : rule[list].length > 0;
}
