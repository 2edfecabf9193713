/** One rule of a policy: which requests it covers, what it protects in them, and how. */

import type { CompiledDetectorUse, DetectorUse } from "../detectors/detector-use.ts";
import type { FieldPattern } from "../selector/field-name.ts";
import type { CompiledSelectors, Select } from "../selector/select.ts";
import type { Wildcard } from "../selector/wildcard.ts";
import type { XmlPath } from "../selector/xml-path.ts";
import type { Recipient } from "../token/recipient.ts";
import type { Format } from "./formats.ts";
import type { PathPattern } from "./route.ts";

/** A rule that is ready to be applied. */
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
  readonly detectIn: readonly RequestPart[];
  /** Fields, files among them, that detectors leave alone. */
  readonly exempt: readonly FieldPattern[];
  readonly query: readonly Use<FieldPattern>[];
  readonly headers: readonly Use<Wildcard>[];
  readonly cookies: readonly Use<FieldPattern>[];
  /** Numbers of path segments, from 0. */
  readonly segments: readonly Use<number>[];
  /** The format that bodies are read in; absent, their content type says it. */
  readonly format: Format | undefined;
  /** What happens to a body that cannot be read. `scan`: detectors look through it as text. */
  readonly unreadable: "refuse" | "scan" | "pass";
}

/** The parts of a request that detectors can look into, as a policy names them. */
export const requestParts = ["body", "query", "headers", "cookies", "path"] as const;

/** A part of a request. */
export type RequestPart = (typeof requestParts)[number];

/** A selector or a detector of a rule, as messages name it. */
export interface RuleSelector {
  /** As the policy writes it. */
  readonly text: string;
  /** Whether it looks into bodies, or into other parts of a request. */
  readonly part: "body" | "request";
  /** Whether a request in which it finds nothing is refused. */
  readonly required?: true;
}

/** Something that a rule selects by. */
export interface Use<T> {
  readonly use: T;
  /** Its index in the rule's `selectors`. */
  readonly selector: number;
}

/** JSONPath selectors, and those that go on in the JSON texts that selected strings hold. */
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

/** A `JsonSelection` as plain data. */
export interface CompiledSelection {
  readonly select: CompiledSelectors;
  readonly selectors: readonly number[];
  readonly inside: readonly { readonly outer: CompiledSelectors; readonly selection: CompiledSelection }[];
}
