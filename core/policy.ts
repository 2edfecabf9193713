/** The policy: which values of which requests are protected, and for whom. Checked when it is built, and again at start. */
import { FieldsealError } from "./errors.ts";
import { requireMarkers } from "./marker.ts";
import { createRecipient, type Recipient } from "./recipient.ts";
import { matchesPath, parsePath } from "./route.ts";
import { parseRule, type Rule } from "./rule.ts";
import { type Dialect, rfc9535, withPlace } from "./selector/dialect.ts";
import { Shape } from "./shape.ts";

export interface Policy {
  /** What happens to requests that no rule covers. There is no default. */
  readonly otherwise: "pass" | "refuse";
  readonly recipients: readonly Recipient[];
  readonly rules: readonly Rule[];
  readonly limits: Limits;
  /** Web origins whose scripts may read a refusal (CORS). */
  readonly corsOrigins: ReadonlySet<string>;
}

export interface Limits {
  /** Nested containers of a body. */
  readonly depth: number;
  /** Protected values of a request. */
  readonly fields: number;
  /** Steps that selectors and detectors may take over one request. */
  readonly work: number;
  /** Octets of a body after its content codings are undone. */
  readonly decoded: number;
}

const defaultLimits: Limits = { depth: 1_000, fields: 5_000, work: 10_000_000, decoded: 5_000_000 };

/** Deeper bodies are refused whatever the policy says: comparing values in a filter recurses. */
const highestLimits: Limits = { depth: 4_000, fields: 100_000, work: 1_000_000_000, decoded: 100_000_000 };

/**
 * A policy from its JSON value. `publicKeys` gives the PEM of each recipient's public key by the recipient's id.
 * Throws `policy_invalid` or `recipient_invalid` with place and reason.
 */
export function parsePolicy(
  value: unknown,
  publicKeys: ReadonlyMap<string, string>,
  dialects: readonly Dialect[] = [rfc9535],
): Policy {
  const policy = new Shape(value, "$");
  policy.allow("$schema", "version", "otherwise", "recipients", "rules", "limits", "cors");
  if (policy.member("version").value !== 1) throw policy.member("version").refuse("The version is 1.");
  const recipients = policy.member("recipients").items(1).map((item) => parseRecipient(item, publicKeys));
  requireDistinctRecipients(policy.member("recipients"), recipients);
  const rules = policy.member("rules").items(1).map((item, index) => parseRule(item, index, recipients, dialects));
  requireDistinct(policy.member("rules"), rules.map(({ name }) => name), "rule name");
  const cors = policy.optional("cors");
  cors?.allow("origins");
  return {
    otherwise: policy.member("otherwise").choice("pass", "refuse"),
    recipients,
    rules,
    limits: parseLimits(policy.optional("limits")),
    corsOrigins: new Set(cors?.member("origins").items(1).map(parseOrigin)),
  };
}

function parseRecipient(item: Shape, publicKeys: ReadonlyMap<string, string>): Recipient {
  item.allow("id", "keyArn", "publicKeyFile", "prefix", "suffix");
  const id = item.member("id").text();
  item.member("publicKeyFile").text();
  const publicKey = publicKeys.get(id);
  if (publicKey === undefined) throw item.refuse(`There is no public key for recipient ${JSON.stringify(id)}.`);
  const identity = {
    id,
    keyArn: item.member("keyArn").text(),
    prefix: item.member("prefix").text(),
    suffix: item.member("suffix").text(),
  };
  return withPlace(item.place, () => createRecipient(identity, publicKey));
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

/**
 * The rules that a request falls under, in the policy's order. `methods` are the request's method and those that it
 * asks to be treated as. Throws `path_ambiguous` where they, or the raw and the normalised path, give different rules.
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
