/** The syntax tree of a JSONPath query (RFC 9535). */

/** A query: where it starts and the segments that it applies in turn. */
export interface Query {
  /** Absent where it is the document's root. */
  readonly root?: "current";
  readonly segments: readonly Segment[];
}

/** A step of a query. */
export interface Segment {
  /** `..`: applies to a node and all of its descendants instead of the node alone. */
  readonly descendant?: true;
  readonly selectors: readonly Selector[];
}

/** What a segment selects of a node's children. */
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

/** A comparison's operator. */
export type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** An expression of ValueType (RFC 9535, section 2.4.1): one value, or nothing. */
export type Comparable =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  /** A number beyond the doubles, as it is written: a policy is embedded as JSON, which has no infinity. */
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "singular"; readonly query: Query }
  | { readonly kind: "length"; readonly of: Comparable }
  | { readonly kind: "count" | "value"; readonly query: Query };
