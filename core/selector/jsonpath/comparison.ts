/** Compares values in the filters of JSONPath (RFC 9535, section 2.3.5.2.2). */
import { spend } from "../../budget.ts";
import { decodeString, kindOf, literalOf, nameOf } from "../../text/json-document.ts";
import { eachChild, requireDistinctNames, type Walk } from "./children.ts";
import type { Operator } from "./syntax.ts";

/** A value in a comparison: a primitive, an object or array of the document, or nothing. */
export type Value =
  | { readonly kind: "primitive"; readonly value: string | number | boolean | null }
  | { readonly kind: "container"; readonly node: number }
  | { readonly kind: "nothing" };

/** The result of a query that selects no node or several. */
export const nothing: Value = { kind: "nothing" };

/** The value of a node. */
export function valueOf({ document, budget }: Walk, node: number): Value {
  const literal = literalOf(document, node);
  switch (kindOf(document, node)) {
    case "object":
    case "array":
      return { kind: "container", node };
    case "string":
      spend(budget, 1 + (literal.length >> 4));
      return { kind: "primitive", value: decodeString(literal) };
    case "number":
      return { kind: "primitive", value: Number(literal) };
    case "boolean":
      return { kind: "primitive", value: literal === "true" };
    default:
      return { kind: "primitive", value: null };
  }
}

/** Counts the Unicode scalar values, elements or members of a value; else `nothing` (RFC 9535, section 2.4.4). */
export function measure(walk: Walk, value: Value): Value {
  if (value.kind === "container") {
    requireDistinctNames(walk, value.node);
    let count = 0;
    eachChild(walk, value.node, () => count++);
    return { kind: "primitive", value: count };
  }
  if (value.kind !== "primitive" || typeof value.value !== "string") return nothing;
  let length = 0;
  for (const _ of value.value) length++;
  spend(walk.budget, length);
  return { kind: "primitive", value: length };
}

/**
 * Compares two values (RFC 9535, section 2.3.5.2.2). Throws `duplicate_member` if a compared object has two members
 * with the same name.
 */
export function compare(walk: Walk, operator: Operator, left: Value, right: Value): boolean {
  return comparisons[operator](walk, left, right);
}

const comparisons: Readonly<Record<Operator, (walk: Walk, left: Value, right: Value) => boolean>> = {
  "==": equal,
  "!=": (walk, left, right) => !equal(walk, left, right),
  "<": (_, left, right) => less(left, right),
  ">": (_, left, right) => less(right, left),
  "<=": (walk, left, right) => less(left, right) || equal(walk, left, right),
  ">=": (walk, left, right) => less(right, left) || equal(walk, left, right),
};

/** Orders only numbers and strings; strings by Unicode scalar values. */
function less(left: Value, right: Value): boolean {
  if (left.kind !== "primitive" || right.kind !== "primitive") return false;
  if (typeof left.value === "number" && typeof right.value === "number") return left.value < right.value;
  if (typeof left.value !== "string" || typeof right.value !== "string") return false;
  return precedes(left.value, right.value);
}

function precedes(left: string, right: string): boolean {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a === b) continue;
    // Surrogates encode characters above all other code units.
    const aHigh = a >= 0xd800 && a <= 0xdfff;
    const bHigh = b >= 0xd800 && b <= 0xdfff;
    return aHigh === bHigh ? a < b : bHigh;
  }
  return left.length < right.length;
}

function equal(walk: Walk, left: Value, right: Value): boolean {
  if (left.kind === "primitive" && right.kind === "primitive") return left.value === right.value;
  if (left.kind === "container" && right.kind === "container") return equalNodes(walk, left.node, right.node);
  return left.kind === "nothing" && right.kind === "nothing";
}

interface Pair {
  readonly left: number;
  readonly right: number;
}

/** Without recursion, because a body can be nested more deeply than the stack allows. */
function equalNodes(walk: Walk, left: number, right: number): boolean {
  const { document, budget } = walk;
  const pairs: Pair[] = [{ left, right }];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    spend(budget, 1);
    const kind = kindOf(document, pair.left);
    if (kind !== kindOf(document, pair.right)) return false;
    if (kind === "object" || kind === "array") {
      const children = kind === "object" ? pairMembers(walk, pair) : pairElements(walk, pair);
      if (children === undefined) return false;
      for (const child of children) pairs.push(child);
    } else if (!equal(walk, valueOf(walk, pair.left), valueOf(walk, pair.right))) return false;
  }
  return true;
}

/** The elements of two arrays in pairs; `undefined` if the arrays differ in length. */
function pairElements(walk: Walk, { left, right }: Pair): readonly Pair[] | undefined {
  const ours = childrenOf(walk, left);
  const theirs = childrenOf(walk, right);
  if (ours.length !== theirs.length) return undefined;
  return ours.map((child, index) => ({ left: child, right: theirs[index] ?? 0 }));
}

/** The members of two objects in pairs by name; `undefined` if the objects differ in names. */
function pairMembers(walk: Walk, { left, right }: Pair): readonly Pair[] | undefined {
  const { document } = walk;
  requireDistinctNames(walk, left);
  requireDistinctNames(walk, right);
  const theirs = new Map(childrenOf(walk, right).map((child) => [nameOf(document, child), child]));
  const ours = childrenOf(walk, left);
  if (ours.length !== theirs.size) return undefined;
  const pairs: Pair[] = [];
  for (const child of ours) {
    const other = theirs.get(nameOf(document, child));
    if (other === undefined) return undefined;
    pairs.push({ left: child, right: other });
  }
  return pairs;
}

function childrenOf(walk: Walk, node: number): readonly number[] {
  const children: number[] = [];
  eachChild(walk, node, (child) => children.push(child));
  return children;
}
