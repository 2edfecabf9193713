/**
 * Checks a policy and makes plain data of it. Every mistake is an error with its place, its reason and the nearest
 * right spelling.
 */

import { ConfigValue } from "../config/config-value.ts";
import { type Issue, joinIssues } from "../config/issue.ts";
import { loadPattern } from "../detectors/pattern.ts";
import { detectors as builtIn } from "../detectors/table.ts";
import type { CompiledPolicy, CompiledRecipient, Limits } from "../policy/policy.ts";
import { type Dialect, rfc9535, withPlace } from "../selector/dialect.ts";
import { jsonpathPlus } from "../selector/jsonpath-plus/dialect.ts";
import { isKeyArn } from "../token/key-arn.ts";
import { describeMarker } from "../token/marker.ts";
import { createRecipient, type Recipient } from "../token/recipient.ts";
import { compileRule, type RuleDraft } from "./compile-rule.ts";
import { compilePatterns } from "./read-patterns.ts";
import { reviewRule } from "./review-rule.ts";
import { reviewRules, reviewUse } from "./review-rule-pairs.ts";
import {
  corsSettings,
  defaultLimits,
  highestLimits,
  limitSettings,
  policySettings,
  recipientSettings,
} from "./settings.ts";

const dialects: readonly Dialect[] = [rfc9535, jsonpathPlus];

/** What a check of a policy gives. */
export interface PolicyCheck {
  /** `undefined` where there are errors among the issues. */
  readonly policy: CompiledPolicy | undefined;
  /** Errors and warnings, in the order in which they were found. */
  readonly issues: readonly Issue[];
}

/**
 * A policy from its JSON value. `publicKeys` gives the PEM of each recipient's public key by the recipient's id. Throws
 * `policy_invalid` or `recipient_invalid` with the place and reason of the first mistake, followed by all others.
 */
export function compilePolicy(value: unknown, publicKeys: ReadonlyMap<string, string>): CompiledPolicy {
  const { policy, issues } = checkPolicy(value, publicKeys);
  const error = joinIssues(issues);
  if (error !== undefined || policy === undefined)
    throw error ?? new ConfigValue(value, "$").refuse("The policy cannot be read.");
  return policy;
}

/**
 * All mistakes of a policy, after those that were found before, and the policy if there are none. Never throws for a
 * mistake.
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

function hasErrors(issues: readonly Issue[], place: string): boolean {
  return issues.some((issue) => issue.severity === "error" && issue.place.startsWith(place));
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
    compilePatterns(
      root.optional("patterns"),
      builtIn.map(({ name }) => name),
    ),
  );
  const detectors = [...builtIn, ...(patterns ?? []).map(loadPattern)];
  const drafts = readRules(root, {
    recipients: recipients.map(({ compiled }) => compiled),
    dialects,
    // Names of patterns that could not be read are no further mistakes.
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
  reviewRules(
    whole.filter(({ item }) => !hasErrors(issues, item.place)),
    otherwise,
  );
  const rules = drafts.map(({ rule }) => rule);
  if (!hasErrors(issues, "$")) {
    reviewUse(
      root.member("recipients"),
      "recipient",
      recipients.map(({ compiled }) => compiled.id),
      new Set(rules.map(({ recipient }) => recipient)),
    );
    const used = new Set(rules.flatMap((rule) => rule.detectors.map(({ use }) => use.detector)));
    const list = root.optional("patterns");
    if (list !== undefined)
      reviewUse(
        list,
        "pattern",
        (patterns ?? []).map(({ name }) => name),
        used,
      );
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

function requireVersion(version: ConfigValue): void {
  if (version.value !== 1) throw version.refuse("The version is the number 1.");
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

/** The texts of one setting of a list's items, as far as there are any. */
function readNames(root: ConfigValue, list: string, name: string): readonly string[] {
  const items = root.attempt(() => root.member(list).items()) ?? [];
  return items.flatMap((item) => {
    const value = item.attempt(() => item.optional(name))?.value;
    return typeof value === "string" ? [value] : [];
  });
}

/** A recipient as far as it could be read. */
interface RecipientDraft {
  readonly item: ConfigValue;
  readonly compiled: CompiledRecipient;
  /** `undefined` where its key or ARN is none. */
  readonly recipient: Recipient | undefined;
}

function readRecipient(item: ConfigValue, publicKeys: ReadonlyMap<string, string>): RecipientDraft {
  const read = (name: (typeof recipientSettings)[number]): string => item.attempt(() => item.member(name).text()) ?? "";
  item.attempt(() => item.allow(...recipientSettings));
  const [id, keyArn, file, prefix, suffix] = [
    read("id"),
    read("keyArn"),
    read("publicKeyFile"),
    read("prefix"),
    read("suffix"),
  ];
  const publicKeyPem = publicKeys.get(id);
  const compiled = { id, keyArn, prefix, suffix, publicKeyPem: publicKeyPem ?? "" };
  if (keyArn !== "" && !isKeyArn(keyArn)) {
    item
      .member("keyArn")
      .report(
        "The keyArn is not the ARN of a KMS key (arn:aws:kms:…:key/…): KMS answers with ARNs, also where it is asked for an alias.",
      );
  }
  const isRead = !hasErrors(item.issues ?? [], item.place);
  if (
    publicKeyPem === undefined &&
    id !== "" &&
    file !== "" &&
    !hasErrors(item.issues ?? [], `${item.place}.publicKeyFile`)
  ) {
    item.report(`There is no public key for recipient ${JSON.stringify(id)}.`);
  }
  if (publicKeyPem === undefined || !isRead) return { item, compiled, recipient: undefined };
  const recipient = item.attempt(() => withPlace(item.place, () => createRecipient(compiled, publicKeyPem)));
  return { item, compiled, recipient };
}

function requireDistinctRecipients(drafts: readonly RecipientDraft[]): void {
  const settings = (
    name: "id" | "keyArn" | "publicKeyFile",
    valueOf: (draft: RecipientDraft) => string,
  ): readonly Placed[] =>
    drafts.flatMap((draft) => {
      const at = draft.item.attempt(() => draft.item.optional(name));
      return at === undefined || valueOf(draft) === "" ? [] : [{ at, value: valueOf(draft) }];
    });
  requireDistinct(
    settings("id", ({ compiled }) => compiled.id),
    "id",
  );
  requireDistinct(
    settings("keyArn", ({ compiled }) => compiled.keyArn),
    "KMS key",
  );
  requireDistinct(
    settings("publicKeyFile", ({ recipient }) => recipient?.fingerprint ?? ""),
    "public key",
  );
  const markers: Placed[] = [];
  for (const { item, compiled } of drafts) {
    for (const name of ["prefix", "suffix"] as const) {
      const at = item.attempt(() => item.optional(name));
      if (at === undefined || compiled[name] === "") continue;
      const reason =
        describeMarker(
          compiled[name],
          markers.map(({ value }) => value),
        ) ?? describeContained(compiled[name], markers);
      if (reason === undefined) markers.push({ at, value: compiled[name] });
      else at.report(reason);
    }
  }
}

/** A later marker can also contain an earlier one. */
function describeContained(marker: string, earlier: readonly Placed[]): string | undefined {
  const inner = earlier.find(({ value }) => marker.includes(value));
  return inner === undefined
    ? undefined
    : `Marker ${JSON.stringify(marker)} contains marker ${JSON.stringify(inner.value)} of ${inner.at.place}.`;
}

interface Placed {
  readonly at: ConfigValue;
  readonly value: string;
}

function requireDistinct(placed: readonly Placed[], what: string): void {
  placed.forEach(({ at, value }, index) => {
    const earlier = placed.slice(0, index).find((other) => other.value === value);
    if (earlier !== undefined) at.report(`The ${what} ${JSON.stringify(value)} stands at ${earlier.at.place} already.`);
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
  throw item.refuse(`An origin is scheme://host or scheme://host:port, without a path.${nearest}`);
}
