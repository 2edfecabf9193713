/** Checks one rule of a policy and makes plain data of it. */

import type { ConfigValue } from "../config/config-value.ts";
import { findNearest, suggest } from "../config/did-you-mean.ts";
import { confidences } from "../detectors/detector.ts";
import type { CompiledDetectorUse } from "../detectors/detector-use.ts";
import { FieldsealError } from "../errors.ts";
import { formats } from "../rule/formats.ts";
import { isProtectableHeader } from "../rule/headers.ts";
import { findNamedSegments, type PathPattern, parsePathPattern } from "../rule/route.ts";
import { type CompiledRule, type CompiledSelection, type RuleSelector, requestParts, type Use } from "../rule/rule.ts";
import { type Dialect, rfc9535, withPlace } from "../selector/dialect.ts";
import { type FieldPattern, parseFieldPattern } from "../selector/field-name.ts";
import { parseQuery } from "../selector/jsonpath/parser.ts";
import type { Query } from "../selector/jsonpath/syntax.ts";
import { parseWildcard, type Wildcard } from "../selector/wildcard.ts";
import { parseXmlPath } from "../selector/xml-path.ts";
import { isLabel } from "../token/grammar.ts";
import type { RecipientIdentity } from "../token/recipient.ts";
import type { SelectorScope } from "./relations/selector-relation.ts";
import { cloudFrontMethods, ruleSettings } from "./settings.ts";

const methodPattern = /^[A-Z][A-Z0-9_-]{0,31}$/;

/** What a rule can refer to. */
export interface RuleContext {
  readonly recipients: readonly RecipientIdentity[];
  readonly dialects: readonly Dialect[];
  /** Names of detectors, the policy's own among them. */
  readonly detectors: readonly string[];
}

/** A rule, and what it says about it that is not needed once it is checked. */
export interface RuleDraft {
  readonly item: ConfigValue;
  readonly rule: CompiledRule;
  readonly scopes: readonly SelectorScope[];
  /** All selectors of `body`, also those that lead to texts with further ones. */
  readonly bodyTexts: readonly ConfigValue[];
  /** Where the detectors of `rule` stand, in their order. */
  readonly detectorPlaces: readonly ConfigValue[];
}

/** What stands where a setting could not be read: the rule is given up, and read on for further mistakes. */
const nowhere: PathPattern = [];

/**
 * A rule from its place in a policy. Throws `policy_invalid` with place and reason, or collects such errors where the
 * shape collects them; what it gives then is not to be used.
 */
export function compileRule(
  item: ConfigValue,
  index: number,
  { recipients, dialects, detectors }: RuleContext,
): RuleDraft {
  item.allow(...ruleSettings);
  const read = <T>(name: string, parse: (setting: ConfigValue) => T): T | undefined =>
    item.attempt(() => {
      const setting = item.optional(name);
      return setting === undefined ? undefined : parse(setting);
    });
  const recipient = item.attempt(() =>
    item.member("recipient").reference(
      "recipient",
      recipients.map(({ id }) => id),
    ),
  );
  const token = read("token", (setting) => setting.choice("auto", "direct", "sealed")) ?? "auto";
  const label = read("label", (setting) => parseLabel(setting, token));
  const path = item.attempt(() => {
    const setting = item.member("path");
    return withPlace(setting.place, () => parsePathPattern(setting.text()));
  });
  const dialect = read("dialect", (setting) => parseDialect(setting, dialects)) ?? rfc9535;
  const { scopes, bodyTexts, detectorPlaces, ...selected } = parseSelectors(item, dialect, detectors);
  const rule: CompiledRule = {
    name: read("name", (setting) => setting.text()) ?? String(index),
    mode: read("mode", (setting) => setting.choice("enforce", "report")) ?? "enforce",
    path: path ?? nowhere,
    methods: read("methods", parseMethods),
    recipient: recipient ?? "",
    token: label === undefined ? token : "sealed",
    label,
    contentKey: read("contentKey", (setting) => setting.choice("request", "field")) ?? "request",
    tokens: read("tokens", (setting) => setting.choice("refuse", "accept")) ?? "refuse",
    ...selected,
    exempt: item.attempt(() => parseExempt(item)) ?? [],
    format: read("format", (setting) => setting.choice(...formats)),
    unreadable: read("unreadable", (setting) => setting.choice("refuse", "scan", "pass")) ?? "refuse",
  };
  return { item, rule, scopes, bodyTexts, detectorPlaces };
}

function parseLabel(setting: ConfigValue, token: CompiledRule["token"]): string {
  const label = setting.text();
  if (!isLabel(label)) throw setting.refuse("A label has 1 to 64 of A-Z a-z 0-9 _ . -.");
  if (token === "direct") throw setting.refuse("A direct token carries no label.");
  return label;
}

function parseDialect(setting: ConfigValue, dialects: readonly Dialect[]): Dialect {
  const name = setting.reference(
    "dialect",
    dialects.map((dialect) => dialect.name),
  );
  return dialects.find((dialect) => dialect.name === name) ?? rfc9535;
}

type Selected = Pick<
  CompiledRule,
  "selectors" | "json" | "fields" | "xml" | "detectors" | "detectIn" | "query" | "headers" | "cookies" | "segments"
> &
  Pick<RuleDraft, "scopes" | "bodyTexts" | "detectorPlaces">;

/** Collects what a rule selects by: the compiled rule refers to selectors by number. */
interface Selectors {
  readonly selectors: RuleSelector[];
  readonly scopes: SelectorScope[];
  readonly bodyTexts: ConfigValue[];
}

function parseSelectors(item: ConfigValue, dialect: Dialect, detectors: readonly string[]): Selected {
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
  const detectorPlaces: ConfigValue[] = [];
  const selected: Omit<Selected, "selectors" | "scopes" | "bodyTexts" | "detectorPlaces"> = {
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
      detectorPlaces.push(entry);
      return { use, selector: selectors.push({ text: use.detector, part: "body" }) - 1 };
    }),
    detectIn:
      item.optional("detectIn") === undefined
        ? ["body"]
        : readList(item, "detectIn", (place) => place.choice(...requestParts)),
  };
  return { ...selected, selectors, scopes, bodyTexts, detectorPlaces };
}

/** What a claim says of its list. */
type ScopeBy = SelectorScope extends infer C
  ? C extends SelectorScope
    ? Omit<C, "at" | "text" | "required">
    : never
  : never;

/** The items of a list of which at least one must stand there; none where the setting does not stand there itself. */
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
  /** The queries that lead to the text; `undefined` where one of them is none of RFC 9535. */
  readonly outer: readonly Query[] | undefined;
}

function parseJsonSelection(
  item: ConfigValue,
  list: string,
  { dialect, outer }: JsonContext,
  found: Selectors,
): CompiledSelection {
  const own: { readonly text: string; readonly place: string }[] = [];
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
    if (required) throw entry.member("required").refuse("Say it of the selectors inside.");
    inside.push({ outer: compiled, selection: parseJsonSelection(entry, "inside", { dialect, outer: chain }, found) });
  });
  return { select: dialect.compile(own), selectors: indices, inside };
}

/** What JSONPath of RFC 9535 makes of a selector of any dialect: without filters and operators they mean the same. */
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
    throw new FieldsealError("policy_invalid", { reason: `${JSON.stringify(text)} is no header field's name.` });
  }
  if (!isProtectableHeader(name)) {
    throw new FieldsealError("policy_invalid", {
      reason: `The header field ${JSON.stringify(text)} cannot be protected.`,
    });
  }
  return parseWildcard(name);
}

function findSegment(path: string, name: string): number {
  const named = findNamedSegments(path);
  const place = named.get(name);
  if (place !== undefined) return place;
  throw new FieldsealError("policy_invalid", {
    reason: `The path has no segment {${name}}, or has one behind **, where segments cannot be counted.${suggest(name, [...named.keys()])}`,
  });
}

/** A detector's name alone, or `{ "detector": …, … }`. */
function parseDetector(entry: ConfigValue, detectors: readonly string[]): CompiledDetectorUse {
  if (typeof entry.value !== "string")
    entry.allow("detector", "confidence", "allow", "context", "needsContext", "exempt");
  const settings = typeof entry.value === "string" ? undefined : entry;
  const name = settings === undefined ? entry : settings.member("detector");
  const texts = (setting: string): readonly string[] =>
    settings
      ?.optional(setting)
      ?.items(1)
      .map((item) => item.text()) ?? [];
  return {
    detector: name.reference("detector", detectors),
    confidence: settings?.optional("confidence")?.choice(...confidences) ?? "low",
    allow: texts("allow"),
    context: texts("context"),
    needsContext: settings?.optional("needsContext")?.flag() ?? false,
    exempt: settings === undefined ? [] : parseExempt(settings),
  };
}

function parseExempt(item: ConfigValue): readonly FieldPattern[] {
  return (item.optional("exempt")?.items(1) ?? []).map((name) =>
    withPlace(name.place, () => parseFieldPattern(name.text())),
  );
}

function parseMethods(list: ConfigValue): readonly string[] {
  return list.items(1).flatMap((item) => item.attempt(() => parseMethod(item)) ?? []);
}

function parseMethod(item: ConfigValue): string {
  const method = item.text();
  const known: readonly string[] = cloudFrontMethods;
  if (known.includes(method)) return method;
  const didYouMean = suggest(method, known);
  if (!methodPattern.test(method)) throw item.refuse(`A method is written in capitals.${didYouMean}`);
  if (findNearest(method, known) !== undefined) throw item.refuse(`CloudFront takes no method ${method}.${didYouMean}`);
  return method;
}
