/** Checks a policy and makes plain data of it. Every mistake is an error with its place and reason. */
import { compilePatterns } from "./detectors/pattern-shape.ts";
import { detectors } from "./detectors/table.ts";
import { requireMarkers } from "./marker.ts";
import type { CompiledPolicy, CompiledRecipient, Limits } from "./policy.ts";
import { createRecipient, type Recipient } from "./recipient.ts";
import { compileRule } from "./rule-compiler.ts";
import { type Dialect, rfc9535, withPlace } from "./selector/dialect.ts";
import { jsonpathPlus } from "./selector/jsonpath-plus.ts";
import { Shape } from "./shape.ts";

const dialects: readonly Dialect[] = [rfc9535, jsonpathPlus];

const defaultLimits: Limits = { depth: 1_000, fields: 5_000, work: 10_000_000, decoded: 5_000_000 };

/** Deeper bodies are refused whatever the policy says: readers of JSON that recurse cannot take them. */
const highestLimits: Limits = { depth: 4_000, fields: 100_000, work: 1_000_000_000, decoded: 100_000_000 };

/**
 * A policy from its JSON value. `publicKeys` gives the PEM of each recipient's public key by the recipient's id.
 * Throws `policy_invalid` or `recipient_invalid` with place and reason.
 */
export function compilePolicy(value: unknown, publicKeys: ReadonlyMap<string, string>): CompiledPolicy {
  const policy = new Shape(value, "$");
  policy.allow("$schema", "version", "otherwise", "recipients", "patterns", "rules", "limits", "cors");
  if (policy.member("version").value !== 1) throw policy.member("version").refuse("The version is 1.");
  const items = policy.member("recipients").items(1);
  const compiledRecipients = items.map((item) => parseRecipient(item, publicKeys));
  const recipients = items.map((item, index) => checkRecipient(item, compiledRecipients[index]));
  requireDistinctRecipients(policy.member("recipients"), recipients);
  const builtIn = detectors.map(({ name }) => name);
  const patterns = compilePatterns(policy.optional("patterns"), builtIn);
  const context = { recipients, dialects, detectors: [...builtIn, ...patterns.map(({ name }) => name)] };
  const rules = policy.member("rules").items(1).map((item, index) => compileRule(item, index, context));
  requireDistinct(policy.member("rules"), rules.map(({ name }) => name), "rule name");
  const cors = policy.optional("cors");
  cors?.allow("origins");
  return {
    otherwise: policy.member("otherwise").choice("pass", "refuse"),
    recipients: compiledRecipients,
    patterns,
    rules,
    limits: parseLimits(policy.optional("limits")),
    corsOrigins: cors?.member("origins").items(1).map(parseOrigin) ?? [],
  };
}

function parseRecipient(item: Shape, publicKeys: ReadonlyMap<string, string>): CompiledRecipient {
  item.allow("id", "keyArn", "publicKeyFile", "prefix", "suffix");
  const id = item.member("id").text();
  item.member("publicKeyFile").text();
  const publicKeyPem = publicKeys.get(id);
  if (publicKeyPem === undefined) throw item.refuse(`There is no public key for recipient ${JSON.stringify(id)}.`);
  return {
    id,
    keyArn: item.member("keyArn").text(),
    prefix: item.member("prefix").text(),
    suffix: item.member("suffix").text(),
    publicKeyPem,
  };
}

function checkRecipient({ place, refuse }: Shape, recipient: CompiledRecipient | undefined): Recipient {
  if (recipient === undefined) throw refuse("A recipient is missing.");
  return withPlace(place, () => createRecipient(recipient, recipient.publicKeyPem));
}

function requireDistinctRecipients(place: Shape, recipients: readonly Recipient[]): void {
  requireDistinct(place, recipients.map(({ id }) => id), "id");
  requireDistinct(place, recipients.map(({ keyArn }) => keyArn), "KMS key");
  requireDistinct(place, recipients.map(({ fingerprint }) => fingerprint), "public key");
  withPlace(place.place, () => requireMarkers(recipients));
}

function requireDistinct(place: Shape, values: readonly string[], what: string): void {
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  if (repeated !== undefined) throw place.refuse(`The ${what} ${JSON.stringify(repeated)} stands here twice.`);
}

function parseLimits(limits: Shape | undefined): Limits {
  limits?.allow("depth", "fields", "work", "decoded");
  const limit = (name: keyof Limits): number =>
    limits?.optional(name)?.integer(1, highestLimits[name]) ?? defaultLimits[name];
  return { depth: limit("depth"), fields: limit("fields"), work: limit("work"), decoded: limit("decoded") };
}

function parseOrigin(item: Shape): string {
  const text = item.text();
  if (!URL.canParse(text) || new URL(text).origin !== text) {
    throw item.refuse("An origin is scheme://host or scheme://host:port, without a path.");
  }
  return text;
}

