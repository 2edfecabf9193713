/** Reads the lists of a rule's selectors and detectors. For builds only. */
import type { ConfigValue } from "../config/config-value.ts";
import { suggest } from "../config/did-you-mean.ts";
import { type ConfigPlace, withPlace } from "../config/issue.ts";
import { FieldsealError } from "../errors.ts";
import { isProtectableHeader } from "../rule/headers.ts";
import { findNamedSegments } from "../rule/route.ts";
import { type CompiledRule, type CompiledSelection, type RuleSelector, requestParts, type Use } from "../rule/rule.ts";
import type { Dialect } from "../selector/dialect.ts";
import { parseFieldPattern } from "../selector/field-name.ts";
import { parseQuery } from "../selector/jsonpath/parser.ts";
import type { Query } from "../selector/jsonpath/syntax.ts";
import { parseWildcard, type Wildcard } from "../selector/wildcard.ts";
import { parseXmlPath } from "../selector/xml-path.ts";
import { parseDetector } from "./read-detector.ts";
import type { SelectorScope } from "./relations/selector-relation.ts";

/** The selectors and detectors of a rule, and what only its review needs. */
export type Selected = Pick<
  CompiledRule,
  "selectors" | "json" | "fields" | "xml" | "detectors" | "detectIn" | "query" | "headers" | "cookies" | "segments"
> & {
  readonly scopes: readonly SelectorScope[];
  /** All selectors of `body`, also those that only lead to selectors in `inside`. */
  readonly bodyTexts: readonly ConfigValue[];
  /** The entries of `detect`, in their order. */
  readonly detectorEntries: readonly ConfigValue[];
};

/** Collects selectors: the compiled rule refers to them by number. */
interface Selectors {
  readonly selectors: RuleSelector[];
  readonly scopes: SelectorScope[];
  readonly bodyTexts: ConfigValue[];
}

/** Reads the selectors and detectors of a rule. Reports each invalid entry, and leaves it out. */
export function parseSelectors(item: ConfigValue, dialect: Dialect, detectors: readonly string[]): Selected {
  const found: Selectors = { selectors: [], scopes: [], bodyTexts: [] };
  const { selectors, scopes, bodyTexts } = found;
  const list = <T>(
    name: "fields" | "xml" | "query" | "headers" | "cookies" | "segments",
    part: RuleSelector["part"],
    parse: (text: string) => T,
    scope: (use: T) => ScopeBy,
  ): Use<T>[] =>
    readList(item, name, (entry): Use<T>[] => {
      const { text, required } = parseEntry(entry);
      const use = withPlace(text.place, () => parse(text.text()));
      scopes.push({ at: text, text: text.text(), required, ...scope(use) });
      return [{ use, selector: selectors.push({ text: text.text(), part, ...(required ? { required } : {}) }) - 1 }];
    }).flat();
  const detectorEntries: ConfigValue[] = [];
  const selected: Omit<Selected, "selectors" | "scopes" | "bodyTexts" | "detectorEntries"> = {
    json: parseJsonSelection(item, "body", { dialect, outer: [] }, found),
    fields: list("fields", "body", parseFieldPattern, (pattern) => ({ list: "fields", pattern })),
    xml: list("xml", "body", parseXmlPath, (path) => ({ list: "xml", path })),
    query: list("query", "request", parseFieldPattern, (pattern) => ({ list: "query", pattern })),
    headers: list("headers", "request", parseHeaderPattern, (name) => ({ list: "headers", name })),
    cookies: list("cookies", "request", parseFieldPattern, (pattern) => ({ list: "cookies", pattern })),
    segments: list(
      "segments",
      "request",
      (name) => findSegment(item.member("path").text(), name),
      (segment) => ({ list: "segments", segment }),
    ),
    detectors: readList(item, "detect", (entry) => {
      const use = parseDetector(entry, detectors);
      detectorEntries.push(entry);
      return { use, selector: selectors.push({ text: use.detector, part: "body" }) - 1 };
    }),
    detectIn:
      item.optional("detectIn") === undefined
        ? ["body"]
        : readList(item, "detectIn", (part) => part.choice(...requestParts)),
  };
  return { ...selected, selectors, scopes, bodyTexts, detectorEntries };
}

/** The members of a scope that depend on its list. */
type ScopeBy = SelectorScope extends infer C
  ? C extends SelectorScope
    ? Omit<C, "at" | "text" | "required">
    : never
  : never;

/** Reads a list of at least one item; empty without the setting. */
function readList<T>(item: ConfigValue, name: string, parse: (entry: ConfigValue) => T): T[] {
  const entries = item.attempt(() => item.optional(name)?.items(1)) ?? [];
  return entries.flatMap((entry) => {
    const parsed = entry.attempt(() => parse(entry));
    return parsed === undefined ? [] : [parsed];
  });
}

/** A selector alone, or `{ "select": …, "required"?: true }`. */
function parseEntry(
  entry: ConfigValue,
  ...others: readonly string[]
): { readonly text: ConfigValue; readonly required: boolean } {
  if (typeof entry.value === "string") return { text: entry, required: false };
  entry.allow("select", "required", ...others);
  return { text: entry.member("select"), required: entry.optional("required")?.flag() ?? false };
}

interface JsonContext {
  readonly dialect: Dialect;
  /** The queries that lead to the JSON text; `undefined` if one of them is not RFC 9535. */
  readonly outer: readonly Query[] | undefined;
}

function parseJsonSelection(
  item: ConfigValue,
  list: string,
  { dialect, outer }: JsonContext,
  found: Selectors,
): CompiledSelection {
  const own: { readonly text: string; readonly place: ConfigPlace }[] = [];
  const indices: number[] = [];
  const inside: CompiledSelection["inside"][number][] = [];
  readList(item, list, (entry) => {
    const { text, required } = parseEntry(entry, "inside");
    const selector = { text: text.text(), place: text.place };
    const compiled = dialect.compile([selector]);
    found.bodyTexts.push(text);
    const query = readQuery(selector.text);
    const chain = outer === undefined || query === undefined ? undefined : [...outer, query];
    if (typeof entry.value === "string" || entry.optional("inside") === undefined) {
      own.push(selector);
      indices.push(found.selectors.push({ text: selector.text, part: "body", ...(required ? { required } : {}) }) - 1);
      found.scopes.push({ at: text, text: selector.text, required, list: "body", chain });
      return;
    }
    if (required) throw entry.member("required").refuse("Set required on the selectors in inside instead.");
    inside.push({ outer: compiled, selection: parseJsonSelection(entry, "inside", { dialect, outer: chain }, found) });
  });
  return { select: dialect.compile(own), selectors: indices, inside };
}

/** Reads a selector of any dialect as RFC 9535: without filters and operators, the dialects mean the same. */
function readQuery(text: string): Query | undefined {
  try {
    return parseQuery(text);
  } catch {
    return undefined;
  }
}

function parseHeaderPattern(text: string): Wildcard {
  const name = text.toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) {
    throw new FieldsealError("policy_invalid", {
      reason: `${JSON.stringify(text)} is not a valid name of a header field.`,
    });
  }
  if (!isProtectableHeader(name)) {
    const why = name === "cookie" ? "use cookies instead." : "CloudFront or HTTP needs it unchanged.";
    throw new FieldsealError("policy_invalid", {
      reason: `The header field ${JSON.stringify(text)} cannot be protected: ${why}`,
    });
  }
  return parseWildcard(name);
}

function findSegment(path: string, name: string): number {
  const named = findNamedSegments(path);
  const place = named.get(name);
  if (place !== undefined) return place;
  const nearest = suggest(name, [...named.keys()]);
  throw new FieldsealError("policy_invalid", {
    reason: `The path has no segment {${name}} before its first **.${nearest}`,
  });
}
