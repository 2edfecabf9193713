/** Evaluates JSONPath queries (RFC 9535) over the source text of a JSON body, within a budget of work. */
import { type Budget, spend } from "../budget.ts";
import { FieldsealError } from "../errors.ts";
import {
  decodeString,
  hasName,
  type JsonDocument,
  kindOf,
  literalOf,
  nameEndOf,
  nameOf,
  nameStartOf,
  nextOf,
} from "../json/document.ts";
import { lengthBit, type NameTable, type Step } from "./plan.ts";
import { compileRegexp, type Regexp, testRegexp } from "./regexp.ts";
import type { Comparable, Operator, Query, Segment, Selector, Test } from "./syntax.ts";

/**
 * Nodes of a document. Where `times` is given, it tells how often each node stands in the RFC's node list; in the main
 * path of a selector it is not kept, and a list is a set.
 */
interface NodeList {
  readonly nodes: readonly number[];
  readonly times?: readonly number[];
}

interface Evaluation {
  readonly document: JsonDocument;
  readonly budget: Budget;
  /** Queries of filters that start at the document's root give one result for all nodes. */
  readonly rooted: Map<Query, NodeList>;
  readonly regexps: Map<string, Regexp | undefined>;
}

/**
 * The nodes that each of the planned queries selects, each node once, by the query's index. Members of one name are all
 * selected; a filter that reads one of several members of a name is refused, since its outcome would depend on which of
 * them a parser keeps. Throws `too_complex` when the budget is spent, and `duplicate_member`.
 */
export function selectNodes(plan: Step, document: JsonDocument, budget: Budget): ReadonlyMap<number, readonly number[]> {
  const selected = new Map<number, readonly number[]>();
  walk({ document, budget, rooted: new Map(), regexps: new Map() }, plan, [0], selected);
  return selected;
}

function walk(evaluation: Evaluation, step: Step, nodes: readonly number[], selected: Map<number, readonly number[]>): void {
  if (nodes.length === 0) return;
  for (const query of step.ends) selected.set(query, nodes);
  for (const [table, select] of [[step.children, selectMembers], [step.descendants, selectDescendants]] as const) {
    if (table.entries.length === 0) continue;
    const found = table.entries.map((): number[] => []);
    select(evaluation, table, nodes, found);
    table.entries.forEach((entry, index) => walk(evaluation, entry.step, found[index] ?? [], selected));
  }
  for (const { segment, step: following } of step.others) {
    walk(evaluation, following, follow(evaluation, [segment], { nodes }, false).nodes, selected);
  }
}

/** The members of the given objects that have one of the names, by name. */
function selectMembers(evaluation: Evaluation, table: NameTable, nodes: readonly number[], found: number[][]): void {
  const { document, budget } = evaluation;
  for (const node of nodes) {
    let visited = 1;
    if (kindOf(document, node) === "object") {
      const end = nextOf(document, node);
      for (let child = node + 1; child < end; child = nextOf(document, child)) {
        visited++;
        matchNames(document, table, child, found);
      }
    }
    spend(budget, visited);
  }
}

/** The members at any depth below the given nodes that have one of the names, by name. */
function selectDescendants(evaluation: Evaluation, table: NameTable, nodes: readonly number[], found: number[][]): void {
  const { document, budget } = evaluation;
  eachOutermost(document, nodes, (start, end) => {
    spend(budget, end - start);
    for (let node = start + 1; node < end; node++) matchNames(document, table, node, found);
  });
}

function matchNames(document: JsonDocument, { entries, lengths }: NameTable, node: number, found: number[][]): void {
  const length = nameEndOf(document, node) - nameStartOf(document, node) - 2;
  // A spelling with escapes is longer than its name.
  if ((lengths & lengthBit(length)) === 0 && !document.hasEscapes) return;
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    if (entry !== undefined && hasName(document, node, entry.name)) found[index]?.push(node);
  }
}

/** Visits the ranges of a set of nodes and their descendants, each node once. */
function eachOutermost(document: JsonDocument, nodes: readonly number[], visit: (start: number, end: number) => void): void {
  let done = 0;
  for (const node of [...nodes].sort((a, b) => a - b)) {
    if (node < done) continue;
    done = nextOf(document, node);
    visit(node, done);
  }
}

/** Applies segments in turn. In a filter node lists count their repetitions and members must have one name each. */
function follow(evaluation: Evaluation, segments: readonly Segment[], from: NodeList, inFilter: boolean): NodeList {
  let list = from;
  for (const segment of segments) {
    const visited = segment.descendant ? descend(evaluation, list, inFilter) : list;
    list = applySelectors(evaluation, segment.selectors, visited, inFilter);
    if (list.nodes.length === 0) break;
  }
  return list;
}

/** RFC 9535, section 2.5.2: the nodes of a list and all of their descendants, in one pass over the document. */
function descend({ document, budget }: Evaluation, { nodes, times }: NodeList, inFilter: boolean): NodeList {
  const found: number[] = [];
  const foundTimes: number[] = [];
  const visits = new Map<number, number>();
  if (inFilter) nodes.forEach((node, index) => visits.set(node, (visits.get(node) ?? 0) + (times?.[index] ?? 1)));
  eachOutermost(document, nodes, (start, end) => {
    spend(budget, end - start);
    const open: { readonly end: number; readonly times: number }[] = [];
    let inherited = 0;
    for (let node = start; node < end; node++) {
      found.push(node);
      if (!inFilter) continue;
      for (let top = open.at(-1); top !== undefined && top.end <= node; top = open.at(-1)) {
        inherited -= top.times;
        open.pop();
      }
      const own = visits.get(node) ?? 0;
      if (own > 0) open.push({ end: nextOf(document, node), times: own });
      inherited += own;
      foundTimes.push(inherited);
    }
  });
  return inFilter ? { nodes: found, times: foundTimes } : { nodes: found };
}

function applySelectors(
  evaluation: Evaluation,
  selectors: readonly Selector[],
  { nodes, times }: NodeList,
  inFilter: boolean,
): NodeList {
  const found: number[] = [];
  const foundTimes: number[] = [];
  nodes.forEach((node, index) => {
    for (const selector of selectors) {
      applySelector(evaluation, selector, node, inFilter, found);
      if (inFilter) while (foundTimes.length < found.length) foundTimes.push(times?.[index] ?? 1);
    }
  });
  if (inFilter) return { nodes: found, times: foundTimes };
  // One selector reaches each child of distinct nodes at most once.
  return { nodes: selectors.length === 1 ? found : [...new Set(found)] };
}

function applySelector(
  evaluation: Evaluation,
  selector: Selector,
  node: number,
  inFilter: boolean,
  found: number[],
): void {
  const { document } = evaluation;
  const kind = kindOf(document, node);
  if (kind !== "object" && kind !== "array") {
    spend(evaluation.budget, 1);
    return;
  }
  switch (selector.kind) {
    case "name":
      if (kind === "object") selectName(evaluation, selector.name, node, inFilter, found);
      return;
    case "wildcard":
      if (inFilter) requireDistinctNames(evaluation, node);
      eachChild(evaluation, node, (child) => found.push(child));
      return;
    case "index":
    case "slice":
      if (kind === "array") selectElements(evaluation, selector, node, found);
      return;
    case "filter":
      if (inFilter) requireDistinctNames(evaluation, node);
      eachChild(evaluation, node, (child) => {
        if (holds(evaluation, selector.test, child)) found.push(child);
      });
      return;
  }
}

function eachChild({ document, budget }: Evaluation, node: number, visit: (child: number) => void): void {
  const end = nextOf(document, node);
  for (let child = node + 1; child < end; child = nextOf(document, child)) {
    spend(budget, 1);
    visit(child);
  }
}

function selectName(evaluation: Evaluation, name: string, node: number, inFilter: boolean, found: number[]): void {
  const { document, budget } = evaluation;
  const end = nextOf(document, node);
  let count = 0;
  let visited = 1;
  for (let child = node + 1; child < end; child = nextOf(document, child)) {
    visited++;
    if (!hasName(document, child, name)) continue;
    if (++count > 1 && inFilter) throw duplicate(document, child);
    found.push(child);
  }
  spend(budget, visited);
}

function selectElements(
  evaluation: Evaluation,
  selector: Extract<Selector, { kind: "index" | "slice" }>,
  node: number,
  found: number[],
): void {
  const children: number[] = [];
  eachChild(evaluation, node, (child) => children.push(child));
  const take = (index: number): void => {
    const child = children[index];
    if (child !== undefined) found.push(child);
  };
  if (selector.kind === "index") {
    take(selector.index < 0 ? children.length + selector.index : selector.index);
    return;
  }
  // RFC 9535, section 2.3.4.2.2.
  const { step } = selector;
  const length = children.length;
  if (step === 0) return;
  const place = (index: number): number => (index < 0 ? length + index : index);
  if (step > 0) {
    const from = Math.min(Math.max(place(selector.start ?? 0), 0), length);
    const to = Math.min(Math.max(place(selector.end ?? length), 0), length);
    for (let index = from; index < to; index += step) take(index);
  } else {
    const from = Math.min(Math.max(place(selector.start ?? length - 1), -1), length - 1);
    const to = selector.end === undefined ? -1 : Math.min(Math.max(place(selector.end), -1), length - 1);
    for (let index = from; index > to; index += step) take(index);
  }
}

function requireDistinctNames(evaluation: Evaluation, node: number): void {
  const { document } = evaluation;
  if (kindOf(document, node) !== "object") return;
  const names = new Set<string>();
  eachChild(evaluation, node, (child) => {
    const name = nameOf(document, child);
    if (names.has(name)) throw duplicate(document, child);
    names.add(name);
  });
}

function duplicate(document: JsonDocument, child: number): FieldsealError {
  return new FieldsealError("duplicate_member", { offset: nameStartOf(document, child) });
}

/** Whether a filter's test holds for a node. */
function holds(evaluation: Evaluation, test: Test, current: number): boolean {
  spend(evaluation.budget, 1);
  switch (test.kind) {
    case "or":
      return test.tests.some((part) => holds(evaluation, part, current));
    case "and":
      return test.tests.every((part) => holds(evaluation, part, current));
    case "not":
      return !holds(evaluation, test.test, current);
    case "exists":
      return queryNodes(evaluation, test.query, current).nodes.length > 0;
    case "compare":
      return compare(
        evaluation,
        test.operator,
        evaluate(evaluation, test.left, current),
        evaluate(evaluation, test.right, current),
      );
    case "match":
    case "search":
      return matches(evaluation, test, current);
  }
}

function queryNodes(evaluation: Evaluation, query: Query, current: number): NodeList {
  if (query.root === "current") return follow(evaluation, query.segments, { nodes: [current] }, true);
  const known = evaluation.rooted.get(query);
  if (known !== undefined) return known;
  const found = follow(evaluation, query.segments, { nodes: [0] }, true);
  evaluation.rooted.set(query, found);
  return found;
}

/** A value in a comparison: a primitive, an object or array of the document, or nothing. */
type Value =
  | { readonly kind: "primitive"; readonly value: string | number | boolean | null }
  | { readonly kind: "container"; readonly node: number }
  | { readonly kind: "nothing" };

const nothing: Value = { kind: "nothing" };

function evaluate(evaluation: Evaluation, expression: Comparable, current: number): Value {
  switch (expression.kind) {
    case "literal":
      return { kind: "primitive", value: expression.value };
    case "singular":
    case "value":
      return valueOfList(evaluation, queryNodes(evaluation, expression.query, current));
    case "count": {
      const { nodes, times } = queryNodes(evaluation, expression.query, current);
      return { kind: "primitive", value: times?.reduce((sum, count) => sum + count, 0) ?? nodes.length };
    }
    case "length":
      return measure(evaluation, evaluate(evaluation, expression.of, current));
  }
}

function valueOfList(evaluation: Evaluation, { nodes, times }: NodeList): Value {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1 || (times?.[0] ?? 1) > 1) return nothing;
  return valueOf(evaluation, node);
}

function valueOf({ document, budget }: Evaluation, node: number): Value {
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
function measure(evaluation: Evaluation, value: Value): Value {
  if (value.kind === "container") {
    requireDistinctNames(evaluation, value.node);
    let count = 0;
    eachChild(evaluation, value.node, () => count++);
    return { kind: "primitive", value: count };
  }
  if (value.kind !== "primitive" || typeof value.value !== "string") return nothing;
  let length = 0;
  for (const _ of value.value) length++;
  spend(evaluation.budget, length);
  return { kind: "primitive", value: length };
}

function compare(evaluation: Evaluation, operator: Operator, left: Value, right: Value): boolean {
  switch (operator) {
    case "==":
      return equal(evaluation, left, right);
    case "!=":
      return !equal(evaluation, left, right);
    case "<":
      return less(left, right);
    case ">":
      return less(right, left);
    case "<=":
      return less(left, right) || equal(evaluation, left, right);
    case ">=":
      return less(right, left) || equal(evaluation, left, right);
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

function equal(evaluation: Evaluation, left: Value, right: Value): boolean {
  if (left.kind === "primitive" && right.kind === "primitive") return left.value === right.value;
  if (left.kind === "container" && right.kind === "container") return equalNodes(evaluation, left.node, right.node);
  return left.kind === "nothing" && right.kind === "nothing";
}

function equalNodes(evaluation: Evaluation, left: number, right: number): boolean {
  const { document, budget } = evaluation;
  spend(budget, 1);
  const kind = kindOf(document, left);
  if (kind !== kindOf(document, right)) return false;
  if (kind === "object") return equalObjects(evaluation, left, right);
  if (kind === "array") {
    const theirs: number[] = [];
    eachChild(evaluation, right, (child) => theirs.push(child));
    const ours: number[] = [];
    eachChild(evaluation, left, (child) => ours.push(child));
    return ours.length === theirs.length && ours.every((child, index) => equalNodes(evaluation, child, theirs[index] ?? 0));
  }
  return equal(evaluation, valueOf(evaluation, left), valueOf(evaluation, right));
}

function equalObjects(evaluation: Evaluation, left: number, right: number): boolean {
  const { document } = evaluation;
  requireDistinctNames(evaluation, left);
  requireDistinctNames(evaluation, right);
  const theirs = new Map<string, number>();
  eachChild(evaluation, right, (child) => theirs.set(nameOf(document, child), child));
  let same = true;
  let count = 0;
  eachChild(evaluation, left, (child) => {
    count++;
    const other = theirs.get(nameOf(document, child));
    if (same) same = other !== undefined && equalNodes(evaluation, child, other);
  });
  return same && count === theirs.size;
}

/** RFC 9535, sections 2.4.6 and 2.4.7: what is not a string, or not an I-Regexp, matches nothing. */
function matches(evaluation: Evaluation, test: Extract<Test, { kind: "match" | "search" }>, current: number): boolean {
  const subject = evaluate(evaluation, test.subject, current);
  const pattern = evaluate(evaluation, test.pattern, current);
  if (subject.kind !== "primitive" || typeof subject.value !== "string") return false;
  if (pattern.kind !== "primitive" || typeof pattern.value !== "string") return false;
  const regexp = regexpOf(evaluation, pattern.value);
  return regexp !== undefined && testRegexp(regexp, subject.value, test.kind, evaluation.budget);
}

function regexpOf({ regexps, budget }: Evaluation, pattern: string): Regexp | undefined {
  if (regexps.has(pattern)) return regexps.get(pattern);
  spend(budget, 100 + pattern.length);
  const regexp = compileRegexp(pattern);
  if (regexp === "too large") throw new FieldsealError("too_complex");
  if (regexp !== undefined) spend(budget, regexp.program.length * 10);
  regexps.set(pattern, regexp);
  return regexp;
}
