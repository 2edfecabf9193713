/** Spans of a JSON text in which tokens have to have a label, by the JSONPath of a reader. */
import type { Span } from "../../text/edit.ts";
import { endOf, type JsonDocument, startOf } from "../../text/json-document.ts";
import type { ExpectedLabels } from "./expected-label.ts";

/** A span of a text in which tokens have to have a label. */
export interface LabelledSpan extends Span {
  readonly label: string;
}

/** As many steps as a policy's selectors may take. */
const mostSteps = 10_000_000;

/** The values of a JSON text that have labels. Throws `too_complex`. */
export function locateLabels({ select, selected }: ExpectedLabels, document: JsonDocument): readonly LabelledSpan[] {
  if (selected.length === 0) return [];
  return select(document, { remaining: mostSteps }).map(({ node, selector }) => ({
    start: startOf(document, node),
    end: endOf(document, node),
    label: selected[selector] ?? "",
  }));
}

/** Gives the labels of all spans that hold a part of the text. */
export type LabelsAt = (part: Span) => readonly string[];

interface IndexedSpan extends Span {
  /** The smallest one that holds it. */
  readonly outer: IndexedSpan | undefined;
  /** Its own label, and those of the spans that hold it. */
  readonly labels: readonly string[];
}

/** An index of spans of which any two hold one another or have nothing in common, as the values of a JSON text do. */
export function indexLabels(spans: readonly LabelledSpan[]): LabelsAt {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const indexed: IndexedSpan[] = [];
  let outer: IndexedSpan | undefined;
  for (const { start, end, label } of sorted) {
    while (outer !== undefined && outer.end < end) outer = outer.outer;
    const labels: readonly string[] = outer?.labels ?? [];
    outer = { start, end, outer, labels: labels.includes(label) ? labels : [...labels, label] };
    indexed.push(outer);
  }
  return ({ start, end }) => {
    let [low, high] = [0, indexed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((indexed[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    let span = indexed[low - 1];
    while (span !== undefined && span.end < end) span = span.outer;
    return span?.labels ?? [];
  };
}
