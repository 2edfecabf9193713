/** Values in the filters of JSONPath, and how they compare (RFC 9535, section 2.3.5.2.2). */
import { spend } from "../budget.ts";
import { decodeString, kindOf, literalOf, nameOf } from "../json/document.ts";
import { eachChild, requireDistinctNames, type Walk } from "./children.ts";
import type { Operator } from "./syntax.ts";

/** A value in a comparison: a primitive, an object or array of the document, or nothing. */
export type Value =
  | { readonly kind: "primitive"; readonly value: string | number | boolean | null }
  | { readonly kind: "container"; readonly node: number }
  | { readonly kind: "nothing" };

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
    case "null":
      return { kind: "primitive", value: null };
  }
}

/** RFC 9535, section 2.4.4: Unicode scalar values of a string, elements of an array, members of an object. */
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

/** RFC 9535, section 2.3.5.2.2. Throws `duplicate_member` where an object that is compared has two members of one name. */
export function compare(walk: Walk, operator: Operator, left: Value, right: Value): boolean {
  switch (operator) {
    case "==":
      return equal(walk, left, right);
    case "!=":
      return !equal(walk, left, right);
    case "<":
      return less(left, right);
    case ">":
      return less(right, left);
    case "<=":
      return less(left, right) || equal(walk, left, right);
    case ">=":
      return less(right, left) || equal(walk, left, right);
  }
}

/** RFC 9535, section 2.3.5.2.2: only numbers and strings are ordered, strings by Unicode scalar values. */
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
    // Surrogates stand for what lies above all of the other code units.
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

function equalNodes(walk: Walk, left: number, right: number): boolean {
  const { document, budget } = walk;
  spend(budget, 1);
  const kind = kindOf(document, left);
  if (kind !== kindOf(document, right)) return false;
  if (kind === "object") return equalObjects(walk, left, right);
  if (kind === "array") {
    const theirs: number[] = [];
    eachChild(walk, right, (child) => theirs.push(child));
    const ours: number[] = [];
    eachChild(walk, left, (child) => ours.push(child));
    return ours.length === theirs.length && ours.every((child, index) => equalNodes(walk, child, theirs[index] ?? 0));
  }
  return equal(walk, valueOf(walk, left), valueOf(walk, right));
}

function equalObjects(walk: Walk, left: number, right: number): boolean {
  const { document } = walk;
  requireDistinctNames(walk, left);
  requireDistinctNames(walk, right);
  const theirs = new Map<string, number>();
  eachChild(walk, right, (child) => theirs.set(nameOf(document, child), child));
  let same = true;
  let count = 0;
  eachChild(walk, left, (child) => {
    count++;
    const other = theirs.get(nameOf(document, child));
    if (same) same = other !== undefined && equalNodes(walk, child, other);
  });
  return same && count === theirs.size;
}
