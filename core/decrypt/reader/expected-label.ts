/** Labels that a reader expects of tokens: in fields by their names, in JSON by JSONPath. */
import type { ConfigValue } from "../../config/config-value.ts";
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
import type { NameAt } from "../../text/text-node.ts";
import { isLabel } from "../../token/grammar.ts";

/** Which label a token has to have, by where it is. */
export interface ExpectedLabels {
  readonly fields: readonly { readonly pattern: FieldPattern; readonly label: string }[];
  readonly select: Select;
  /** The label for each index that `select` reports. */
  readonly selected: readonly string[];
  /** For each of these the last names of its path; none where it ends without names. */
  readonly lastNames: readonly (readonly string[])[];
}

/**
 * Labels from `{ "PATH": "LABEL", … }`. A path that begins with `$` is JSONPath, any other the name of a field. Throws
 * `reader_invalid` with the reason, and with the place where it is known.
 */
export function parseExpectedLabels(settings: ConfigValue | undefined): ExpectedLabels {
  const paths = (settings?.members() ?? []).map(([path, label]): LabelledPath => {
    if (!isLabel(label.text())) throw label.refuse("Expected 1 to 64 characters of A-Z a-z 0-9 _ . -.");
    return { path, place: label.place, label: label.text() };
  });
  try {
    return compile(paths);
  } catch (error) {
    throw error instanceof FieldsealError ? new FieldsealError("reader_invalid", error.facts) : error;
  }
}

interface LabelledPath {
  readonly path: string;
  readonly place: string;
  readonly label: string;
}

function compile(paths: readonly LabelledPath[]): ExpectedLabels {
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

/** The labels by the names of a field and of those around it, which `nameAt` gives from the innermost out. */
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

/**
 * The labels by JSONPath for a fragment of JSON whose beginning is lost, by the names of the members around it. Nobody
 * can tell what its path was, so the last names of an expected path count anywhere.
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

/** Characters that are looked at before a token. */
const nearby = 640;

/** The labels for an offset in a text that is no JSON, by the name of a JSON member that seems to begin before it. */
export function labelsBefore(expectedLabels: ExpectedLabels, text: string, at: number): readonly string[] {
  if (expectedLabels.fields.length === 0 && expectedLabels.selected.length === 0) return [];
  const [, name] = memberPattern.exec(text.slice(Math.max(0, at - nearby), at)) ?? [];
  if (name === undefined) return [];
  const nameAt: NameAt = (level) => (level === 0 ? name : undefined);
  return [...labelsOfField(expectedLabels, nameAt), ...labelsOfFragment(expectedLabels, nameAt)];
}
