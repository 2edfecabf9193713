/** What a rule says that can never come true, or that has no effect. For builds only. */

import type { ConfigValue } from "../config/config-value.ts";
import { type Confidence, confidences, type Detector } from "../detectors/detector.ts";
import { loadDetectorUse } from "../detectors/detector-use.ts";
import type { CompiledPattern } from "../detectors/pattern.ts";
import type { Limits } from "../policy/policy.ts";
import { detectsIn, type Format, type Place, readsBodies, readsFormat, readsParts } from "../rule/rule.ts";
import { parseQuery } from "../selector/jsonpath/parser.ts";
import type { Wildcard } from "../selector/wildcard.ts";
import type { RuleDraft } from "./compile-rule.ts";
import { canMatchWithout } from "./pattern-fit.ts";
import { bodyLists, coversScope, type SelectorScope } from "./relations/selector-relation.ts";
import { findExpressionFlaw, selectsNoStrings } from "./review-expression.ts";
import { type Flaw, reviewQuery } from "./review-query.ts";
import { bodyMethods, cloudFrontMethods } from "./settings.ts";

export interface ReviewContext {
  readonly limits: Limits;
  /** Built-in ones and the policy's own. */
  readonly detectors: readonly Detector[];
  readonly patterns: readonly CompiledPattern[];
  /** Bytes that a direct token of a recipient carries; `undefined` where its key is not known. */
  readonly capacityOf: (recipient: string) => number | undefined;
}

/**
 * Adds what is wrong with a rule on its own to the issues of its shape. Of a rule that could not be read as a whole,
 * `isWhole` false, only its selectors and detectors are looked at, each by itself.
 */
export function reviewRule(draft: RuleDraft, isWhole: boolean, context: ReviewContext): void {
  for (const at of draft.bodyTexts) reviewBodySelector(at, draft, context);
  for (const scope of draft.scopes) if (scope.list === "xml") reviewXmlPath(scope, context);
  reviewRepetitions(draft);
  reviewDetectors(draft, context);
  if (!isWhole) return;
  reviewPurpose(draft);
  reviewMethods(draft);
  reviewFormat(draft);
  reviewIdleSettings(draft);
  reviewDirect(draft, context);
}

function reviewPurpose({ item, rule }: RuleDraft): void {
  const lists = ["body", "fields", "xml", "detect", "query", "headers", "cookies", "segments"];
  if (rule.selectors.length === 0) item.report(`The rule protects nothing: it has none of ${lists.join(", ")}.`);
}

const never = "The selector can never select anything:";

function reviewBodySelector(at: ConfigValue, { rule }: RuleDraft, { limits }: ReviewContext): void {
  const text = at.text();
  const flaw = rule.json.select.dialect === "jsonpath-plus" ? findExpressionFlaw(text) : undefined;
  if (flaw !== undefined) at.report(`${never} ${flaw}.`);
  if (rule.json.select.dialect !== "rfc9535") return;
  const places = new Map<object, number>();
  const query = parseQuery(text, places);
  if (query.segments.length > limits.depth) at.report(tooDeep(limits));
  const review = reviewQuery(query);
  const within = ({ node }: Flaw): { readonly offset?: number } => {
    const offset = places.get(node);
    return offset === undefined ? {} : { offset };
  };
  if (review.never !== undefined) at.report(`${never} ${review.never.reason}.`, within(review.never));
  for (const each of review.idle) at.warn(`A part of the selector has no effect: ${each.reason}.`, within(each));
}

function reviewXmlPath(
  { at, path }: Extract<SelectorScope, { readonly list: "xml" }>,
  { limits }: ReviewContext,
): void {
  if (path.steps.length > limits.depth) at.report(tooDeep(limits));
  const names = [...path.steps.map(({ name }) => name), ...(path.attribute === undefined ? [] : [path.attribute])];
  const wrong = names.find((name) => !isXmlName(name));
  if (wrong !== undefined) at.report(`${never} ${JSON.stringify(wrong.join("*"))} is no name of XML.`);
}

function tooDeep({ depth }: Limits): string {
  return `${never} it goes deeper than bodies may be (limits.depth is ${depth}).`;
}

/** The characters that a name of XML 1.0 (fifth edition, productions 4 and 4a) may have, without the colon. */
const nameStart =
  "A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}";
const firstPart = new RegExp(`^(?:[${nameStart}][${nameStart}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]*)?$`, "u");
const laterPart = new RegExp(`^[${nameStart}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]*$`, "u");

function isXmlName(parts: Wildcard): boolean {
  return parts.every((part, index) => (index === 0 ? firstPart : laterPart).test(part));
}

/** Selectors that select what another one of the rule selects already. */
function reviewRepetitions({ scopes, rule }: RuleDraft): void {
  scopes.forEach((scope, index) => {
    for (const [at, other] of scopes.entries()) {
      if (at === index || scope.at.isRefused || !coversScope(other, scope)) continue;
      // JSONPath does not look into other formats, and names of fields do.
      const isWhole =
        other.list === scope.list || other.list === "fields" || rule.format === "json" || rule.format === "ndjson";
      if (!isWhole) continue;
      const isSame = other.list === scope.list && coversScope(scope, other);
      if (isSame && at > index) continue;
      if (isSame) scope.at.report(`The same is selected at ${other.at.place} already.`);
      else if (!scope.required)
        scope.at.warn(`What this selects is protected already by ${quote(other.text)} at ${other.at.place}.`);
      return;
    }
  });
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function reviewMethods({ item, rule }: RuleDraft): void {
  const { methods } = rule;
  if (methods === undefined) return;
  const known: readonly string[] = cloudFrontMethods;
  const odd = methods.filter((method) => !known.includes(method));
  const setting = item.member("methods");
  if (odd.length === methods.length) {
    setting.report(`The rule can never be reached: CloudFront takes the methods ${known.join(", ")}.`);
    return;
  }
  for (const method of odd)
    setting.warn(`CloudFront takes no method ${method}: it counts only as one that a POST asks to be treated as.`);
  if (methods.some((method) => bodyMethods.includes(method))) return;
  for (const name of [...bodyLists, ...(detectsIn(rule, "body") ? ["detect"] : [])]) {
    item
      .optional(name)
      ?.report(
        `Requests with the methods ${methods.join(", ")} have no bodies: this can never match. Bodies come with ${bodyMethods.join(", ")}.`,
      );
  }
}

/** The lists that can find something in a format. JSONPath and paths of XML look into parts of multipart forms too. */
const listsOf: Readonly<Record<Format, readonly SelectorScope["list"][]>> = {
  json: ["body", "fields"],
  ndjson: ["body", "fields"],
  form: ["fields"],
  multipart: ["fields", "body", "xml"],
  xml: ["fields", "xml"],
  csv: ["fields"],
  text: [],
};

function reviewFormat({ item, rule }: RuleDraft): void {
  const { format } = rule;
  if (format === undefined || !readsBodies(rule)) return;
  for (const name of bodyLists) {
    const setting = item.optional(name);
    if (setting !== undefined && !listsOf[format].includes(name)) {
      setting.report(`This can never match: the rule reads bodies as ${format}, ${whereFound[name]}`);
    }
  }
  if (!readsFormat(rule, format)) {
    item
      .member("format")
      .report(
        `The rule has nothing to look for in bodies of the format ${format}: every one of them would be refused.`,
      );
  }
}

const whereFound: Readonly<Record<string, string>> = {
  body: "and JSONPath is for JSON.",
  xml: "and paths of elements are for XML.",
  fields: "which has no names of fields.",
};

/** Settings whose subject the rule does not have. */
function reviewIdleSettings({ item, rule }: RuleDraft): void {
  const idle = (name: string, reason: string): void => item.optional(name)?.report(`This has no effect: ${reason}`);
  if (item.optional("body") === undefined) idle("dialect", "the rule has no selectors in body.");
  if (item.optional("detect") === undefined) {
    idle("detectIn", "the rule has no detectors.");
    // What selects within JSON and XML demands parts of these formats, except those that it leaves alone.
    const demandsParts =
      !readsParts(rule) && readsFormat(rule, "multipart") && (rule.format ?? "multipart") === "multipart";
    if (!demandsParts) idle("exempt", "the rule has no detectors.");
  }
  if (rule.unreadable === "scan" && !detectsIn(rule, "body")) {
    item.member("unreadable").report("There is nothing to scan with: the rule has no detectors for bodies.");
  }
  if (!readsBodies(rule)) {
    for (const name of ["format", "unreadable"]) idle(name, "the rule does not look into bodies.");
  }
  if (rule.token === "direct" && rule.contentKey === "field") idle("contentKey", "direct tokens have no content key.");
}

/** Parts in which every token is a sealed one. */
const sealedLists = ["query", "headers", "cookies", "segments"];

function reviewDirect({ item, rule, bodyTexts }: RuleDraft, { capacityOf, detectors }: ReviewContext): void {
  if (rule.token !== "direct") return;
  const sealed = sealedLists.filter((name) => item.optional(name) !== undefined);
  if (!readsBodies(rule)) {
    item
      .member("token")
      .report(
        "The rule can write no direct token: in query strings, header fields, cookies and paths all tokens are sealed.",
      );
  } else if (sealed.length > 0) {
    item.member("token").warn(`In ${sealed.join(", ")} tokens are sealed all the same.`);
  }
  for (const at of bodyTexts) {
    if (at.value === "$" && /\.body\[\d+\](?:\.select)?$/.test(at.place)) {
      at.report(
        "A direct token carries a string, and this selects the whole body. Leave token out, or say which strings.",
      );
    }
    if (rule.json.select.dialect === "jsonpath-plus" && selectsNoStrings(at.text())) {
      at.report("A direct token carries a string, and this selects values of another type.");
    }
  }
  const capacity = capacityOf(rule.recipient);
  if (!detectsIn(rule, "body") || capacity === undefined) return;
  for (const [index, { use }] of rule.detectors.entries()) {
    const byteCount = detectors.find(({ name }) => name === use.detector)?.usualBytes ?? 0;
    const at = item.member("detect").items()[index];
    if (byteCount > capacity)
      at?.report(
        `A direct token of this recipient carries ${capacity} bytes, and what ${use.detector} finds has ${byteCount} and more. Leave token out.`,
      );
  }
}

/** What a part of a request never has once it is read. */
const absentCharacters: Readonly<Partial<Record<Place, { readonly pattern: RegExp; readonly words: string }>>> = {
  path: { pattern: /[/?#;\\\u0000-\u001f\u007f]/, words: "/ ? # ; \\ and control characters" },
  headers: { pattern: /[\u0000-\u0008\u000a-\u001f\u007f]/, words: "line breaks and control characters" },
};

function reviewDetectors({ rule, detectorPlaces }: RuleDraft, { detectors, patterns }: ReviewContext): void {
  const seen = new Map<string, string>();
  for (const [index, { use }] of rule.detectors.entries()) {
    const at = detectorPlaces[index];
    const detector = detectors.find(({ name }) => name === use.detector);
    if (at === undefined || detector === undefined || at.isRefused) continue;
    const earlier = seen.get(use.detector);
    if (earlier !== undefined)
      at.warn(`${use.detector} stands at ${earlier} already: what either of them finds is protected.`);
    else seen.set(use.detector, at.place);
    const { contexts } = loadDetectorUse(use, detector);
    const settings = typeof at.value === "string" ? undefined : at;
    if (use.needsContext && contexts.length === 0) {
      settings
        ?.member("needsContext")
        .report(`${use.detector} can never match: it has no words for its context. Add some in context.`);
    }
    if (rankOf(use.confidence) > rankOf(detector.confidence) + (contexts.length > 0 ? 1 : 0)) {
      settings
        ?.member("confidence")
        .report(
          `${use.detector} can never match: with context words, its matches are of confidence ${confidences[rankOf(detector.confidence) + (contexts.length > 0 ? 1 : 0)] ?? "low"} at most.`,
        );
    }
    for (const entry of settings?.optional("allow")?.items() ?? []) reviewAllowed(entry, detector);
    reviewPlaces(at, detector, rule.detectIn, patterns);
  }
}

function rankOf(confidence: Confidence): number {
  return confidences.indexOf(confidence);
}

/** A value that the detector never finds needs no leave. */
function reviewAllowed(entry: ConfigValue, detector: Detector): void {
  const text = entry.text();
  if (/^\*+$/.test(text)) entry.report(`${detector.name} can never match: this allows every value.`);
  if (text.includes("*")) return;
  const spellings = [text, text.toUpperCase(), text.replace(/[^\p{L}\p{N}]/gu, "")];
  const isFound = spellings.some((spelling) =>
    detector.find(spelling, { remaining: 1_000_000 }).some(({ start, end }) => start === 0 && end === spelling.length),
  );
  if (!isFound)
    entry.warn(
      `${detector.name} never finds this value, so that allowing it has no effect; * stands for any characters: "*@example.com".`,
    );
}

function reviewPlaces(
  at: ConfigValue,
  { name, multiline }: Detector,
  places: readonly Place[],
  patterns: readonly CompiledPattern[],
): void {
  for (const place of places) {
    const absent = absentCharacters[place];
    if (absent === undefined) continue;
    const own = patterns.find((pattern) => pattern.name === name);
    if (own === undefined && multiline === true && place === "headers") {
      at.warn(`In ${place} there are no ${absent.words}: ${name} finds there only what is written in one line.`);
    } else if (own === undefined ? multiline === true : !canMatchWithout(own.program, absent.pattern)) {
      at.report(`${name} can never match in ${place}, where there are no ${absent.words}.`);
    }
  }
}
