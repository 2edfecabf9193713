/** A reader: whom a decryptor serves, all recipients it knows, and which of them it may open. */
import { ConfigValue } from "../../config/config-value.ts";
import { withPlace } from "../../config/issue.ts";
import { isLabel } from "../../token/grammar.ts";
import { isKeyArn } from "../../token/key-arn.ts";
import { type Markers, requireMarkers } from "../../token/marker.ts";
import { type Destination, parseDestination } from "./destination.ts";
import { type ExpectedLabels, parseExpectedLabels } from "./expected-label.ts";
import { parseViews, type View, type ViewSettings } from "./view.ts";

/** One whom a decryptor serves: what it may open, what it gets of that, and how much work it may cause. */
export interface Reader {
  readonly name: string;
  readonly recipients: readonly ReadableRecipient[];
  readonly limits: ReaderLimits;
  readonly decryption: DecryptionSettings;
  /** What the reader gets of sealed tokens with a label, whatever it gets of the recipient's others. */
  readonly views: ReadonlyMap<string, View>;
  readonly expectedLabels: ExpectedLabels;
  /** The ARN of the KMS key for HMAC that pseudonyms are made with; `undefined` where no view needs one. */
  readonly pseudonymKeyArn: string | undefined;
  /** What a token that cannot be opened does to calls that do not say it. */
  readonly onFailure: "fail" | "keep";
  /** Whether values that spreadsheets would take for formulas get an apostrophe before them in CSV. */
  readonly csvFormulas: "keep" | "escape";
  /** Where restored objects go; `undefined` where this reader restores none. */
  readonly destination: Destination | undefined;
}

/** A recipient whose tokens a reader knows, and perhaps opens. */
export interface ReadableRecipient extends Markers {
  readonly id: string;
  readonly keyArn: string;
  readonly mayOpen: boolean;
  /** What the reader gets of direct tokens, and of sealed ones whose label has no view. */
  readonly view: View;
}

/** The work that one call may cause. */
export interface ReaderLimits {
  /** Tokens that one call may open: each can cost a KMS call. */
  readonly tokens: number;
  /** Nested containers of a body, and of a sealed value. */
  readonly depth: number;
  /** Bytes of a text once gzip around it is undone. */
  readonly decoded: number;
  /** Distinct values that one call may make pseudonyms of: who tries out values needs many. */
  readonly pseudonyms: number;
}

/** How KMS is used. */
export interface DecryptionSettings {
  /** Calls a second, over all invocations of one instance; as many may come at once after a pause. */
  readonly callsPerSecond: number;
  /** Content keys that are kept, and for how many seconds; 0 of either keeps none. */
  readonly cachedKeys: number;
  readonly cacheSeconds: number;
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
  const views = parseSection(reader, "views", ["recipients", "labels"]);
  const recipientViews = parseViews(views?.optional("recipients"));
  const labelViews = parseViews(views?.optional("labels"));
  const recipients = parseRecipients(reader, recipientViews);
  for (const [label, { setting }] of labelViews)
    if (!isLabel(label)) throw setting.refuse("Expected a label: 1 to 64 characters of A-Z a-z 0-9 _ . -.");
  const pseudonymKeyArn = parsePseudonymKey(reader, [recipientViews, labelViews]);
  withPlace("$.recipients", () => requireMarkers(recipients));
  const limits = parseSection(reader, "limits", ["tokens", "depth", "decoded", "pseudonyms"]);
  const kms = parseSection(reader, "kms", ["callsPerSecond", "cachedKeys", "cacheSeconds"]);
  const destination = reader.optional("destination");
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
    expectedLabels: parseExpectedLabels(reader.optional("expect")),
    pseudonymKeyArn,
    onFailure: reader.optional("onFailure")?.choice("fail", "keep") ?? "fail",
    csvFormulas: reader.optional("csvFormulas")?.choice("keep", "escape") ?? "keep",
    destination: destination && parseDestination(destination),
    decryption: {
      callsPerSecond: kms?.optional("callsPerSecond")?.integer(1, 100_000) ?? 1_000,
      cachedKeys: kms?.optional("cachedKeys")?.integer(0, 100_000) ?? 1_000,
      cacheSeconds: kms?.optional("cacheSeconds")?.integer(0, 3_600) ?? 300,
    },
  };
}

/** An optional object of settings with these names. */
function parseSection(reader: ConfigValue, name: string, names: readonly string[]): ConfigValue | undefined {
  const section = reader.optional(name);
  section?.allow(...names);
  return section;
}

function parseRecipients(reader: ConfigValue, views: ViewSettings): readonly ReadableRecipient[] {
  const open = reader.member("open").items();
  const list = reader.member("recipients");
  const recipients = list.items(1).map((item): ReadableRecipient => {
    item.allow("id", "prefix", "suffix", "keyArn");
    const id = item.member("id").text();
    return {
      id,
      keyArn: parseKeyArn(item.member("keyArn")),
      prefix: item.member("prefix").text(),
      suffix: item.member("suffix").text(),
      mayOpen: open.some((allowed) => allowed.text() === id),
      view: views.get(id)?.view ?? "full",
    };
  });
  const requireRecipient = (id: string, setting: ConfigValue): void => {
    if (!recipients.some((recipient) => recipient.id === id))
      throw setting.refuse("Unknown recipient. Expected an id in recipients.");
  };
  for (const allowed of open) requireRecipient(allowed.text(), allowed);
  for (const property of ["id", "keyArn"] as const) {
    if (new Set(recipients.map((recipient) => recipient[property])).size < recipients.length)
      throw list.refuse(`Two recipients have the same ${property}. Give each its own.`);
  }
  for (const [id, { setting }] of views) requireRecipient(id, setting);
  return recipients;
}

function parsePseudonymKey(reader: ConfigValue, views: readonly ViewSettings[]): string | undefined {
  const key = reader.optional("pseudonymKeyArn");
  if (key !== undefined) return parseKeyArn(key);
  const needing = views.flatMap((settings) => [...settings.values()]).find(({ view }) => view === "pseudonym");
  if (needing === undefined) return undefined;
  throw needing.setting.refuse('Pseudonyms need "pseudonymKeyArn", a KMS key for HMAC_SHA_256.');
}

function parseKeyArn(setting: ConfigValue): string {
  if (!isKeyArn(setting.text())) throw setting.refuse("Expected the ARN of a KMS key (arn:aws:kms:…:key/…).");
  return setting.text();
}
