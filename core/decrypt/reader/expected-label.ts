/** Labels that a reader expects in places: in fields by their names, in JSON by JSONPath. */

import { FieldsealError } from "../../errors.ts";
import { rfc9535 } from "../../selector/dialect.ts";
import {
  type FieldPattern,
  matchesFieldName,
  matchesTreeField,
  parseFieldPattern,
  readFieldName,
} from "../../selector/field-name.ts";
import { parseQuery } from "../../selector/jsonpath/parser.ts";
import { loadRfc9535 } from "../../selector/jsonpath/rfc9535.ts";
import type { Query } from "../../selector/jsonpath/syntax.ts";
import type { Select } from "../../selector/select.ts";
import type { Span } from "../../text/edit.ts";
import { endOf, type JsonDocument, startOf } from "../../text/json-document.ts";
import type { NameAt } from "../../text/text-node.ts";

export interface ExpectedLabels {
  readonly fields: readonly { readonly pattern: FieldPattern; readonly label: string }[];
  readonly select: Select;
  /** The label for each index that `select` reports. */
  readonly selected: readonly string[];
  /** For each of these the last names of its path; none where it has no names at its end. */
  readonly lastNames: readonly (readonly string[])[];
}

/**
 * From a map of paths to labels; a path that begins with `$` is JSONPath, any other the name of a field. Throws
 * `policy_invalid`.
 */
export function compileExpectedLabels(
  paths: readonly { readonly path: string; readonly place: string; readonly label: string }[],
): ExpectedLabels {
  const selectors = paths.filter(({ path }) => path.startsWith("$"));
  const select = loadRfc9535(rfc9535.compile(selectors.map(({ path, place }) => ({ text: path, place }))));
  if (select === undefined) throw new FieldsealError("internal_error");
  return {
    fields: paths
      .filter(({ path }) => !path.startsWith("$"))
      .map(({ path, label }) => ({ pattern: parseFieldPattern(path), label })),
    select,
    selected: selectors.map(({ label }) => label),
    lastNames: selectors.map(({ path }) => lastNamesOf(parseQuery(path))),
  };
}

function lastNamesOf({ segments }: Query): readonly string[] {
  const last = segments.findLast(({ selectors }) => selectors.some(({ kind }) => kind === "name"));
  return last?.selectors.flatMap((selector) => (selector.kind === "name" ? [selector.name] : [])) ?? [];
}

/**
 * The labels that JSONPath has for a piece of JSON that broke off, by the names of the members around it. What its path
 * was nobody can tell, so that the last names of an expected path count wherever they stand.
 */
export function labelsOfFragment({ selected, lastNames }: ExpectedLabels, nameAt: NameAt): readonly string[] {
  const names = new Set<string>();
  for (let level = 0, name = nameAt(0); name !== undefined; name = nameAt(++level)) names.add(name);
  return selected.filter((_, selector) => lastNames[selector]?.some((name) => names.has(name)));
}

/** A quote and a colon, also as JSON in strings, markup and URLs has them. */
const quote = "(?:[\"']|u0022|&(?:amp;){0,8}(?:quot|#34|#x22);|%(?:25){0,8}22)";
const escapedQuote = `\\\\{0,64}${quote}`;
const colon = "(?::|%(?:25){0,8}3a|&#58;)";
const blanks = "(?:[ +\\t\\r\\n]|%(?:25){0,8}20){0,64}";
const memberPattern = new RegExp(
  `${quote}([^"'\\\\&%]{1,256})${escapedQuote}${blanks}${colon}${blanks}${escapedQuote}(?:(?!${quote})[^]){0,128}$`,
  "i",
);

/** So much is looked at before a token. */
const nearby = 640;

/** The labels of a place in other text, by the name of the member of JSON that seems to begin before it. */
export function labelsBefore(expectedLabels: ExpectedLabels, text: string, at: number): readonly string[] {
  if (expectedLabels.fields.length === 0 && expectedLabels.selected.length === 0) return [];
  const [, name] = memberPattern.exec(text.slice(Math.max(0, at - nearby), at)) ?? [];
  if (name === undefined) return [];
  const nameAt: NameAt = (level) => (level === 0 ? name : undefined);
  return [...labelsOfField(expectedLabels, nameAt), ...labelsOfFragment(expectedLabels, nameAt)];
}

/** A part of a text in which tokens have to have a label. */
export interface LabelledSpan extends Span {
  readonly label: string;
}

/** The places of a JSON text that have labels. Throws `too_complex`. */
export function locateLabels({ select, selected }: ExpectedLabels, document: JsonDocument): readonly LabelledSpan[] {
  if (selected.length === 0) return [];
  return select(document, { remaining: mostSteps }).map(({ node, selector }) => ({
    start: startOf(document, node),
    end: endOf(document, node),
    label: selected[selector] ?? "",
  }));
}

/** The labels of all places that hold a part of the text. */
export type LabelsAt = (part: Span) => readonly string[];

/** An index of the places of JSON texts: of any two, one holds the other, or none of it. */
export function indexLabels(places: readonly LabelledSpan[]): LabelsAt {
  const sorted = [...places].sort((a, b) => a.start - b.start || b.end - a.end);
  const indexed: IndexedPlace[] = [];
  let around: IndexedPlace | undefined;
  for (const { start, end, label } of sorted) {
    while (around !== undefined && around.end < end) around = around.around;
    const outer: readonly string[] = around?.labels ?? [];
    around = { start, end, around, labels: outer.includes(label) ? outer : [...outer, label] };
    indexed.push(around);
  }
  return ({ start, end }) => {
    let [low, high] = [0, indexed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((indexed[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    let place = indexed[low - 1];
    while (place !== undefined && place.end < end) place = place.around;
    return place?.labels ?? [];
  };
}

interface IndexedPlace extends Span {
  readonly around: IndexedPlace | undefined;
  /** Its own, and those of the places around it. */
  readonly labels: readonly string[];
}

/** As a policy's selectors may take. */
const mostSteps = 10_000_000;

/** The labels of the fields that something stands in, from its own out. */
export function labelsOfField({ fields }: ExpectedLabels, nameAt: NameAt | undefined): readonly string[] {
  if (fields.length === 0 || nameAt === undefined) return [];
  const labels: string[] = [];
  for (let level = 0; ; level++) {
    const name = nameAt(level);
    if (name === undefined) return labels;
    const read = readFieldName(name);
    for (const { pattern, label } of fields) {
      if (matchesFieldName(pattern, read) || matchesTreeField(pattern, (above) => nameAt(level + above)))
        labels.push(label);
    }
  }
}
