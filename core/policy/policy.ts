/** The policy: which values of which requests are protected, and for whom. It is checked when a bundle is built. */

import type { Detector } from "../detectors/detector.ts";
import type { CompiledPattern } from "../detectors/pattern.ts";
import { FieldsealError } from "../errors.ts";
import type { Detect } from "../find/detection.ts";
import type { Codecs } from "../formats/codec.ts";
import { formats } from "../rule/formats.ts";
import { matchesPath, parsePath } from "../rule/route.ts";
import type { CompiledRule, Rule } from "../rule/rule.ts";
import { needsFormat } from "../rule/scope.ts";
import { createRecipient, type Recipient, type RecipientIdentity } from "../token/recipient.ts";
import { loadRule, type RuleModules } from "./load-rule.ts";

/** A policy that is ready to be applied. */
export interface Policy {
  /** What happens to requests that no rule covers. There is no default. */
  readonly otherwise: "pass" | "refuse";
  readonly recipients: readonly Recipient[];
  /** The rules that are applied: without those in report mode, unless a report is made of them. */
  readonly rules: readonly Rule[];
  readonly limits: Limits;
  /** Bytes of a body that goes on, where that is not through CloudFront. */
  readonly maxBodyBytes?: number;
  /** Web origins whose scripts may read a refusal (CORS). */
  readonly corsOrigins: ReadonlySet<string>;
  /** Those that the rules need, and no others: a rule that is not applied must not change how a part is read. */
  readonly codecs: Codecs;
  /** Finds nothing where no rule has detectors. */
  readonly detect: Detect;
}

/** What one request may take. */
export interface Limits {
  /** Nested containers of a body. */
  readonly depth: number;
  /** Protected values of a request. */
  readonly fields: number;
  /** Steps that selectors and detectors may take over one request. */
  readonly work: number;
  /** Bytes of a body after its content codings are undone. */
  readonly decoded: number;
}

/** A policy once it is checked, as plain data: what a build embeds. */
export interface CompiledPolicy {
  readonly otherwise: Policy["otherwise"];
  readonly recipients: readonly CompiledRecipient[];
  /** The policy's own detectors. */
  readonly patterns: readonly CompiledPattern[];
  readonly rules: readonly CompiledRule[];
  readonly limits: Limits;
  readonly corsOrigins: readonly string[];
}

/** A recipient as plain data. */
export interface CompiledRecipient extends RecipientIdentity {
  /** A SubjectPublicKeyInfo in PEM (RFC 7468, section 13). */
  readonly publicKeyPem: string;
}

/** The code that a compiled policy refers to. A bundle ships only what its own policy asks for. */
export interface PolicyModules extends RuleModules {
  readonly codecs: Codecs;
  readonly loadPattern?: (pattern: CompiledPattern) => Detector;
}

/**
 * Makes a compiled policy work: with the rules that are enforced, or with all of them, to see what those in report mode
 * would do. Throws `policy_invalid` or `recipient_invalid`.
 */
export function loadPolicy(
  compiled: CompiledPolicy,
  modules: PolicyModules,
  which: "enforced" | "all" = "enforced",
): Policy {
  const recipients = compiled.recipients.map((recipient) => createRecipient(recipient, recipient.publicKeyPem));
  const { loadPattern } = modules;
  const own = loadPattern === undefined ? [] : compiled.patterns.map(loadPattern);
  const detectors = [...modules.detectors, ...own];
  const rules = compiled.rules.filter(({ mode }) => which === "all" || mode === "enforce");
  const codecs = formats.flatMap((format) => {
    const codec = rules.some((rule) => needsFormat(rule, format)) ? modules.codecs[format] : undefined;
    return codec === undefined ? [] : [[format, codec] as const];
  });
  return {
    otherwise: compiled.otherwise,
    recipients,
    rules: rules.map((rule) => loadRule(rule, recipients, { ...modules, detectors })),
    limits: compiled.limits,
    corsOrigins: new Set(compiled.corsOrigins),
    codecs: Object.fromEntries(codecs),
    detect: modules.detection?.detect ?? (() => []),
  };
}

/**
 * The rules that a request falls under, in the policy's order. `methods` are the request's own and those that it asks
 * to be treated as, in upper case. Throws `path_ambiguous` where two of them, or the raw and the normalised path, give
 * different rules.
 */
export function findRules({ rules }: Policy, uri: string, methods: readonly string[]): readonly Rule[] {
  const { raw, normalized } = parsePath(uri);
  const readings = [raw, normalized].flatMap((path) =>
    methods.map((method) =>
      rules.filter((rule) => (rule.methods?.has(method) ?? true) && matchesPath(rule.path, path)),
    ),
  );
  const [first = [], ...others] = readings;
  for (const other of others) {
    if (other.length !== first.length || other.some((rule, index) => rule !== first[index])) {
      throw new FieldsealError("path_ambiguous");
    }
  }
  return first;
}
