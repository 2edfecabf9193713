/** The syntax tree of a JSONPath query (RFC 9535). */

/** A query: its start, and the segments that it applies in order. */
export interface Query {
  /** Absent for the document's root. */
  readonly root?: "current";
  readonly segments: readonly Segment[];
}

/** A step of a query. */
export interface Segment {
  /** `..`: applies to a node and all its descendants instead of the node alone. */
  readonly descendant?: true;
  readonly selectors: readonly Selector[];
}

/** Selects children of a node. */
export type Selector =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "slice"; readonly start?: number; readonly end?: number; readonly step: number }
  | { readonly kind: "filter"; readonly test: Test };

/** A logical expression of a filter. */
export type Test =
  | { readonly kind: "or" | "and"; readonly tests: readonly Test[] }
  | { readonly kind: "not"; readonly test: Test }
  | { readonly kind: "exists"; readonly query: Query }
  | { readonly kind: "compare"; readonly operator: Operator; readonly left: Comparable; readonly right: Comparable }
  | { readonly kind: "match" | "search"; readonly subject: Comparable; readonly pattern: Comparable };

/** The operator of a comparison. */
export type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** An expression of ValueType (RFC 9535, section 2.4.1): one value, or nothing. */
export type Comparable =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  /** The text of a number beyond the doubles, because a build embeds policies as JSON, which has no infinity. */
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "singular"; readonly query: Query }
  | { readonly kind: "length"; readonly of: Comparable }
  | { readonly kind: "count" | "value"; readonly query: Query };
