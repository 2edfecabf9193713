/** Merges the queries of a policy by their common beginnings, so that they share steps over a body. */
import type { Query, Segment } from "./syntax.ts";

/** A step of the plan, for the nodes that a common beginning selects. */
export interface Step {
  /** The indices of the queries that end here and select these nodes. */
  readonly ends: number[];
  /** Continuations by one member name, of children and of descendants, matched all at once. */
  readonly children: NameTable;
  readonly descendants: NameTable;
  /** All other continuations. */
  readonly others: { readonly segment: Segment; readonly key: string; readonly step: Step }[];
}

/** Names of members, each with the step that follows. */
export interface NameTable {
  readonly entries: { readonly name: string; readonly step: Step }[];
  /** Bit n is set if some name has n UTF-16 code units; bit 31 is for 31 and more. */
  lengths: number;
}

/** Plans a list of queries that start at the document's root. */
export function planQueries(queries: readonly Query[]): Step {
  const root = emptyStep();
  queries.forEach(({ segments }, index) => {
    let step = root;
    for (const segment of segments) step = continueWith(step, segment);
    step.ends.push(index);
  });
  return root;
}

/** The bit of `lengths` for a name's length. */
export function lengthBit(length: number): number {
  return 1 << Math.min(length, 31);
}

function emptyStep(): Step {
  return {
    ends: [],
    children: { entries: [], lengths: 0 },
    descendants: { entries: [], lengths: 0 },
    others: [],
  };
}

function continueWith(step: Step, segment: Segment): Step {
  const [only] = segment.selectors;
  if (only?.kind === "name" && segment.selectors.length === 1) {
    const table = segment.descendant ? step.descendants : step.children;
    const known = table.entries.find(({ name }) => name === only.name);
    if (known !== undefined) return known.step;
    const entry = { name: only.name, step: emptyStep() };
    table.entries.push(entry);
    table.lengths |= lengthBit(only.name.length);
    return entry.step;
  }
  const key = JSON.stringify(segment);
  const known = step.others.find((other) => other.key === key);
  if (known !== undefined) return known.step;
  const other = { segment, key, step: emptyStep() };
  step.others.push(other);
  return other.step;
}
