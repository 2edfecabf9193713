/** Checks one rule of a policy and compiles it to plain data. */
import type { ConfigValue } from "../config/config-value.ts";
import { findNearest, suggest } from "../config/did-you-mean.ts";
import { withPlace } from "../config/issue.ts";
import { formats } from "../rule/formats.ts";
import { type PathPattern, parsePathPattern } from "../rule/route.ts";
import type { CompiledRule } from "../rule/rule.ts";
import { type Dialect, rfc9535 } from "../selector/dialect.ts";
import { isLabel } from "../token/grammar.ts";
import type { RecipientIdentity } from "../token/recipient.ts";
import { parseExempt } from "./read-detector.ts";
import { parseSelectors, type Selected } from "./read-selectors.ts";
import { cloudFrontMethods, ruleSettings } from "./settings.ts";

const methodPattern = /^[A-Z][A-Z0-9_-]{0,31}$/;

/** What a rule can refer to by name. */
export interface RuleContext {
  readonly recipients: readonly RecipientIdentity[];
  readonly dialects: readonly Dialect[];
  /** Names of detectors, including the policy's own patterns. */
  readonly detectors: readonly string[];
}

/** A compiled rule, and what only its review needs. */
export interface RuleDraft extends Pick<Selected, "scopes" | "bodyTexts" | "detectorEntries"> {
  readonly item: ConfigValue;
  readonly rule: CompiledRule;
}

/** Replaces an invalid path, so that the rest of the rule is checked too. */
const nowhere: PathPattern = [];

/**
 * Compiles an item of `rules`. Throws `policy_invalid` with place and reason, or collects such errors if the item
 * collects them. Do not use the rule if it collected any.
 */
export function compileRule(
  item: ConfigValue,
  index: number,
  { recipients, dialects, detectors }: RuleContext,
): RuleDraft {
  item.allow(...ruleSettings);
  const read = <T>(name: string, parse: (setting: ConfigValue) => T): T | undefined =>
    item.attempt(() => {
      const setting = item.optional(name);
      return setting === undefined ? undefined : parse(setting);
    });
  const recipient = item.attempt(() =>
    item.member("recipient").reference(
      "recipient",
      recipients.map(({ id }) => id),
    ),
  );
  const token = read("token", (setting) => setting.choice("auto", "direct", "sealed")) ?? "auto";
  const label = read("label", (setting) => parseLabel(setting, token));
  const path = item.attempt(() => {
    const setting = item.member("path");
    return withPlace(setting.place, () => parsePathPattern(setting.text()));
  });
  const dialect = read("dialect", (setting) => parseDialect(setting, dialects)) ?? rfc9535;
  const { scopes, bodyTexts, detectorEntries, ...selected } = parseSelectors(item, dialect, detectors);
  const rule: CompiledRule = {
    name: read("name", (setting) => setting.text()) ?? String(index),
    mode: read("mode", (setting) => setting.choice("enforce", "report")) ?? "enforce",
    path: path ?? nowhere,
    methods: read("methods", parseMethods),
    recipient: recipient ?? "",
    token: label === undefined ? token : "sealed",
    label,
    contentKey: read("contentKey", (setting) => setting.choice("request", "field")) ?? "request",
    tokens: read("tokens", (setting) => setting.choice("refuse", "accept")) ?? "refuse",
    ...selected,
    exempt: item.attempt(() => parseExempt(item)) ?? [],
    format: read("format", (setting) => setting.choice(...formats)),
    unreadable: read("unreadable", (setting) => setting.choice("refuse", "scan", "pass")) ?? "refuse",
  };
  return { item, rule, scopes, bodyTexts, detectorEntries };
}

function parseLabel(setting: ConfigValue, token: CompiledRule["token"]): string {
  const label = setting.text();
  if (!isLabel(label)) throw setting.refuse("Expected 1 to 64 characters of A-Z a-z 0-9 _ . -.");
  if (token === "direct") throw setting.refuse("Direct tokens have no label. Remove label, or set token to sealed.");
  return label;
}

function parseDialect(setting: ConfigValue, dialects: readonly Dialect[]): Dialect {
  const name = setting.reference(
    "dialect",
    dialects.map((dialect) => dialect.name),
  );
  return dialects.find((dialect) => dialect.name === name) ?? rfc9535;
}

function parseMethods(list: ConfigValue): readonly string[] {
  return list.items(1).flatMap((item) => item.attempt(() => parseMethod(item)) ?? []);
}

function parseMethod(item: ConfigValue): string {
  const method = item.text();
  const known: readonly string[] = cloudFrontMethods;
  if (known.includes(method)) return method;
  const didYouMean = suggest(method, known);
  if (!methodPattern.test(method)) throw item.refuse(`Write the method in capitals.${didYouMean}`);
  if (findNearest(method, known) !== undefined)
    throw item.refuse(`CloudFront does not accept the method ${method}.${didYouMean}`);
  return method;
}
