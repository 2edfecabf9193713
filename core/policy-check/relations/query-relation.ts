/** Compares JSONPath queries by what they select in any document. For builds only. */
import type { Query, Segment, Selector } from "../../selector/jsonpath/syntax.ts";
import { coversSteps, type Steps, stepsMeet, type TestRelation } from "./step-relation.ts";

/** A query, followed by the queries for the JSON texts in the selected strings (`inside`). */
export type QueryChain = readonly Query[];

/** The selectors of a segment, or the step into a JSON text in a string. */
type SegmentTest = readonly Selector[] | "inside";

/** True if `a` surely selects everything that `b` selects, or a value around it. */
export function coversQuery(a: QueryChain, b: QueryChain): boolean {
  return coversSteps(readSteps(a, true), readSteps(b, false), relation);
}

/** True if both may select the same value. */
export function queriesMeet(a: QueryChain, b: QueryChain): boolean {
  return stepsMeet(readSteps(a, false), readSteps(b, false), relation);
}

function readSteps(chain: QueryChain, open: boolean): Steps<SegmentTest> {
  const steps = chain.flatMap(({ segments }, index) => [
    ...(index === 0 ? [] : [{ descendant: false, test: "inside" as const }]),
    ...segments.map(({ descendant, selectors }: Segment) => ({ descendant: descendant === true, test: selectors })),
  ]);
  return { steps, open };
}

const relation: TestRelation<SegmentTest> = {
  covers: (a, b) =>
    a === "inside" || b === "inside" ? a === b : b.every((selector) => a.some((own) => coversSelector(own, selector))),
  meets: (a, b) =>
    a === "inside" || b === "inside" ? a === b : a.some((own) => b.some((selector) => selectorsMeet(own, selector))),
  passes: (test) => test !== "inside",
};

function coversSelector(a: Selector, b: Selector): boolean {
  if (a.kind === "wildcard" || JSON.stringify(a) === JSON.stringify(b)) return true;
  if (a.kind !== "slice" || a.step !== 1) return false;
  const { start = 0, end } = a;
  if (start === 0 && end === undefined) return b.kind === "index" || b.kind === "slice";
  return (
    b.kind === "index" &&
    b.index >= 0 &&
    start >= 0 &&
    b.index >= start &&
    (end === undefined || (end >= 0 && b.index < end))
  );
}

function selectorsMeet(a: Selector, b: Selector): boolean {
  const kinds = [a.kind, b.kind];
  if (kinds.includes("wildcard") || kinds.includes("filter")) return true;
  if (a.kind === "name" || b.kind === "name") return a.kind === "name" && b.kind === "name" && a.name === b.name;
  if (a.kind !== "index" || b.kind !== "index") return true;
  // One of them may count from the end.
  return a.index === b.index || a.index < 0 !== b.index < 0;
}
