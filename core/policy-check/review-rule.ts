/** Finds settings of a rule that can never match or have no effect. For builds only. */
import type { Limits } from "../policy/policy.ts";
import { formatTable } from "../rule/formats.ts";
import { detectsIn, readsBodies, readsFormat, readsParts } from "../rule/scope.ts";
import type { RuleDraft } from "./compile-rule.ts";
import { bodyLists, coversScope } from "./relations/selector-relation.ts";
import { type KnownDetectors, reviewDetectors } from "./review-detectors.ts";
import { selectsNoStrings } from "./review-expression.ts";
import { reviewBodySelector, reviewXmlPath } from "./review-selector.ts";
import { bodyMethods, cloudFrontMethods } from "./settings.ts";

/** What the review of a rule needs from the policy. */
export interface ReviewContext extends KnownDetectors {
  readonly limits: Limits;
  /** The most bytes in a direct token of a recipient; `undefined` if its key is unknown. */
  readonly capacityOf: (recipient: string) => number | undefined;
}

/** Reports mistakes within one rule. If the rule has invalid settings (`isWhole` false), checks only its lists. */
export function reviewRule(draft: RuleDraft, isWhole: boolean, context: ReviewContext): void {
  for (const at of draft.bodyTexts) reviewBodySelector(at, draft, context.limits);
  for (const scope of draft.scopes) if (scope.list === "xml") reviewXmlPath(scope, context.limits);
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
  if (rule.selectors.length === 0) item.report(`The rule protects nothing. Add at least one of ${lists.join(", ")}.`);
}

/** Reports selectors that select what another selector of the rule already selects. */
function reviewRepetitions({ scopes, rule }: RuleDraft): void {
  scopes.forEach((scope, index) => {
    for (const [at, other] of scopes.entries()) {
      if (at === index || scope.at.isRefused || !coversScope(other, scope)) continue;
      // JSONPath does not look into other formats; names of fields do.
      const isWhole =
        other.list === scope.list || other.list === "fields" || rule.format === "json" || rule.format === "ndjson";
      if (!isWhole) continue;
      const isSame = other.list === scope.list && coversScope(scope, other);
      if (isSame && at > index) continue;
      if (isSame) scope.at.report(`This selects the same as ${other.at.place}. Remove one of the two.`);
      else if (!scope.required)
        scope.at.warn(
          `This has no effect: ${quote(other.text)} at ${other.at.place} already protects what it selects.`,
        );
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
    setting.report(`The rule can never match: CloudFront accepts only ${known.join(", ")}.`);
    return;
  }
  for (const method of odd)
    setting.warn(
      `CloudFront does not accept the method ${method}: only a POST that asks to be treated as ${method} matches.`,
    );
  if (methods.some((method) => bodyMethods.includes(method))) return;
  for (const name of [...bodyLists, ...(detectsIn(rule, "body") ? ["detect"] : [])]) {
    item
      .optional(name)
      ?.report(
        `This can never match: requests with the methods ${methods.join(", ")} have no bodies. ` +
          `Methods with bodies are ${bodyMethods.join(", ")}.`,
      );
  }
}

function reviewFormat({ item, rule }: RuleDraft): void {
  const { format } = rule;
  if (format === undefined || !readsBodies(rule)) return;
  for (const name of bodyLists) {
    const setting = item.optional(name);
    const applies = formatTable[format].lists.some((list) => list === (name === "body" ? "json" : name));
    if (setting !== undefined && !applies) {
      setting.report(`This can never match: the rule reads bodies as ${format}, ${whereFound[name]}`);
    }
  }
  if (!readsFormat(rule, format)) {
    item
      .member("format")
      .report(`The rule selects nothing in bodies of the format ${format}, so every one of them would be refused.`);
  }
}

const whereFound: Readonly<Record<string, string>> = {
  body: "and JSONPath is for JSON.",
  xml: "and element paths are for XML.",
  fields: "which has no field names.",
};

/** Reports settings for selectors or detectors that the rule does not have. */
function reviewIdleSettings({ item, rule }: RuleDraft): void {
  const idle = (name: string, reason: string): void => item.optional(name)?.report(`This has no effect: ${reason}`);
  if (item.optional("body") === undefined) idle("dialect", "the rule has no selectors in body.");
  if (item.optional("detect") === undefined) {
    idle("detectIn", "the rule has no detectors.");
    // Selectors of JSON and XML need parts in these formats, except for the parts in `exempt`.
    const demandsParts =
      !readsParts(rule) && readsFormat(rule, "multipart") && (rule.format ?? "multipart") === "multipart";
    if (!demandsParts) idle("exempt", "the rule has no detectors.");
  }
  if (rule.unreadable === "scan" && !detectsIn(rule, "body")) {
    item.member("unreadable").report("scan needs detectors for bodies. Add detect, or choose refuse or pass.");
  }
  if (!readsBodies(rule)) {
    for (const name of ["format", "unreadable"]) idle(name, "the rule does not look into bodies.");
  }
  if (rule.token === "direct" && rule.contentKey === "field") idle("contentKey", "direct tokens have no content key.");
}

/** Parts in which every token is sealed. */
const sealedLists = ["query", "headers", "cookies", "segments"];

function reviewDirect({ item, rule, bodyTexts }: RuleDraft, { capacityOf, detectors }: ReviewContext): void {
  if (rule.token !== "direct") return;
  const sealed = sealedLists.filter((name) => item.optional(name) !== undefined);
  if (!readsBodies(rule)) {
    item
      .member("token")
      .report(
        "The rule can never write a direct token: in query strings, header fields, cookies and paths, all are sealed.",
      );
  } else if (sealed.length > 0) {
    item.member("token").warn(`Tokens in ${sealed.join(", ")} are sealed all the same.`);
  }
  for (const at of bodyTexts) {
    if (at.value === "$" && /\.body\[\d+\](?:\.select)?$/.test(at.place)) {
      at.report("A direct token carries a string, but this selects the whole body. Remove token, or select strings.");
    }
    if (rule.json.select.dialect === "jsonpath-plus" && selectsNoStrings(at.text())) {
      at.report("A direct token carries a string, but this selects values of another type. Remove token.");
    }
  }
  const capacity = capacityOf(rule.recipient);
  if (!detectsIn(rule, "body") || capacity === undefined) return;
  for (const [index, { use }] of rule.detectors.entries()) {
    const byteCount = detectors.find(({ name }) => name === use.detector)?.usualBytes ?? 0;
    const at = item.member("detect").items()[index];
    if (byteCount > capacity)
      at?.report(
        `A direct token of this recipient carries ${capacity} bytes at most, but values of ${use.detector} have ` +
          `${byteCount} or more. Remove token.`,
      );
  }
}
