/**
 * Paths to elements and attributes of XML, by local names: `/a/b`, `//b`, `/a//b/@c`, `//@c`, with `*` anywhere in a name.
 * Not XPath: steps only.
 */
import { FieldsealError } from "../errors.ts";
import { matchesWildcard, parseWildcard, type Wildcard } from "../wildcard.ts";

export interface XmlPath {
  readonly steps: readonly XmlStep[];
  /** `undefined` for a path to elements. */
  readonly attribute: Wildcard | undefined;
}

interface XmlStep {
  /** `//`: at any depth below. */
  readonly descendant: boolean;
  readonly name: Wildcard;
}

const stepPattern = /(\/\/?)(@?)([^/@:\s[\]()'"=]+)/y;

/** Throws `policy_invalid` with a reason for anything else than steps by local names. */
export function parseXmlPath(text: string): XmlPath {
  const refuse = (reason: string): FieldsealError =>
    new FieldsealError("policy_invalid", { reason: `XML path ${JSON.stringify(text)}: ${reason}` });
  const steps: XmlStep[] = [];
  let attribute: Wildcard | undefined;
  stepPattern.lastIndex = 0;
  while (stepPattern.lastIndex < text.length) {
    const [, slashes, at, name = ""] = stepPattern.exec(text) ?? [];
    if (slashes === undefined) throw refuse("expected /name, //name or /@name, by local names, without prefixes or conditions.");
    if (attribute !== undefined) throw refuse("nothing follows an attribute.");
    if (at === "@") {
      attribute = parseWildcard(name);
      // `//@a` is any element's.
      if (slashes === "//") steps.push({ descendant: true, name: parseWildcard("*") });
      else if (steps.length === 0) throw refuse("an attribute needs an element.");
    } else {
      steps.push({ descendant: slashes === "//", name: parseWildcard(name) });
    }
  }
  if (steps.length === 0) throw refuse("it is empty.");
  return { steps, attribute };
}

/** Whether a path's steps lead to an element. `names` are local names from the root element to it. */
export function matchesXmlPath({ steps }: XmlPath, names: readonly string[]): boolean {
  // The steps that may come next, after each name in turn.
  let open = new Set([0]);
  for (const [index, name] of names.entries()) {
    const next = new Set<number>();
    for (const place of open) {
      const step = steps[place];
      if (step === undefined) continue;
      if (step.descendant) next.add(place);
      if (matchesWildcard(step.name, name)) next.add(place + 1);
    }
    open = next;
    if (index === names.length - 1) return open.has(steps.length);
  }
  return false;
}
