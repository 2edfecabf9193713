/** A dialect of selectors: how their texts are checked when a policy is built. */
import { type ConfigPlace, withPlace } from "../config/issue.ts";
import { parseQuery } from "./jsonpath/parser.ts";
import type { CompiledSelectors } from "./select.ts";

/** The text of one selector and its place in the policy, for messages. */
export interface SelectorText {
  readonly text: string;
  readonly place: ConfigPlace;
}

/** A language of selectors. */
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
