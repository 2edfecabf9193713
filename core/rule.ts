/** One rule of a policy: which requests it covers, what it protects in them, and how. */
import type { Detector } from "./detectors/detector.ts";
import { detectors } from "./detectors/table.ts";
import { type FieldPattern, parseFieldPattern } from "./field-name.ts";
import { FieldsealError } from "./errors.ts";
import type { Recipient } from "./recipient.ts";
import { findNamedSegments, parsePathPattern, type PathPattern } from "./route.ts";
import { type Dialect, rfc9535, type Select, withPlace } from "./selector/dialect.ts";
import { parseXmlPath, type XmlPath } from "./selector/xml-path.ts";
import type { Shape } from "./shape.ts";
import { isLabel } from "./token.ts";
import { parseWildcard, type Wildcard } from "./wildcard.ts";

export interface Rule {
  readonly name: string;
  readonly path: PathPattern;
  /** Upper-case methods; `undefined` covers all. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly recipient: Recipient;
  readonly token: "auto" | "direct" | "sealed";
  readonly label: string | undefined;
  /** Whether all sealed tokens of a request share a content key, or each field has its own. */
  readonly contentKey: "request" | "field";
  /** Whether whole tokens of known recipients may come in from clients. */
  readonly tokens: "refuse" | "accept";
  /** All selectors and detectors; findings refer to them by index. */
  readonly selectors: readonly RuleSelector[];
  readonly json: JsonSelection;
  readonly fields: readonly Use<FieldPattern>[];
  readonly xml: readonly Use<XmlPath>[];
  readonly detectors: readonly Use<Detector>[];
  /** Where the detectors look. */
  readonly detectIn: ReadonlySet<Place>;
  /** Names of files that detectors leave alone. */
  readonly exempt: readonly FieldPattern[];
  readonly query: readonly Use<FieldPattern>[];
  readonly headers: readonly Use<Wildcard>[];
  readonly cookies: readonly Use<FieldPattern>[];
  /** Numbers of path segments, from 0. */
  readonly segments: readonly Use<number>[];
  /** The format that bodies are read in, whatever their content type says. */
  readonly format: Format | undefined;
  /** What happens to a body that cannot be read. */
  readonly unreadable: "refuse" | "scan" | "pass";
}

export const formats = ["json", "ndjson", "form", "multipart", "xml", "csv", "text"] as const;
export type Format = (typeof formats)[number];

const places = ["body", "query", "headers", "cookies", "path"] as const;
export type Place = (typeof places)[number];

export interface RuleSelector {
  /** As the policy writes it. */
  readonly text: string;
  readonly part: "body" | "request";
  /** Whether a request in which it finds nothing is refused. */
  readonly required: boolean;
}

/** Something that a rule selects by, and the index of its selector. */
export interface Use<T> {
  readonly use: T;
  readonly selector: number;
}

/** JSONPath selectors, and those that go on inside of JSON texts that stand in selected strings. */
export interface JsonSelection {
  readonly select: Select;
  /** The rule's selector for each index that `select` reports. */
  readonly selectors: readonly number[];
  readonly inside: readonly { readonly outer: Select; readonly selection: JsonSelection }[];
}

const methodPattern = /^[A-Z][A-Z0-9_-]{0,31}$/;

/** Header fields that a function cannot change, that are part of other settings, or that CloudFront needs as they are. */
const fixedHeaders: ReadonlySet<string> = new Set([
  "accept-encoding",
  "cdn-loop",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "expect",
  "host",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/** Whether a header field is one that rules may protect. */
export function isProtectableHeader(name: string): boolean {
  return !fixedHeaders.has(name) && !/^(?:x-amz-cf-|x-edge-|cloudfront-)/.test(name);
}

/** A rule from its place in a policy. Throws `policy_invalid` with place and reason. */
export function parseRule(
  item: Shape,
  index: number,
  recipients: readonly Recipient[],
  dialects: readonly Dialect[],
): Rule {
  item.allow(
    ...["name", "path", "methods", "recipient", "token", "label", "contentKey", "tokens", "dialect"],
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
  const selected = parseSelectors(item, parseDialect(item, dialects));
  const unreadable = item.optional("unreadable")?.choice("refuse", "scan", "pass") ?? "refuse";
  if (unreadable === "scan" && !(selected.detectors.length > 0 && selected.detectIn.has("body"))) {
    throw item.member("unreadable").refuse("There is nothing to scan with: the rule has no detectors for bodies.");
  }
  return {
    name: item.optional("name")?.text() ?? String(index),
    path: withPlace(path.place, () => parsePathPattern(path.text())),
    methods: parseMethods(item.optional("methods")),
    recipient,
    token: label === undefined ? token : "sealed",
    label: label?.text(),
    contentKey: item.optional("contentKey")?.choice("request", "field") ?? "request",
    tokens: item.optional("tokens")?.choice("refuse", "accept") ?? "refuse",
    ...selected,
    exempt: (item.optional("exempt")?.items(1) ?? []).map((name) => withPlace(name.place, () => parseFieldPattern(name.text()))),
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

type Selected = Pick<Rule, "selectors" | "json" | "fields" | "xml" | "detectors" | "detectIn" | "query" | "headers" | "cookies" | "segments">;

function parseSelectors(item: Shape, dialect: Dialect): Selected {
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
    detectors: (item.optional("detect")?.items(1) ?? []).map((entry) => ({
      use: parseDetector(entry),
      selector: add(entry.text(), "body", false),
    })),
    detectIn: new Set(item.optional("detectIn")?.items(1).map((place) => place.choice(...places)) ?? ["body"]),
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
): JsonSelection {
  const own: { readonly text: string; readonly place: string }[] = [];
  const indices: number[] = [];
  const inside: JsonSelection["inside"][number][] = [];
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
  return { select: own.length === 0 ? () => [] : dialect.compile(own), selectors: indices, inside };
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

function parseDetector(entry: Shape): Detector {
  const found = detectors.find(({ name }) => name === entry.text());
  if (found !== undefined) return found;
  throw entry.refuse(`There is no detector ${JSON.stringify(entry.text())}; there are ${detectors.map(({ name }) => name).join(", ")}.`);
}

function parseMethods(list: Shape | undefined): ReadonlySet<string> | undefined {
  if (list === undefined) return undefined;
  const methods = list.items(1).map((item) => {
    if (!methodPattern.test(item.text())) throw item.refuse("A method is written in capitals.");
    return item.text();
  });
  return new Set(methods);
}

/** Whether a rule's detectors look into a part of a request. */
export function detectsIn(rule: Rule, place: Place): boolean {
  return rule.detectors.length > 0 && rule.detectIn.has(place);
}

/** Whether a rule looks into bodies at all. */
export function readsBodies(rule: Rule): boolean {
  const { json, fields, xml } = rule;
  return json.selectors.length + json.inside.length + fields.length + xml.length > 0 || detectsIn(rule, "body");
}

/** Whether a rule has selectors or detectors for bodies of a format. */
export function readsFormat(rule: Rule, format: Format): boolean {
  if (detectsIn(rule, "body")) return true;
  const named = rule.fields.length > 0;
  switch (format) {
    case "json":
    case "ndjson":
      return named || rule.json.selectors.length + rule.json.inside.length > 0;
    case "form":
    case "multipart":
    case "csv":
      return named;
    case "xml":
      return named || rule.xml.length > 0;
    case "text":
      return false;
  }
}
