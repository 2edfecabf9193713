/** Reads the plans of a stage's readers: their callers, recipients and Regions. */
import { ConfigValue, isRecord } from "../core/config/config-value.ts";
import { readerSettings } from "../core/decrypt/reader/reader.ts";
import { isKeyArn } from "../core/token/key-arn.ts";

/** The plan of one reader. */
export interface ReaderPlan {
  /** `undefined` for the only reader of a stage without plans. */
  readonly name: string | undefined;
  /** The ids of the recipients whose tokens it may open; `undefined` for all. */
  readonly open: readonly string[] | undefined;
  /** The principals that may invoke it. */
  readonly callers: readonly ReaderCaller[];
  /** `undefined` for the Region of the stage's readers. */
  readonly region: string | undefined;
  /** The objects that it may read for S3 Batch Operations. */
  readonly sources: readonly ObjectPrefix[];
  /** The manifests and reports of its batch jobs. */
  readonly jobs: ObjectPrefix | undefined;
  /** The recipient to which it moves tokens instead of opening them. */
  readonly rewrapTo: string | undefined;
  /** All other settings, for FIELDSEAL_READER. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The ARN of a role or user, or an AWS service on behalf of one resource. */
export type ReaderCaller = string | { readonly service: string; readonly sourceArn: string };

/** All objects of a bucket under a prefix. */
export interface ObjectPrefix {
  readonly bucket: string;
  readonly prefix: string;
  /** The key that encrypts the objects; `undefined` for S3's own key. */
  readonly kmsKeyArn: string | undefined;
  /** The account that owns the bucket; `undefined` for the account of the key, or else of the reader. */
  readonly account?: string | undefined;
}

/** The ARN of a role or user, but not of the account itself. */
export const principalPattern = /^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/;
/** The form of a Region's name: `eu-central-1`. */
export const regionPattern = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** A prefix without the wildcards and variables of IAM. */
const prefixPattern = /^[^*?$]*$/;

/**
 * The plans in an object of readers by name. For `undefined`, one reader that opens everything for `callers`. Throws
 * `reader_invalid` with place and reason.
 *
 * @example `{ "billing": { "open": ["01"], "callers": ["arn:…"], "views": … }, … }`
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
  if (names.length === 0) throw readers.refuse("Expected at least one reader, by its name.");
  return names.map((name) => {
    const reader = readers.member(name);
    if (!/^[a-z][a-z0-9-]{0,23}$/.test(name))
      throw reader.refuse("A reader's name must be 1 to 24 characters of a-z 0-9 -, a letter first.");
    return parsePlan(name, reader);
  });
}

function parsePlan(name: string, reader: ConfigValue): ReaderPlan {
  reader.allow("open", "callers", "region", "sources", "jobs", "rewrapTo", ...readerSettings);
  const region = reader.optional("region");
  if (region !== undefined && !regionPattern.test(region.text()))
    throw region.refuse("Expected a Region, such as eu-central-1.");
  const sources = reader.optional("sources")?.items(1).map(parseObjectPrefix) ?? [];
  const settings = Object.fromEntries(
    readerSettings.flatMap((setting) =>
      reader.optional(setting) === undefined ? [] : [[setting, reader.member(setting).value]],
    ),
  );
  const jobs = reader.optional("jobs");
  const destination = reader.optional("destination");
  for (const [batch, given] of [
    ["sources", sources.length > 0],
    ["jobs", jobs !== undefined],
    ["rewrapTo", reader.optional("rewrapTo") !== undefined],
  ] as const) {
    if (given && destination === undefined)
      throw reader
        .member(batch)
        .refuse('This setting needs a "destination": only a reader with a destination works on objects.');
  }
  if (destination !== undefined) {
    const { bucket } = parseObjectPrefix(destination);
    if (sources.length === 0) throw destination.refuse('A destination needs "sources", the objects to read.');
    if (sources.some((source) => source.bucket === bucket))
      throw destination.refuse("The destination must not be a bucket of the sources. Name another bucket.");
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
    jobs: jobs === undefined ? undefined : parseObjectPrefix(jobs),
    rewrapTo: reader.optional("rewrapTo")?.text(),
    settings,
  };
}

function parseCaller(caller: ConfigValue): ReaderCaller {
  if (typeof caller.value === "string") {
    if (principalPattern.test(caller.value)) return caller.value;
    throw caller.refuse("Expected the ARN of a role or user.");
  }
  caller.allow("service", "sourceArn");
  const service = caller.member("service");
  if (!/^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.amazonaws\.com$/.test(service.text()))
    throw service.refuse("Expected an AWS service, such as apigateway.amazonaws.com.");
  const sourceArn = caller.member("sourceArn");
  if (!/^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]+:\d{12}:\S+$/.test(sourceArn.text()))
    throw sourceArn.refuse("Expected the ARN of one resource, with Region and account.");
  return { service: service.text(), sourceArn: sourceArn.text() };
}

function parseObjectPrefix(objects: ConfigValue): ObjectPrefix {
  objects.allow("bucket", "prefix", "kmsKeyArn", "account");
  const bucket = objects.member("bucket");
  if (!bucketPattern.test(bucket.text())) throw bucket.refuse("Expected the name of a bucket.");
  const prefix = objects.optional("prefix");
  if (prefix !== undefined && !prefixPattern.test(prefix.text()))
    throw prefix.refuse("A prefix must not hold *, ? or $.");
  const kmsKeyArn = objects.optional("kmsKeyArn");
  if (kmsKeyArn !== undefined && !isKeyArn(kmsKeyArn.text())) throw kmsKeyArn.refuse("Expected the ARN of a KMS key.");
  const account = objects.optional("account");
  if (account !== undefined && !/^\d{12}$/.test(account.text()))
    throw account.refuse("Expected an account id of 12 digits.");
  return {
    bucket: bucket.text(),
    prefix: prefix?.text() ?? "",
    kmsKeyArn: kmsKeyArn?.text(),
    account: account?.text(),
  };
}
