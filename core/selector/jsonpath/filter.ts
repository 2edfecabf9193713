/** Filters of JSONPath queries (RFC 9535, section 2.3.5). Bundles whose policies have no filters leave it out. */
import { spend } from "../../budget.ts";
import { compare, measure, nothing, type Value, valueOf } from "./comparison.ts";
import { type Evaluation, type Filter, follow, type NodeList } from "./evaluation.ts";
import type { Comparable, Query, Test } from "./syntax.ts";
import { createTextMatcher, type TextMatcher } from "./text-matcher.ts";

interface FilterEvaluation extends Evaluation {
  /** Results of queries that start at the document's root: they are the same for all nodes. */
  readonly rooted: Map<Query, NodeList>;
  readonly matcher: TextMatcher;
}

/** Makes a filter for one body. */
export function createFilter(): Filter {
  let own: FilterEvaluation | undefined;
  return (evaluation, test, current) => {
    own ??= { ...evaluation, rooted: new Map(), matcher: createTextMatcher() };
    return holds(own, test, current);
  };
}

function holds(evaluation: FilterEvaluation, test: Test, current: number): boolean {
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
    default:
      return matches(evaluation, test, current);
  }
}

function queryNodes(evaluation: FilterEvaluation, query: Query, current: number): NodeList {
  if (query.root === "current") return follow(evaluation, query.segments, { nodes: [current] }, true);
  const known = evaluation.rooted.get(query);
  if (known !== undefined) return known;
  const found = follow(evaluation, query.segments, { nodes: [0] }, true);
  evaluation.rooted.set(query, found);
  return found;
}

function evaluate(evaluation: FilterEvaluation, expression: Comparable, current: number): Value {
  switch (expression.kind) {
    case "literal":
      return { kind: "primitive", value: expression.value };
    case "number":
      return { kind: "primitive", value: Number(expression.text) };
    case "singular":
    case "value":
      return valueOfList(evaluation, queryNodes(evaluation, expression.query, current));
    case "count": {
      const { nodes, times } = queryNodes(evaluation, expression.query, current);
      return { kind: "primitive", value: times?.reduce((sum, count) => sum + count, 0) ?? nodes.length };
    }
    default:
      return measure(evaluation, evaluate(evaluation, expression.of, current));
  }
}

function valueOfList(evaluation: FilterEvaluation, { nodes, times }: NodeList): Value {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1 || (times?.[0] ?? 1) > 1) return nothing;
  return valueOf(evaluation, node);
}

/** `match` and `search` (RFC 9535, sections 2.4.6 and 2.4.7). False if a side is not a string or not an I-Regexp. */
function matches(
  evaluation: FilterEvaluation,
  test: Extract<Test, { kind: "match" | "search" }>,
  current: number,
): boolean {
  const subject = evaluate(evaluation, test.subject, current);
  const pattern = evaluate(evaluation, test.pattern, current);
  if (subject.kind !== "primitive" || typeof subject.value !== "string") return false;
  if (pattern.kind !== "primitive" || typeof pattern.value !== "string") return false;
  return evaluation.matcher(pattern.value, subject.value, test.kind, evaluation.budget);
}
