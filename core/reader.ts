/** A reader: whom a decryptor serves, all recipients it knows, and which of them it may open. */
import { isKeyArn } from "./key-arn.ts";
import { type Markers, requireMarkers } from "./marker.ts";
import { withPlace } from "./selector/dialect.ts";
import { Shape } from "./shape.ts";

export interface Reader {
  readonly name: string;
  readonly recipients: readonly ReadableRecipient[];
  readonly limits: ReaderLimits;
  readonly decryption: DecryptionSettings;
}

/** How KMS is used. */
export interface DecryptionSettings {
  /** Calls that may be made in a second, over all invocations of one instance; as many may come at once after a pause. */
  readonly callsPerSecond: number;
  /** Content keys that are kept, and for how long; 0 of either keeps none. */
  readonly cachedKeys: number;
  readonly cacheSeconds: number;
}

export interface ReadableRecipient extends Markers {
  readonly id: string;
  readonly keyArn: string;
  readonly mayOpen: boolean;
}

export interface ReaderLimits {
  /** Tokens that one call may open: each can cost a KMS call. */
  readonly tokens: number;
  /** Nested containers of a body, and of a sealed value. */
  readonly depth: number;
}

/**
 * A reader from its JSON value: `{ "reader": name, "recipients": [{ id, prefix, suffix, keyArn }], "open": [id, …] }`
 * and optional `limits` and `kms`. Throws `reader_invalid` or `recipient_invalid` with place and reason.
 */
export function parseReader(value: unknown): Reader {
  const reader = new Shape(value, "$", "reader_invalid");
  reader.allow("reader", "recipients", "open", "limits", "kms");
  const open = reader.member("open").items();
  const recipients = reader.member("recipients").items(1).map((item): ReadableRecipient => {
    item.allow("id", "prefix", "suffix", "keyArn");
    const id = item.member("id").text();
    const keyArn = item.member("keyArn").text();
    if (!isKeyArn(keyArn)) throw item.member("keyArn").refuse("This is not the ARN of a KMS key.");
    return {
      id,
      keyArn,
      prefix: item.member("prefix").text(),
      suffix: item.member("suffix").text(),
      mayOpen: open.some((allowed) => allowed.text() === id),
    };
  });
  for (const allowed of open) {
    if (!recipients.some(({ id }) => id === allowed.text())) throw allowed.refuse("There is no such recipient.");
  }
  for (const property of ["id", "keyArn"] as const) {
    if (new Set(recipients.map((recipient) => recipient[property])).size < recipients.length) {
      throw reader.member("recipients").refuse(`Two recipients have the same ${property}.`);
    }
  }
  withPlace("$.recipients", () => requireMarkers(recipients));
  const limits = reader.optional("limits");
  limits?.allow("tokens", "depth");
  const kms = reader.optional("kms");
  kms?.allow("callsPerSecond", "cachedKeys", "cacheSeconds");
  return {
    name: reader.member("reader").text(),
    recipients,
    limits: {
      tokens: limits?.optional("tokens")?.integer(1, 1_000_000) ?? 10_000,
      depth: limits?.optional("depth")?.integer(1, 4_000) ?? 1_000,
    },
    decryption: {
      callsPerSecond: kms?.optional("callsPerSecond")?.integer(1, 100_000) ?? 1_000,
      cachedKeys: kms?.optional("cachedKeys")?.integer(0, 100_000) ?? 1_000,
      cacheSeconds: kms?.optional("cacheSeconds")?.integer(0, 3_600) ?? 300,
    },
  };
}
