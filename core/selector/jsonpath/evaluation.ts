/** Evaluates JSONPath queries (RFC 9535) on the source text of a JSON body, within a budget. */
import { type Budget, spend } from "../../budget.ts";
import { hasName, type JsonDocument, kindOf, nameEndOf, nameStartOf, nextOf } from "../../text/json-document.ts";
import { duplicateMember, eachChild, requireDistinctNames, type Walk } from "./children.ts";
import { lengthBit, type NameTable, type Step } from "./plan.ts";
import type { Segment, Selector, Test } from "./syntax.ts";

/**
 * Nodes of a document. `times` counts how often each node is in the RFC's node list. Outside of filters it is absent,
 * and the list is a set.
 */
export interface NodeList {
  readonly nodes: readonly number[];
  readonly times?: readonly number[];
}

/** True if a filter's test accepts a node. Throws `too_complex` or `duplicate_member`. */
export type Filter = (evaluation: Evaluation, test: Test, current: number) => boolean;

/** A body, its budget, and its filter. */
export interface Evaluation extends Walk {
  readonly filter: Filter;
}

/**
 * Finds the nodes that each planned query selects, each node once, by the query's index. A query selects all members
 * with the same name. In a filter such members throw `duplicate_member`, because the result would depend on which of
 * them a parser keeps. Throws `too_complex` once the budget is spent.
 */
export function selectNodes(
  plan: Step,
  document: JsonDocument,
  budget: Budget,
  filter: Filter,
): ReadonlyMap<number, readonly number[]> {
  const selected = new Map<number, readonly number[]>();
  walk({ document, budget, filter }, plan, [0], selected);
  return selected;
}

function walk(
  evaluation: Evaluation,
  step: Step,
  nodes: readonly number[],
  selected: Map<number, readonly number[]>,
): void {
  if (nodes.length === 0) return;
  for (const query of step.ends) selected.set(query, nodes);
  for (const [table, select] of [
    [step.children, selectMembers],
    [step.descendants, selectDescendants],
  ] as const) {
    if (table.entries.length === 0) continue;
    const found = table.entries.map((): number[] => []);
    select(evaluation, table, nodes, found);
    table.entries.forEach((entry, index) => walk(evaluation, entry.step, found[index] ?? [], selected));
  }
  for (const { segment, step: following } of step.others) {
    walk(evaluation, following, follow(evaluation, [segment], { nodes }, false).nodes, selected);
  }
}

/** Finds the members of objects that have one of the names of a table, by name. */
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

/** Finds the members at any depth below nodes that have one of the names of a table, by name. */
function selectDescendants(
  evaluation: Evaluation,
  table: NameTable,
  nodes: readonly number[],
  found: number[][],
): void {
  const { document, budget } = evaluation;
  eachOutermost(document, nodes, (start, end) => {
    spend(budget, end - start);
    for (let node = start + 1; node < end; node++) matchNames(document, table, node, found);
  });
}

function matchNames(document: JsonDocument, { entries, lengths }: NameTable, node: number, found: number[][]): void {
  const length = nameEndOf(document, node) - nameStartOf(document, node) - 2;
  // With escapes, the text is longer than the name.
  if ((lengths & lengthBit(length)) === 0 && !document.hasEscapes) return;
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    if (entry !== undefined && hasName(document, node, entry.name)) found[index]?.push(node);
  }
}

/** Visits ranges that cover a set of nodes and their descendants, each node once. */
function eachOutermost(
  document: JsonDocument,
  nodes: readonly number[],
  visit: (start: number, end: number) => void,
): void {
  let done = 0;
  for (const node of [...nodes].sort((a, b) => a - b)) {
    if (node < done) continue;
    done = nextOf(document, node);
    visit(node, done);
  }
}

/** Applies segments in order. In a filter, node lists count repetitions, and duplicate members throw. */
export function follow(
  evaluation: Evaluation,
  segments: readonly Segment[],
  from: NodeList,
  inFilter: boolean,
): NodeList {
  let list = from;
  for (const segment of segments) {
    const visited = segment.descendant ? descend(evaluation, list, inFilter) : list;
    list = applySelectors(evaluation, segment.selectors, visited, inFilter);
    if (list.nodes.length === 0) break;
  }
  return list;
}

/** The nodes of a list and all their descendants, in one pass over the document (RFC 9535, section 2.5.2). */
function descend(evaluation: Evaluation, { nodes, times }: NodeList, inFilter: boolean): NodeList {
  const { document, budget } = evaluation;
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
      requireDistinctNames(evaluation, node);
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
        if (evaluation.filter(evaluation, selector.test, child)) found.push(child);
      });
      return;
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
    if (++count > 1 && inFilter) throw duplicateMember(document, child);
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
