/** Checks one rule of a policy and makes plain data of it. */
import type { CompiledDetectorUse } from "./detector-use.ts";
import { confidences } from "./detectors/detector.ts";
import { type FieldPattern, parseFieldPattern } from "./field-name.ts";
import { FieldsealError } from "./errors.ts";
import type { Recipient } from "./recipient.ts";
import { findNamedSegments, parsePathPattern } from "./route.ts";
import { type CompiledRule, type CompiledSelection, formats, isProtectableHeader, places, type RuleSelector, type Use } from "./rule.ts";
import { type Dialect, rfc9535, withPlace } from "./selector/dialect.ts";
import { parseXmlPath } from "./selector/xml-path.ts";
import type { Shape } from "./shape.ts";
import { isLabel } from "./token.ts";
import { parseWildcard, type Wildcard } from "./wildcard.ts";

const methodPattern = /^[A-Z][A-Z0-9_-]{0,31}$/;

/** What a rule can refer to. */
export interface RuleContext {
  readonly recipients: readonly Recipient[];
  readonly dialects: readonly Dialect[];
  /** Names of detectors, the policy's own among them. */
  readonly detectors: readonly string[];
}

/** A rule from its place in a policy. Throws `policy_invalid` with place and reason. */
export function compileRule(
  item: Shape,
  index: number,
  { recipients, dialects, detectors }: RuleContext,
): CompiledRule {
  item.allow(
    ...["name", "mode", "path", "methods", "recipient", "token", "label", "contentKey", "tokens", "dialect"],
    ...["body", "fields", "xml", "detect", "detectIn", "exempt", "query", "headers", "cookies", "segments", "format", "unreadable"],
  );
  const recipientId = item.member("recipient");
  const recipient = recipients.find(({ id }) => id === recipientId.text());
  if (recipient === undefined) {
    throw recipientId.refuse(`There is no recipient ${JSON.stringify(recipientId.text())}.`);
  }
  const token = item.optional("token")?.choice("auto", "direct", "sealed") ?? "auto";
  const label = item.optional("label");
  if (label !== undefined && !isLabel(label.text())) throw label.refuse("A label has 1 to 64 of A-Z a-z 0-9 _ . -.");
  if (label !== undefined && token === "direct") throw label.refuse("A direct token carries no label.");
  const path = item.member("path");
  const selected = parseSelectors(item, parseDialect(item, dialects), detectors);
  const unreadable = item.optional("unreadable")?.choice("refuse", "scan", "pass") ?? "refuse";
  if (unreadable === "scan" && !(selected.detectors.length > 0 && selected.detectIn.includes("body"))) {
    throw item.member("unreadable").refuse("There is nothing to scan with: the rule has no detectors for bodies.");
  }
  return {
    name: item.optional("name")?.text() ?? String(index),
    mode: item.optional("mode")?.choice("enforce", "report") ?? "enforce",
    path: withPlace(path.place, () => parsePathPattern(path.text())),
    methods: parseMethods(item.optional("methods")),
    recipient: recipient.id,
    token: label === undefined ? token : "sealed",
    label: label?.text(),
    contentKey: item.optional("contentKey")?.choice("request", "field") ?? "request",
    tokens: item.optional("tokens")?.choice("refuse", "accept") ?? "refuse",
    ...selected,
    exempt: parseExempt(item),
    format: item.optional("format")?.choice(...formats),
    unreadable,
  };
}

function parseDialect(item: Shape, dialects: readonly Dialect[]): Dialect {
  const name = item.optional("dialect")?.text() ?? rfc9535.name;
  const dialect = dialects.find((candidate) => candidate.name === name);
  if (dialect !== undefined) return dialect;
  throw item.member("dialect").refuse(`The dialect is one of ${dialects.map((each) => each.name).join(", ")}.`);
}

type Selected = Pick<CompiledRule, "selectors" | "json" | "fields" | "xml" | "detectors" | "detectIn" | "query" | "headers" | "cookies" | "segments">;

function parseSelectors(item: Shape, dialect: Dialect, detectors: readonly string[]): Selected {
  const selectors: RuleSelector[] = [];
  const add = (text: string, part: RuleSelector["part"], required: boolean): number =>
    selectors.push({ text, part, required }) - 1;
  const list = <T>(name: string, part: RuleSelector["part"], parse: (text: string) => T): Use<T>[] =>
    (item.optional(name)?.items(1) ?? []).map((entry) => {
      const { text, required } = parseEntry(entry);
      return { use: withPlace(text.place, () => parse(text.text())), selector: add(text.text(), part, required) };
    });
  const selected: Omit<Selected, "selectors"> = {
    json: parseJsonSelection(item.optional("body"), dialect, add),
    fields: list("fields", "body", parseFieldPattern),
    xml: list("xml", "body", parseXmlPath),
    query: list("query", "request", parseFieldPattern),
    headers: list("headers", "request", parseHeaderPattern),
    cookies: list("cookies", "request", parseFieldPattern),
    segments: list("segments", "request", (name) => findSegment(item.member("path").text(), name)),
    detectors: (item.optional("detect")?.items(1) ?? []).map((entry) => {
      const use = parseDetector(entry, detectors);
      return { use, selector: add(use.detector, "body", false) };
    }),
    detectIn: item.optional("detectIn")?.items(1).map((place) => place.choice(...places)) ?? ["body"],
  };
  if (item.optional("detectIn") !== undefined && selected.detectors.length === 0) {
    throw item.member("detectIn").refuse("The rule has no detectors.");
  }
  if (selectors.length === 0) {
    throw item.refuse("The rule protects nothing: it has none of body, fields, xml, detect, query, headers, cookies, segments.");
  }
  return { ...selected, selectors };
}

/** A selector alone, or `{ "select": …, "required"?: true }`. */
function parseEntry(entry: Shape, ...others: readonly string[]): { readonly text: Shape; readonly required: boolean } {
  if (typeof entry.value === "string") return { text: entry, required: false };
  entry.allow("select", "required", ...others);
  return { text: entry.member("select"), required: entry.optional("required")?.flag() ?? false };
}

function parseJsonSelection(
  list: Shape | undefined,
  dialect: Dialect,
  add: (text: string, part: "body", required: boolean) => number,
): CompiledSelection {
  const own: { readonly text: string; readonly place: string }[] = [];
  const indices: number[] = [];
  const inside: CompiledSelection["inside"][number][] = [];
  for (const entry of list?.items(1) ?? []) {
    const { text, required } = parseEntry(entry, "inside");
    const selector = { text: text.text(), place: text.place };
    const further = typeof entry.value === "string" ? undefined : entry.optional("inside");
    if (further === undefined) {
      own.push(selector);
      indices.push(add(selector.text, "body", required));
    } else {
      if (required) throw entry.member("required").refuse("Say it of the selectors inside.");
      inside.push({ outer: dialect.compile([selector]), selection: parseJsonSelection(further, dialect, add) });
    }
  }
  return { select: dialect.compile(own), selectors: indices, inside };
}

function parseHeaderPattern(text: string): Wildcard {
  const name = text.toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) {
    throw new FieldsealError("policy_invalid", { reason: `${JSON.stringify(text)} is no header field's name.` });
  }
  if (!isProtectableHeader(name)) {
    throw new FieldsealError("policy_invalid", { reason: `The header field ${JSON.stringify(text)} cannot be protected.` });
  }
  return parseWildcard(name);
}

function findSegment(path: string, name: string): number {
  const place = findNamedSegments(path).get(name);
  if (place !== undefined) return place;
  throw new FieldsealError("policy_invalid", {
    reason: `The path has no segment {${name}}, or has one behind **, where segments cannot be counted.`,
  });
}

/** A detector's name alone, or `{ "detector": …, … }`. */
function parseDetector(entry: Shape, detectors: readonly string[]): CompiledDetectorUse {
  if (typeof entry.value !== "string") entry.allow("detector", "confidence", "allow", "context", "needsContext", "exempt");
  const settings = typeof entry.value === "string" ? undefined : entry;
  const name = settings === undefined ? entry : settings.member("detector");
  if (!detectors.includes(name.text())) {
    throw name.refuse(`There is no detector ${JSON.stringify(name.text())}; there are ${detectors.join(", ")}.`);
  }
  const texts = (setting: string): readonly string[] => settings?.optional(setting)?.items(1).map((item) => item.text()) ?? [];
  return {
    detector: name.text(),
    confidence: settings?.optional("confidence")?.choice(...confidences) ?? "low",
    allow: texts("allow"),
    context: texts("context"),
    needsContext: settings?.optional("needsContext")?.flag() ?? false,
    exempt: settings === undefined ? [] : parseExempt(settings),
  };
}

function parseExempt(item: Shape): readonly FieldPattern[] {
  return (item.optional("exempt")?.items(1) ?? []).map((name) => withPlace(name.place, () => parseFieldPattern(name.text())));
}

function parseMethods(list: Shape | undefined): readonly string[] | undefined {
  if (list === undefined) return undefined;
  return list.items(1).map((item) => {
    if (!methodPattern.test(item.text())) throw item.refuse("A method is written in capitals.");
    return item.text();
  });
}

