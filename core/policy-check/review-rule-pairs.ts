/** What two rules of a policy say that does not go together. For builds only. */

import type { ConfigValue } from "../config/config-value.ts";
import type { CompiledPolicy } from "../policy/policy.ts";
import { formatTable } from "../rule/formats.ts";
import type { CompiledRule } from "../rule/rule.ts";
import { readsBodies } from "../rule/scope.ts";
import type { RuleDraft } from "./compile-rule.ts";
import { coversRoute, routesMeet } from "./relations/route-relation.ts";
import { coversScope, type SelectorScope, scopesMeet } from "./relations/selector-relation.ts";
import { bodyMethods } from "./settings.ts";

/** Reports what is wrong between two rules, at the later one of them. */
export function reviewRulePairs(drafts: readonly RuleDraft[], otherwise: CompiledPolicy["otherwise"]): void {
  drafts.forEach((later, index) => {
    for (const earlier of drafts.slice(0, index)) {
      // A rule in report mode may say what an enforced one is to become.
      if (earlier.rule.mode !== later.rule.mode || !routesMeet(earlier.rule, later.rule)) continue;
      reviewFormats(earlier, later);
      if (earlier.rule.recipient === later.rule.recipient) reviewAllies(earlier, later);
      else reviewRivals(earlier, later);
    }
  });
  const enforced = drafts.filter(({ rule }) => rule.mode === "enforce");
  if (otherwise === "pass") for (const draft of enforced) reviewOpenMethods(draft, enforced);
}

/** What would be refused: in report mode that is a line in the log, and no request is lost. */
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
      `The rules fight: ${nameOf(earlier)} reads bodies of the same requests as ${one}, ` +
        "so that every one of them would be refused.",
    );
  }
}

/** Rules for one recipient: of what both select, the earlier one decides. */
function reviewAllies(earlier: RuleDraft, later: RuleDraft): void {
  if (coversRoute(earlier.rule, later.rule) && isIdleBeside(later, earlier)) {
    later.item.report(
      `The rule can never do anything: ${nameOf(earlier)} protects all of it already, in the same requests.`,
    );
    return;
  }
  if (coversRoute(later.rule, earlier.rule) && isIdleBeside(earlier, later) && writesAlike(earlier.rule, later.rule)) {
    earlier.item.warn(`The rule does nothing that ${nameOf(later)} would not do.`);
    return;
  }
  if (!coversRoute(earlier.rule, later.rule) || writesAlike(earlier.rule, later.rule)) return;
  for (const scope of later.scopes) {
    const same = earlier.scopes.find(
      (other) => other.list === scope.list && coversScope(other, scope) && coversScope(scope, other),
    );
    if (same !== undefined) {
      scope.at.report(
        `The rules fight: ${nameOf(earlier)} selects the same in the same requests ` +
          "and writes other tokens, and comes first.",
      );
    }
  }
}

/** Whether a rule does nothing to the requests that another covers too. */
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

/** Rules for two recipients: a request in which both select one value is refused. */
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
        `The rules fight: ${nameOf(earlier)} selects the same or what stands around or in it ` +
          `by ${JSON.stringify(certain.text)}, and a value has one recipient, not ${recipients}.`,
      );
    } else if (possible !== undefined) {
      scope.at.warn(
        `Requests in which ${JSON.stringify(possible.text)} of ${nameOf(earlier)} selects the same value ` +
          `are refused: a value has one recipient, not ${recipients}.`,
      );
    }
  }
  for (const [index, { use }] of later.rule.detectors.entries()) {
    const shared = later.rule.detectIn.filter((place) => earlier.rule.detectIn.includes(place));
    if (shared.length === 0 || !earlier.rule.detectors.some((other) => other.use.detector === use.detector)) continue;
    tell(
      later.detectorEntries[index],
      later,
      `The rules fight: ${nameOf(earlier)} detects ${use.detector} in the same requests (${shared.join(", ")}), ` +
        `and a value has one recipient, not ${recipients}.`,
    );
  }
}

/** Whether two selectors of rules can look into one body or part: forced formats keep some of them from it. */
function looksIntoSame(a: RuleDraft, b: RuleDraft, scope: SelectorScope, other: SelectorScope): boolean {
  const forced = a.rule.format ?? b.rule.format;
  const applies = forced === undefined ? undefined : formatTable[forced].lists;
  const isBlind = (list: SelectorScope["list"]): boolean =>
    (list === "body" && applies?.includes("json") === false) || (list === "xml" && applies?.includes("xml") === false);
  return !isBlind(scope.list) && !isBlind(other.list);
}

/** A rule for some methods leaves the same values in clear in the others, unless another rule covers them. */
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
        `Bodies of ${open.join(" and ")} on this path go on in clear: otherwise is "pass", and no rule covers them.`,
      );
  }
}

function nameOf({ item, rule }: RuleDraft): string {
  return item.optional("name") === undefined ? `the rule at ${item.place}` : `the rule ${JSON.stringify(rule.name)}`;
}
