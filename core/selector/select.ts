/** Compiled selectors, and what they select in a body. */
import type { Budget } from "../budget.ts";
import type { JsonDocument } from "../text/json-document.ts";
import type { Query } from "./jsonpath/syntax.ts";
import type { Expression } from "./jsonpath-plus/grammar.ts";

/** A selected value, or the selected name of a member. */
export interface Target {
  readonly node: number;
  readonly part: "value" | "name";
  /** The index of the selector in the compiled list. */
  readonly selector: number;
}

/**
 * Finds what a list of selectors selects in a body, each node at most once for each selector. Throws `too_complex`,
 * `too_deep`, `duplicate_member` or `selector_failed`.
 */
export type Select = (document: JsonDocument, budget: Budget) => readonly Target[];

/** Checked selectors as plain data. */
export type CompiledSelectors =
  | { readonly dialect: "rfc9535"; readonly queries: readonly Query[] }
  | { readonly dialect: "jsonpath-plus"; readonly expressions: readonly Expression[] };

/** Loads the engine for compiled selectors; `undefined` for another dialect. */
export type LoadSelectors = (compiled: CompiledSelectors) => Select | undefined;
