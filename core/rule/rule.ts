/** A rule of a policy: the requests that it covers, the values that it protects, and how. */
import type { CompiledDetectorUse, DetectorUse } from "../detectors/detector-use.ts";
import type { FieldPattern } from "../selector/field-name.ts";
import type { CompiledSelectors, Select } from "../selector/select.ts";
import type { Wildcard } from "../selector/wildcard.ts";
import type { XmlPath } from "../selector/xml-path.ts";
import type { Recipient } from "../token/recipient.ts";
import type { Format } from "./formats.ts";
import type { PathPattern } from "./route.ts";

/** A loaded rule. */
export interface Rule {
  readonly name: string;
  /** `report`: changes and refuses nothing; the log says what the rule would do. */
  readonly mode: "enforce" | "report";
  readonly path: PathPattern;
  /** Upper-case methods; `undefined` covers all. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly recipient: Recipient;
  readonly token: "auto" | "direct" | "sealed";
  readonly label: string | undefined;
  /** `request`: all sealed tokens of a request share a content key. `field`: each field has its own. */
  readonly contentKey: "request" | "field";
  /** `accept`: clients may send whole tokens of known recipients. */
  readonly tokens: "refuse" | "accept";
  /** All selectors and detectors; findings refer to them by index. */
  readonly selectors: readonly RuleSelector[];
  readonly json: JsonSelection;
  readonly fields: readonly Use<FieldPattern>[];
  readonly xml: readonly Use<XmlPath>[];
  readonly detectors: readonly Use<DetectorUse>[];
  /** The parts that the detectors look into. */
  readonly detectIn: readonly RequestPart[];
  /** Fields, including files, that the detectors ignore. */
  readonly exempt: readonly FieldPattern[];
  readonly query: readonly Use<FieldPattern>[];
  readonly headers: readonly Use<Wildcard>[];
  readonly cookies: readonly Use<FieldPattern>[];
  /** Indices of path segments, from 0. */
  readonly segments: readonly Use<number>[];
  /** The format of bodies; `undefined`: their content type decides. */
  readonly format: Format | undefined;
  /** What happens to a body that cannot be read. `scan`: detectors look into it as text. */
  readonly unreadable: "refuse" | "scan" | "pass";
}

/** The parts of a request that detectors can look into, by their names in a policy. */
export const requestParts = ["body", "query", "headers", "cookies", "path"] as const;

/** A part of a request. */
export type RequestPart = (typeof requestParts)[number];

/** A selector or detector of a rule, for messages and logs. */
export interface RuleSelector {
  /** Its text in the policy. */
  readonly text: string;
  /** Where it looks: into bodies, or into other parts of a request. */
  readonly part: "body" | "request";
  /** Refuse a request in which it finds nothing. */
  readonly required?: true;
}

/** A parsed selector or detector of a rule. */
export interface Use<T> {
  readonly use: T;
  /** Its index in the rule's `selectors`. */
  readonly selector: number;
}

/** JSONPath selectors, and selectors for the JSON texts in the selected strings. */
export interface JsonSelection {
  readonly select: Select;
  /** The index in the rule's `selectors` for each index that `select` reports. */
  readonly selectors: readonly number[];
  readonly inside: readonly { readonly outer: Select; readonly selection: JsonSelection }[];
}

/** A checked rule as plain data, which a build embeds. */
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
