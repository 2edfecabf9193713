/**
 * The readers of a stage, as its file of readers plans them: whom each serves, what it may open, and how it is
 * deployed.
 */

import { ConfigValue, isRecord } from "../core/config/config-value.ts";
import { readerSettings } from "../core/decrypt/reader/reader.ts";
import { isKeyArn } from "../core/token/key-arn.ts";

export interface ReaderPlan {
  /** `undefined` for the one reader of a stage that plans none. */
  readonly name: string | undefined;
  /** The ids of the recipients that it may open; `undefined` for all. */
  readonly open: readonly string[] | undefined;
  readonly callers: readonly ReaderCaller[];
  readonly region: string | undefined;
  /** Where S3 Batch Operations may have it read objects. */
  readonly sources: readonly ObjectPlace[];
  /** Where its batch jobs have their manifests and reports. */
  readonly jobs: ObjectPlace | undefined;
  /** The recipient that it moves tokens to instead of opening them. */
  readonly rewrapTo: string | undefined;
  /** All else, as FIELDSEAL_READER takes it. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The ARN of a role or user, or an AWS service on behalf of one resource. */
export type ReaderCaller = string | { readonly service: string; readonly sourceArn: string };

/**
 * Objects under a prefix, the KMS key that they are encrypted with, unless it is S3's own, and the account that owns
 * the bucket.
 */
export interface ObjectPlace {
  readonly bucket: string;
  readonly prefix: string;
  readonly kmsKeyArn: string | undefined;
  /** `undefined` for that of the key, or else of the reader. */
  readonly account?: string | undefined;
}

export const principalPattern = /^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/;
export const regionPattern = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** No wildcards: IAM would read them as such. */
const prefixPattern = /^[^*?$]*$/;

/**
 * `{ "billing": { "open": ["01"], "callers": ["arn:…"], "views": … }, … }`; without it, one reader of everything.
 * Throws `reader_invalid` with place and reason.
 */
export function parseReaderPlans(value: unknown, callers: readonly string[] = []): readonly ReaderPlan[] {
  if (value === undefined) {
    return [
      {
        name: undefined,
        open: undefined,
        callers,
        region: undefined,
        sources: [],
        jobs: undefined,
        rewrapTo: undefined,
        settings: {},
      },
    ];
  }
  const readers = new ConfigValue(value, "readers", "reader_invalid");
  const names = isRecord(value) ? Object.keys(value) : [];
  if (names.length === 0) throw readers.refuse("Plan at least one reader, by its name.");
  return names.map((name) => {
    const reader = readers.member(name);
    if (!/^[a-z][a-z0-9-]{0,23}$/.test(name))
      throw reader.refuse("A reader's name has at most 24 of a-z 0-9 -, and begins with a letter.");
    return parsePlan(name, reader);
  });
}

function parsePlan(name: string, reader: ConfigValue): ReaderPlan {
  reader.allow("open", "callers", "region", "sources", "jobs", "rewrapTo", ...readerSettings);
  const region = reader.optional("region");
  if (region !== undefined && !regionPattern.test(region.text())) throw region.refuse("This is no Region.");
  const sources = reader.optional("sources")?.items(1).map(parseObjectPlace) ?? [];
  const settings = Object.fromEntries(
    readerSettings.flatMap((setting) =>
      reader.optional(setting) === undefined ? [] : [[setting, reader.member(setting).value]],
    ),
  );
  const destination = reader.optional("destination");
  for (const [batch, given] of [
    ["sources", sources.length > 0],
    ["jobs", reader.optional("jobs") !== undefined],
    ["rewrapTo", reader.optional("rewrapTo") !== undefined],
  ] as const) {
    if (given && destination === undefined)
      throw reader.member(batch).refuse('Only a reader with a "destination" works on objects.');
  }
  if (destination !== undefined) {
    const { bucket } = parseObjectPlace(destination);
    if (sources.length === 0) throw destination.refuse('Name the "sources" that objects come from.');
    if (sources.some((source) => source.bucket === bucket))
      throw destination.refuse("Objects come from this bucket: they go into another one.");
  }
  return {
    name,
    open: reader
      .member("open")
      .items(1)
      .map((id) => id.text()),
    callers: reader.optional("callers")?.items().map(parseCaller) ?? [],
    region: region?.text(),
    sources,
    jobs: parseOptional(reader.optional("jobs")),
    rewrapTo: reader.optional("rewrapTo")?.text(),
    settings,
  };
}

function parseCaller(caller: ConfigValue): ReaderCaller {
  if (typeof caller.value === "string") {
    if (principalPattern.test(caller.value)) return caller.value;
    throw caller.refuse("This is not the ARN of a role or user: nobody unnamed.");
  }
  caller.allow("service", "sourceArn");
  const service = caller.member("service");
  if (!/^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.amazonaws\.com$/.test(service.text()))
    throw service.refuse("This is no AWS service, such as apigateway.amazonaws.com.");
  const sourceArn = caller.member("sourceArn");
  if (!/^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]+:\d{12}:\S+$/.test(sourceArn.text()))
    throw sourceArn.refuse("This is not the ARN of one resource, with Region and account.");
  return { service: service.text(), sourceArn: sourceArn.text() };
}

function parseOptional(place: ConfigValue | undefined): ObjectPlace | undefined {
  return place === undefined ? undefined : parseObjectPlace(place);
}

function parseObjectPlace(place: ConfigValue): ObjectPlace {
  place.allow("bucket", "prefix", "kmsKeyArn", "account");
  const bucket = place.member("bucket");
  if (!bucketPattern.test(bucket.text())) throw bucket.refuse("This is not the name of a bucket.");
  const prefix = place.optional("prefix");
  if (prefix !== undefined && !prefixPattern.test(prefix.text()))
    throw prefix.refuse("A prefix has no *, ? or $ here.");
  const kmsKeyArn = place.optional("kmsKeyArn");
  if (kmsKeyArn !== undefined && !isKeyArn(kmsKeyArn.text()))
    throw kmsKeyArn.refuse("This is not the ARN of a KMS key.");
  const account = place.optional("account");
  if (account !== undefined && !/^\d{12}$/.test(account.text()))
    throw account.refuse("This is not the id of an account.");
  return {
    bucket: bucket.text(),
    prefix: prefix?.text() ?? "",
    kmsKeyArn: kmsKeyArn?.text(),
    account: account?.text(),
  };
}
