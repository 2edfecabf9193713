/** Selectors as a policy holds them once they are checked, and what they select in a body. */
import type { Budget } from "../budget.ts";
import type { JsonDocument } from "../text/json-document.ts";
import type { Query } from "./jsonpath/syntax.ts";
import type { Expression } from "./jsonpath-plus/grammar.ts";

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

/** Checked selectors, as plain data. */
export type CompiledSelectors =
  | { readonly dialect: "rfc9535"; readonly queries: readonly Query[] }
  | { readonly dialect: "jsonpath-plus"; readonly expressions: readonly Expression[] };

/** An engine: `undefined` for selectors of another dialect. */
export type LoadSelectors = (compiled: CompiledSelectors) => Select | undefined;
