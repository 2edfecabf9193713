/** A dialect of selectors: how their texts are checked when a policy is built, and what they select in a body. */
import type { Budget } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import type { JsonDocument } from "../json/document.ts";
import { selectNodes } from "./evaluation.ts";
import { parseQuery } from "./parser.ts";
import { planQueries } from "./plan.ts";

/** The text of one selector and its place in the policy, for messages. */
export interface SelectorText {
  readonly text: string;
  readonly place: string;
}

/** A value, or the name of a member, that a selector selects. */
export interface Target {
  readonly node: number;
  readonly part: "value" | "name";
  /** Index of the selector in the list that was compiled. */
  readonly selector: number;
}

/**
 * What a list of selectors selects in a body; a node can come once for each selector.
 * Throws `too_complex`, `too_deep`, `duplicate_member` or `selector_failed`.
 */
export type Select = (document: JsonDocument, budget: Budget) => readonly Target[];

export interface Dialect {
  readonly name: string;
  /** Throws `policy_invalid` with place and reason for a selector that is invalid, or not to be trusted. */
  readonly compile: (selectors: readonly SelectorText[]) => Select;
}

/** JSONPath as RFC 9535 has it: the default. */
export const rfc9535: Dialect = {
  name: "rfc9535",
  compile: (selectors) => {
    const plan = planQueries(selectors.map(({ text, place }) => withPlace(place, () => parseQuery(text))));
    return (document, budget) => {
      const targets: Target[] = [];
      for (const [selector, nodes] of selectNodes(plan, document, budget)) {
        for (const node of nodes) targets.push({ node, part: "value", selector });
      }
      return targets;
    };
  },
};

/** Adds a place in the policy to the error that a check throws. */
export function withPlace<T>(place: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw error;
    throw new FieldsealError(error.code, { place, ...error.facts });
  }
}
