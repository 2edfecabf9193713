/** One rule of a policy: which requests it covers, what it protects in them, and how. */

import type { Detector } from "../detectors/detector.ts";
import type { CompiledDetectorUse, DetectorUse } from "../detectors/detector-use.ts";
import { FieldsealError } from "../errors.ts";
import type { Detection } from "../find/detection.ts";
import type { FieldPattern } from "../selector/field-name.ts";
import type { CompiledSelectors, LoadSelectors, Select } from "../selector/select.ts";
import type { Wildcard } from "../selector/wildcard.ts";
import type { XmlPath } from "../selector/xml-path.ts";
import type { Recipient } from "../token/recipient.ts";
import type { PathPattern } from "./route.ts";

export interface Rule {
  readonly name: string;
  /** `report`: it changes and refuses nothing, and the log says what it would have done. */
  readonly mode: "enforce" | "report";
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
  readonly detectors: readonly Use<DetectorUse>[];
  /** Where the detectors look. */
  readonly detectIn: readonly Place[];
  /** Fields, files among them, that detectors leave alone. */
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

export const places = ["body", "query", "headers", "cookies", "path"] as const;
export type Place = (typeof places)[number];

export interface RuleSelector {
  /** As the policy writes it. */
  readonly text: string;
  readonly part: "body" | "request";
  /** Whether a request in which it finds nothing is refused. */
  readonly required?: true;
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

/** A rule once it is checked, as plain data: what a build embeds. */
export interface CompiledRule extends Omit<Rule, "methods" | "recipient" | "json" | "detectors"> {
  readonly methods: readonly string[] | undefined;
  /** The recipient's id. */
  readonly recipient: string;
  readonly json: CompiledSelection;
  readonly detectors: readonly Use<CompiledDetectorUse>[];
}

export interface CompiledSelection {
  readonly select: CompiledSelectors;
  readonly selectors: readonly number[];
  readonly inside: readonly { readonly outer: CompiledSelectors; readonly selection: CompiledSelection }[];
}

/** What a compiled rule refers to. */
export interface RuleModules {
  readonly selectors: readonly LoadSelectors[];
  readonly detectors: readonly Detector[];
  readonly detection?: Detection;
}

/** Throws `policy_invalid` for a rule that refers to what is not there. */
export function loadRule(rule: CompiledRule, recipients: readonly Recipient[], modules: RuleModules): Rule {
  const recipient = recipients.find(({ id }) => id === rule.recipient);
  if (recipient === undefined) throw missing(`recipient ${rule.recipient}`);
  return {
    ...rule,
    methods: rule.methods === undefined ? undefined : new Set(rule.methods),
    recipient,
    json: loadSelection(rule.json, modules),
    detectors: rule.detectors.map(({ use, selector }) => {
      const detector = modules.detectors.find(({ name }) => name === use.detector);
      if (detector === undefined || modules.detection === undefined) throw missing(`detector ${use.detector}`);
      return { use: modules.detection.loadUse(use, detector), selector };
    }),
  };
}

function loadSelection({ select, selectors, inside }: CompiledSelection, modules: RuleModules): JsonSelection {
  return {
    select: loadSelectors(select, modules),
    selectors,
    inside: inside.map(({ outer, selection }) => ({
      outer: loadSelectors(outer, modules),
      selection: loadSelection(selection, modules),
    })),
  };
}

function loadSelectors(compiled: CompiledSelectors, { selectors }: RuleModules): Select {
  for (const load of selectors) {
    const select = load(compiled);
    if (select !== undefined) return select;
  }
  throw missing(`dialect ${compiled.dialect}`);
}

function missing(what: string): FieldsealError {
  return new FieldsealError("policy_invalid", { reason: `The bundle holds no ${what}.` });
}

/**
 * Header fields that a function cannot change, that are part of other settings, or that CloudFront needs as they are.
 */
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

/** What a rule, compiled or loaded, has to find values in bodies with. */
interface Finders {
  readonly json: { readonly selectors: readonly unknown[]; readonly inside: readonly unknown[] };
  readonly fields: readonly unknown[];
  readonly xml: readonly unknown[];
  readonly detectors: readonly unknown[];
  readonly detectIn: readonly Place[];
}

/** Whether a rule's detectors look into a part of a request. */
export function detectsIn({ detectors, detectIn }: Finders, place: Place): boolean {
  return detectors.length > 0 && detectIn.includes(place);
}

/** Whether a rule looks into bodies at all. */
export function readsBodies(rule: Finders): boolean {
  const { json, fields, xml } = rule;
  return json.selectors.length + json.inside.length + fields.length + xml.length > 0 || detectsIn(rule, "body");
}

/** Whether a rule needs a format's codec. */
export function needsFormat(rule: Finders & Pick<Rule, "format">, format: Format): boolean {
  return rule.format === format || readsFormat(rule, format);
}

/**
 * Whether a rule has selectors or detectors for bodies of a format; for a form in parts, for some of its parts at
 * least.
 */
export function readsFormat(rule: Finders, format: Format): boolean {
  if (detectsIn(rule, "body")) return true;
  if (format === "text") return false;
  if (readsParts(rule)) return true;
  const selectsJson = rule.json.selectors.length + rule.json.inside.length > 0;
  const selectsXml = rule.xml.length > 0;
  switch (format) {
    case "json":
    case "ndjson":
      return selectsJson;
    case "xml":
      return selectsXml;
    case "multipart":
      return selectsJson || selectsXml;
    case "form":
    case "csv":
      return false;
  }
}

/** Whether a rule can tell of any part of a form what it protects in it: by its name, or by looking into it. */
export function readsParts(rule: Finders): boolean {
  return rule.fields.length > 0 || detectsIn(rule, "body");
}
