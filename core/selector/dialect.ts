/** Dialects of selectors: how a build checks and compiles them. */
import { type ConfigPlace, withPlace } from "../config/issue.ts";
import { parseQuery } from "./jsonpath/parser.ts";
import type { CompiledSelectors } from "./select.ts";

/** The text of a selector, and its place in the policy for messages. */
export interface SelectorText {
  readonly text: string;
  readonly place: ConfigPlace;
}

/** A language of selectors. */
export interface Dialect {
  readonly name: CompiledSelectors["dialect"];
  /** Compiles selectors. Throws `policy_invalid` with place and reason for one that is invalid or not supported. */
  readonly compile: (selectors: readonly SelectorText[]) => CompiledSelectors;
}

/** The default: JSONPath (RFC 9535). */
export const rfc9535: Dialect = {
  name: "rfc9535",
  compile: (selectors) => ({
    dialect: "rfc9535",
    queries: selectors.map(({ text, place }) => withPlace(place, () => parseQuery(text))),
  }),
};
