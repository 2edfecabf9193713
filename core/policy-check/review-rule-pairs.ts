/** Finds pairs of rules that conflict, or of which one is redundant. For builds only. */
import type { ConfigValue } from "../config/config-value.ts";
import type { CompiledPolicy } from "../policy/policy.ts";
import { formatTable } from "../rule/formats.ts";
import type { CompiledRule } from "../rule/rule.ts";
import { readsBodies } from "../rule/scope.ts";
import type { RuleDraft } from "./compile-rule.ts";
import { coversRoute, routesMeet } from "./relations/route-relation.ts";
import { coversScope, type SelectorScope, scopesMeet } from "./relations/selector-relation.ts";
import { bodyMethods } from "./settings.ts";

/** Reports conflicts between two rules, at the later of them, and rules without effect beside another. */
export function reviewRulePairs(drafts: readonly RuleDraft[], otherwise: CompiledPolicy["otherwise"]): void {
  drafts.forEach((later, index) => {
    for (const earlier of drafts.slice(0, index)) {
      // A rule in report mode may try out a new version of an enforced one.
      if (earlier.rule.mode !== later.rule.mode || !routesMeet(earlier.rule, later.rule)) continue;
      reviewFormats(earlier, later);
      if (earlier.rule.recipient === later.rule.recipient) reviewAllies(earlier, later);
      else reviewRivals(earlier, later);
    }
  });
  const enforced = drafts.filter(({ rule }) => rule.mode === "enforce");
  if (otherwise === "pass") for (const draft of enforced) reviewOpenMethods(draft, enforced);
}

/** Reports an error; for a rule in report mode, which refuses no request, a warning. */
function tell(at: ConfigValue | undefined, { rule }: RuleDraft, reason: string): void {
  if (rule.mode === "report") at?.warn(reason);
  else at?.report(reason);
}

/** A body has one format. */
function reviewFormats(earlier: RuleDraft, later: RuleDraft): void {
  const [one, other] = [earlier.rule.format, later.rule.format];
  if (one !== undefined && other !== undefined && one !== other) {
    tell(
      later.item.member("format"),
      later,
      `Conflict: ${nameOf(earlier)} reads bodies of the same requests as ${one}, so every one of them would be ` +
        "refused. Give both rules one format.",
    );
  }
}

/** Rules for one recipient: for a value that both select, the earlier rule decides. */
function reviewAllies(earlier: RuleDraft, later: RuleDraft): void {
  if (coversRoute(earlier.rule, later.rule) && isIdleBeside(later, earlier)) {
    later.item.report(
      `The rule has no effect: ${nameOf(earlier)} already protects all its values in the same requests.`,
    );
    return;
  }
  if (coversRoute(later.rule, earlier.rule) && isIdleBeside(earlier, later) && writesAlike(earlier.rule, later.rule)) {
    earlier.item.warn(`The rule is redundant: ${nameOf(later)} does the same.`);
    return;
  }
  if (!coversRoute(earlier.rule, later.rule) || writesAlike(earlier.rule, later.rule)) return;
  for (const scope of later.scopes) {
    const same = earlier.scopes.find(
      (other) => other.list === scope.list && coversScope(other, scope) && coversScope(scope, other),
    );
    if (same !== undefined) {
      scope.at.report(
        `Conflict: ${nameOf(earlier)} comes first, selects the same in the same requests and writes other tokens.`,
      );
    }
  }
}

/** True if a rule has no effect on requests that `other` covers too. */
function isIdleBeside({ rule, scopes }: RuleDraft, other: RuleDraft): boolean {
  const decidesAlike =
    rule.unreadable === other.rule.unreadable &&
    rule.tokens === other.rule.tokens &&
    (rule.format === undefined || rule.format === other.rule.format);
  return (
    decidesAlike &&
    scopes.every(
      (scope) =>
        !scope.required &&
        other.scopes.some((own) => (own.list === scope.list || own.list === "fields") && coversScope(own, scope)),
    ) &&
    rule.detectors.every(({ use }) =>
      other.rule.detectors.some((own) => JSON.stringify(own.use) === JSON.stringify(use)),
    ) &&
    (rule.detectors.length === 0 ||
      (rule.detectIn.every((place) => other.rule.detectIn.includes(place)) &&
        JSON.stringify(rule.exempt) === JSON.stringify(other.rule.exempt)))
  );
}

function writesAlike(a: CompiledRule, b: CompiledRule): boolean {
  return a.token === b.token && a.label === b.label && a.contentKey === b.contentKey;
}

/** Rules for two recipients: the edge refuses a request in which both select one value. */
function reviewRivals(earlier: RuleDraft, later: RuleDraft): void {
  const recipients = `${JSON.stringify(earlier.rule.recipient)} and ${JSON.stringify(later.rule.recipient)}`;
  for (const scope of later.scopes) {
    const certain = earlier.scopes.find(
      (other) =>
        looksIntoSame(earlier, later, other, scope) && (coversScope(other, scope) || coversScope(scope, other)),
    );
    const possible = earlier.scopes.find(
      (other) => looksIntoSame(earlier, later, other, scope) && scopesMeet(other, scope),
    );
    if (certain !== undefined) {
      tell(
        scope.at,
        later,
        `Conflict: ${nameOf(earlier)} selects the same value, or one around or within it, ` +
          `by ${JSON.stringify(certain.text)}. A value has one recipient, not ${recipients}.`,
      );
    } else if (possible !== undefined) {
      scope.at.warn(
        `Requests in which ${JSON.stringify(possible.text)} of ${nameOf(earlier)} selects the same value ` +
          `will be refused: a value has one recipient, not ${recipients}.`,
      );
    }
  }
  for (const [index, { use }] of later.rule.detectors.entries()) {
    const shared = later.rule.detectIn.filter((place) => earlier.rule.detectIn.includes(place));
    if (shared.length === 0 || !earlier.rule.detectors.some((other) => other.use.detector === use.detector)) continue;
    tell(
      later.detectorEntries[index],
      later,
      `Conflict: ${nameOf(earlier)} detects ${use.detector} in the same requests (${shared.join(", ")}). ` +
        `A value has one recipient, not ${recipients}.`,
    );
  }
}

/** True if two selectors can look into one body or part: `format` can keep a selector from it. */
function looksIntoSame(a: RuleDraft, b: RuleDraft, scope: SelectorScope, other: SelectorScope): boolean {
  const forced = a.rule.format ?? b.rule.format;
  const applies = forced === undefined ? undefined : formatTable[forced].lists;
  const isBlind = (list: SelectorScope["list"]): boolean =>
    (list === "body" && applies?.includes("json") === false) || (list === "xml" && applies?.includes("xml") === false);
  return !isBlind(scope.list) && !isBlind(other.list);
}

/** Warns if the same values pass in plaintext with other methods, because no rule covers them. */
function reviewOpenMethods({ item, rule }: RuleDraft, drafts: readonly RuleDraft[]): void {
  const { methods } = rule;
  if (methods === undefined || !readsBodies(rule) || !methods.some((method) => bodyMethods.includes(method))) return;
  const open = ["POST", "PUT", "PATCH"].filter(
    (method) =>
      !methods.includes(method) &&
      !drafts.some((other) => coversRoute(other.rule, { path: rule.path, methods: [method] })),
  );
  if (open.length > 0) {
    item
      .member("methods")
      .warn(
        `Bodies of ${open.join(" and ")} on this path stay in plaintext: otherwise is "pass", and no rule covers them.`,
      );
  }
}

function nameOf({ item, rule }: RuleDraft): string {
  return item.optional("name") === undefined ? `the rule at ${item.place}` : `the rule ${JSON.stringify(rule.name)}`;
}
