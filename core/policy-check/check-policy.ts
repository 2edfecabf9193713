/** Checks a policy and compiles it to plain data. Each mistake has a place, a reason and, if near, the right name. */

import { ConfigValue } from "../config/config-value.ts";
import { hasErrors, type Issue, joinIssues } from "../config/issue.ts";
import { loadPattern } from "../detectors/pattern.ts";
import { detectors as builtIn } from "../detectors/table.ts";
import type { CompiledPolicy, Limits } from "../policy/policy.ts";
import { type Dialect, rfc9535 } from "../selector/dialect.ts";
import { jsonpathPlus } from "../selector/jsonpath-plus/dialect.ts";
import { compileRule, type RuleDraft } from "./compile-rule.ts";
import { requireDistinct } from "./distinct.ts";
import { readPatterns } from "./read-patterns.ts";
import { readRecipient, requireDistinctRecipients } from "./read-recipients.ts";
import { reviewRule } from "./review-rule.ts";
import { reviewRulePairs } from "./review-rule-pairs.ts";
import { corsSettings, defaultLimits, highestLimits, limitSettings, policySettings } from "./settings.ts";

const dialects: readonly Dialect[] = [rfc9535, jsonpathPlus];

/** What a check of a policy gives. */
export interface PolicyCheck {
  /** `undefined` if the issues hold an error. */
  readonly policy: CompiledPolicy | undefined;
  /** Errors and warnings, in the order of the checks. */
  readonly issues: readonly Issue[];
}

/**
 * Compiles a policy from its JSON value. `publicKeys` maps recipient ids to public keys in PEM. Throws `policy_invalid`
 * or `recipient_invalid` with the place and reason of the first mistake, and all other mistakes after it.
 */
export function compilePolicy(value: unknown, publicKeys: ReadonlyMap<string, string>): CompiledPolicy {
  const { policy, issues } = checkPolicy(value, publicKeys);
  const error = joinIssues(issues);
  if (error !== undefined || policy === undefined)
    throw error ?? new ConfigValue(value, "$").refuse("The policy cannot be read.");
  return policy;
}

/**
 * Checks a policy, and compiles it if it has no mistake. `found` are issues of earlier steps: they come first. Throws
 * for no mistake.
 */
export function checkPolicy(
  value: unknown,
  publicKeys: ReadonlyMap<string, string>,
  found: readonly Issue[] = [],
): PolicyCheck {
  const issues: Issue[] = [...found];
  const root = new ConfigValue(value, "$", "policy_invalid", issues);
  const policy = root.attempt(() => readPolicy(root, publicKeys));
  return { policy: hasErrors(issues, "$") ? undefined : policy, issues };
}

function readPolicy(root: ConfigValue, publicKeys: ReadonlyMap<string, string>): CompiledPolicy {
  root.allow(...policySettings);
  root.attempt(() => root.optional("$schema")?.text());
  root.attempt(() => requireVersion(root.member("version")));
  const otherwise = root.attempt(() => root.member("otherwise").choice("pass", "refuse")) ?? "refuse";
  const limits = root.attempt(() => parseLimits(root.optional("limits"))) ?? defaultLimits;
  const recipients =
    root.attempt(() =>
      root
        .member("recipients")
        .items(1)
        .map((item) => readRecipient(item, publicKeys)),
    ) ?? [];
  requireDistinctRecipients(recipients);
  const patterns = root.attempt(() =>
    readPatterns(
      root.optional("patterns"),
      builtIn.map(({ name }) => name),
    ),
  );
  const detectors = [...builtIn, ...(patterns ?? []).map(loadPattern)];
  const drafts = readRules(root, {
    recipients: recipients.map(({ compiled }) => compiled),
    dialects,
    // If the patterns are invalid, rules that name them are not wrong as well.
    detectors: [
      ...detectors.map(({ name }) => name),
      ...(patterns === undefined ? readNames(root, "patterns", "name") : []),
    ],
  });
  const issues = root.issues ?? [];
  const whole = drafts.filter(({ item }) => !hasErrors(issues, item.place));
  for (const draft of drafts) {
    reviewRule(draft, whole.includes(draft), {
      limits,
      detectors,
      patterns: patterns ?? [],
      capacityOf: (id) => recipients.find(({ compiled }) => compiled.id === id)?.recipient?.capacity,
    });
  }
  reviewRulePairs(
    whole.filter(({ item }) => !hasErrors(issues, item.place)),
    otherwise,
  );
  const rules = drafts.map(({ rule }) => rule);
  if (!hasErrors(issues, "$")) {
    const ids = recipients.map(({ compiled }) => compiled.id);
    warnOfUnused(root.member("recipients"), "recipient", ids, new Set(rules.map(({ recipient }) => recipient)));
    const names = (patterns ?? []).map(({ name }) => name);
    const used = new Set(rules.flatMap((rule) => rule.detectors.map(({ use }) => use.detector)));
    warnOfUnused(root.optional("patterns"), "pattern", names, used);
  }
  return {
    otherwise,
    recipients: recipients.map(({ compiled }) => compiled),
    patterns: patterns ?? [],
    rules,
    limits,
    corsOrigins: root.attempt(() => readOrigins(root.optional("cors"))) ?? [],
  };
}

/** Warns about recipients or patterns that no rule names. */
function warnOfUnused(
  list: ConfigValue | undefined,
  what: string,
  names: readonly string[],
  used: ReadonlySet<string>,
): void {
  for (const [index, item] of (list?.items() ?? []).entries()) {
    const name = names[index];
    if (name !== undefined && !used.has(name)) item.warn(`No rule uses the ${what} ${JSON.stringify(name)}.`);
  }
}

function requireVersion(version: ConfigValue): void {
  if (version.value !== 1) throw version.refuse("version must be 1.");
}

function readRules(root: ConfigValue, context: Parameters<typeof compileRule>[2]): readonly RuleDraft[] {
  const items = root.attempt(() => root.member("rules").items(1)) ?? [];
  const drafts = items.flatMap((item, index) => item.attempt(() => compileRule(item, index, context)) ?? []);
  requireDistinct(
    drafts.map(({ item, rule }) => ({ at: item.optional("name") ?? item, value: rule.name })),
    "rule name",
  );
  return drafts;
}

/** One setting of each item of a list, if it is a string. */
function readNames(root: ConfigValue, list: string, name: string): readonly string[] {
  const items = root.attempt(() => root.member(list).items()) ?? [];
  return items.flatMap((item) => {
    const value = item.attempt(() => item.optional(name))?.value;
    return typeof value === "string" ? [value] : [];
  });
}

function parseLimits(limits: ConfigValue | undefined): Limits {
  limits?.allow(...limitSettings);
  const limit = (name: keyof Limits): number =>
    limits?.attempt(() => limits.optional(name)?.integer(1, highestLimits[name])) ?? defaultLimits[name];
  return { depth: limit("depth"), fields: limit("fields"), work: limit("work"), decoded: limit("decoded") };
}

function readOrigins(cors: ConfigValue | undefined): readonly string[] {
  cors?.allow(...corsSettings);
  return (
    cors
      ?.member("origins")
      .items(1)
      .flatMap((item) => item.attempt(() => parseOrigin(item)) ?? []) ?? []
  );
}

function parseOrigin(item: ConfigValue): string {
  const text = item.text();
  const origin = URL.canParse(text) ? new URL(text).origin : "null";
  if (origin === text) return text;
  const nearest = origin === "null" ? "" : ` Did you mean ${JSON.stringify(origin)}?`;
  throw item.refuse(`Expected scheme://host or scheme://host:port, without a path.${nearest}`);
}
