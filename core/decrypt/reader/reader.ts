/** A reader: whom a decryptor serves, all recipients it knows, and which of them it may open. */

import { ConfigValue, isRecord } from "../../config/config-value.ts";
import { withPlace } from "../../config/issue.ts";
import { FieldsealError } from "../../errors.ts";
import { isLabel } from "../../token/grammar.ts";
import { isKeyArn } from "../../token/key-arn.ts";
import { type Markers, requireMarkers } from "../../token/marker.ts";
import { compileExpectedLabels, type ExpectedLabels } from "./expected-label.ts";
import { type View, views } from "./view.ts";

export interface Reader {
  readonly name: string;
  readonly recipients: readonly ReadableRecipient[];
  readonly limits: ReaderLimits;
  readonly decryption: DecryptionSettings;
  /** What the reader gets of sealed tokens with a label, whatever it gets of the recipient's others. */
  readonly views: ReadonlyMap<string, View>;
  readonly expectedLabels: ExpectedLabels;
  /** The KMS key for HMAC that pseudonyms are made with; `undefined` where no view needs one. */
  readonly pseudonymKeyArn: string | undefined;
  /** What a token that cannot be opened does to calls that do not say it. */
  readonly onFailure: "fail" | "keep";
  /** Whether values that spreadsheets would take for formulas get an apostrophe before them in CSV. */
  readonly csvFormulas: "keep" | "escape";
  /** Where restored objects go; `undefined` where this reader restores none. */
  readonly destination: Destination | undefined;
}

/** A bucket, and the KMS key that S3 encrypts in it with. */
export interface Destination {
  readonly bucket: string;
  readonly prefix: string;
  readonly kmsKeyArn: string;
}

/** How KMS is used. */
export interface DecryptionSettings {
  /**
   * Calls that may be made in a second, over all invocations of one instance; as many may come at once after a pause.
   */
  readonly callsPerSecond: number;
  /** Content keys that are kept, and for how long; 0 of either keeps none. */
  readonly cachedKeys: number;
  readonly cacheSeconds: number;
}

export interface ReadableRecipient extends Markers {
  readonly id: string;
  readonly keyArn: string;
  readonly mayOpen: boolean;
  /** What the reader gets of direct tokens, and of sealed ones whose label has no view. */
  readonly view: View;
}

export interface ReaderLimits {
  /** Tokens that one call may open: each can cost a KMS call. */
  readonly tokens: number;
  /** Nested containers of a body, and of a sealed value. */
  readonly depth: number;
  /** Bytes of a text once gzip around it is undone. */
  readonly decoded: number;
  /** Values that one call may make pseudonyms of: whoever tries out values needs many. */
  readonly pseudonyms: number;
}

/** The names of a reader's optional settings. */
export const readerSettings = [
  "views",
  "expect",
  "pseudonymKeyArn",
  "limits",
  "kms",
  "onFailure",
  "csvFormulas",
  "destination",
] as const;

/**
 * A reader from its JSON value: `{ "reader": name, "recipients": [{ id, prefix, suffix, keyArn }], "open": [id, …] }`
 * and optional settings. Throws `reader_invalid` or `recipient_invalid` with place and reason.
 */
export function parseReader(value: unknown): Reader {
  const reader = new ConfigValue(value, "$", "reader_invalid");
  reader.allow("reader", "recipients", "open", ...readerSettings);
  const given = reader.optional("views");
  given?.allow("recipients", "labels");
  const recipientViews = parseViews(given?.optional("recipients"));
  const labelViews = parseViews(given?.optional("labels"));
  const open = reader.member("open").items();
  const recipients = reader
    .member("recipients")
    .items(1)
    .map((item): ReadableRecipient => {
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
        view: recipientViews.get(id)?.view ?? "full",
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
  for (const [id, { place }] of recipientViews) {
    if (!recipients.some((recipient) => recipient.id === id)) throw place.refuse("There is no such recipient.");
  }
  for (const [label, { place }] of labelViews) if (!isLabel(label)) throw place.refuse("This is no label.");
  const pseudonymKey = reader.optional("pseudonymKeyArn");
  if (pseudonymKey !== undefined && !isKeyArn(pseudonymKey.text()))
    throw pseudonymKey.refuse("This is not the ARN of a KMS key.");
  if (pseudonymKey === undefined) {
    const needing = [...recipientViews.values(), ...labelViews.values()].find(({ view }) => view === "pseudonym");
    if (needing !== undefined)
      throw needing.place.refuse('Pseudonyms need "pseudonymKeyArn", a KMS key for HMAC_SHA_256.');
  }
  withPlace("$.recipients", () => requireMarkers(recipients));
  const limits = reader.optional("limits");
  limits?.allow("tokens", "depth", "decoded", "pseudonyms");
  const kms = reader.optional("kms");
  kms?.allow("callsPerSecond", "cachedKeys", "cacheSeconds");
  return {
    name: reader.member("reader").text(),
    recipients,
    limits: {
      tokens: limits?.optional("tokens")?.integer(1, 1_000_000) ?? 20_000,
      depth: limits?.optional("depth")?.integer(1, 4_000) ?? 1_000,
      decoded: limits?.optional("decoded")?.integer(1, 1_000_000_000) ?? 50_000_000,
      pseudonyms: limits?.optional("pseudonyms")?.integer(1, 100_000) ?? 1_000,
    },
    views: new Map([...labelViews].map(([label, { view }]) => [label, view])),
    expectedLabels: parseExpected(reader.optional("expect")),
    pseudonymKeyArn: pseudonymKey?.text(),
    onFailure: reader.optional("onFailure")?.choice("fail", "keep") ?? "fail",
    csvFormulas: reader.optional("csvFormulas")?.choice("keep", "escape") ?? "keep",
    destination: parseDestination(reader.optional("destination")),
    decryption: {
      callsPerSecond: kms?.optional("callsPerSecond")?.integer(1, 100_000) ?? 1_000,
      cachedKeys: kms?.optional("cachedKeys")?.integer(0, 100_000) ?? 1_000,
      cacheSeconds: kms?.optional("cacheSeconds")?.integer(0, 3_600) ?? 300,
    },
  };
}

type PlacedView = { readonly view: View; readonly place: ConfigValue };

/** Views by recipients or by labels. */
function parseViews(settings: ConfigValue | undefined): ReadonlyMap<string, PlacedView> {
  return new Map(membersOf(settings).map(([name, place]) => [name, { view: place.choice(...views), place }]));
}

function parseExpected(settings: ConfigValue | undefined): ExpectedLabels {
  const paths = membersOf(settings).map(([path, label]) => {
    if (!isLabel(label.text())) throw label.refuse("A label has 1 to 64 of A-Z a-z 0-9 _ . -.");
    return { path, place: label.place, label: label.text() };
  });
  try {
    return compileExpectedLabels(paths);
  } catch (error) {
    throw error instanceof FieldsealError ? new FieldsealError("reader_invalid", error.facts) : error;
  }
}

/**
 * Aliases of access points could name the bucket that objects come from in another way; directory buckets have another
 * protocol.
 */
const bucketPattern = /^(?!.*(?:-s3alias|--ol-s3|--x-s3|\.mrap)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

function parseDestination(settings: ConfigValue | undefined): Destination | undefined {
  if (settings === undefined) return undefined;
  settings.allow("bucket", "prefix", "kmsKeyArn");
  const kmsKeyArn = settings.member("kmsKeyArn");
  if (!isKeyArn(kmsKeyArn.text())) throw kmsKeyArn.refuse("This is not the ARN of a KMS key.");
  const bucket = settings.member("bucket");
  if (!bucketPattern.test(bucket.text()))
    throw bucket.refuse("This is not the name of a general purpose bucket; aliases of access points are none.");
  return { bucket: bucket.text(), prefix: settings.optional("prefix")?.text() ?? "", kmsKeyArn: kmsKeyArn.text() };
}

function membersOf(settings: ConfigValue | undefined): readonly (readonly [string, ConfigValue])[] {
  if (settings === undefined) return [];
  if (!isRecord(settings.value)) throw settings.refuse("An object is needed here.");
  return Object.keys(settings.value).map((name) => [name, settings.member(name)]);
}
