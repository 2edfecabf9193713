/** A dialect of selectors: how their texts are checked when a policy is built. */
import { FieldsealError } from "../errors.ts";
import { parseQuery } from "./jsonpath/parser.ts";
import type { CompiledSelectors } from "./select.ts";

/** The text of one selector and its place in the policy, for messages. */
export interface SelectorText {
  readonly text: string;
  readonly place: string;
}

export interface Dialect {
  readonly name: CompiledSelectors["dialect"];
  /** Throws `policy_invalid` with place and reason for a selector that is invalid, or not to be trusted. */
  readonly compile: (selectors: readonly SelectorText[]) => CompiledSelectors;
}

/** JSONPath as RFC 9535 has it: the default. */
export const rfc9535: Dialect = {
  name: "rfc9535",
  compile: (selectors) => ({
    dialect: "rfc9535",
    queries: selectors.map(({ text, place }) => withPlace(place, () => parseQuery(text))),
  }),
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
