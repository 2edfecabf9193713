/**
 * Paths to elements and attributes of XML, by local names: `/a/b`, `//b`, `/a//b/@c`, `//@c`. `*` in a name matches any
 * characters. They are no XPath: they have only steps.
 */
import { FieldsealError } from "../errors.ts";
import { matchesWildcard, parseWildcard, type Wildcard } from "./wildcard.ts";

/** A path to elements or to an attribute. */
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

/** The most steps of a path: a state has one bit for each, and one for the end. */
const maxSteps = 30;

const stepPattern = /(\/\/?)(@?)([^/@:\s[\]()'"=]+)/y;

/** Parses a path. Throws `policy_invalid` with the reason. */
export function parseXmlPath(text: string): XmlPath {
  const refuse = (reason: string): FieldsealError =>
    new FieldsealError("policy_invalid", { reason: `XML path ${JSON.stringify(text)}: ${reason}` });
  const steps: XmlStep[] = [];
  let attribute: Wildcard | undefined;
  stepPattern.lastIndex = 0;
  while (stepPattern.lastIndex < text.length) {
    const [, slashes, at, name = ""] = stepPattern.exec(text) ?? [];
    if (slashes === undefined)
      throw refuse("expected /name, //name or /@name, by local names, without prefixes or conditions.");
    if (attribute !== undefined) throw refuse("an attribute must come last.");
    if (at === "@") {
      attribute = parseWildcard(name);
      // `//@a` selects the attribute of any element.
      if (slashes === "//") steps.push({ descendant: true, name: parseWildcard("*") });
      else if (steps.length === 0) throw refuse("an attribute needs an element, as in //a/@b.");
    } else {
      steps.push({ descendant: slashes === "//", name: parseWildcard(name) });
    }
  }
  if (steps.length === 0) throw refuse("expected at least one step.");
  if (steps.length > maxSteps) throw refuse(`expected at most ${maxSteps} steps.`);
  return { steps, attribute };
}

/** The progress of a path at an element: bit n is set if the first n steps lead to it. */
export type XmlPathState = number;

/** The state above the root element. */
export const xmlPathStart: XmlPathState = 1;

/** The state at an element of a local name, from the state at its parent. */
export function advanceXmlPath({ steps }: XmlPath, state: XmlPathState, name: string): XmlPathState {
  let next = 0;
  for (const [index, step] of steps.entries()) {
    if ((state & (1 << index)) === 0) continue;
    if (step.descendant) next |= 1 << index;
    if (matchesWildcard(step.name, name)) next |= 1 << (index + 1);
  }
  return next;
}

/** True if all steps lead to an element with this state. */
export function isXmlPathEnd({ steps }: XmlPath, state: XmlPathState): boolean {
  return (state & (1 << steps.length)) !== 0;
}
