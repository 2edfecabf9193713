/** The decryptor function of one reader, with its role and its log. */
import { Duration, Stack } from "aws-cdk-lib";
import { ArnPrincipal, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { parseReader, type ReadableRecipient, type Reader } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { accountOf, regionOf } from "../core/token/key-arn.ts";
import type { Markers } from "../core/token/marker.ts";
import { keyRegionOf } from "../decryptor/key-region.ts";
import { addLoggedFunction } from "./logged-function.ts";
import { allowObjects } from "./object-access.ts";
import type { ObjectPrefix, ReaderCaller } from "./reader-plan.ts";
import { tokenAlgorithm } from "./recipient-key-policy.ts";

/** Properties of a `ReaderFunction`. */
export interface ReaderFunctionProps {
  readonly functionName: string;
  /** The folder of the bundle: index.js, which exports `handler`. */
  readonly bundleDir: string;
  /** The reader's name, for the audit line. */
  readonly reader: string;
  /** All recipients whose tokens may reach it. */
  readonly recipients: readonly (Markers & { readonly id: string; readonly keyArn: string })[];
  /** The ids of the recipients whose tokens it may open. */
  readonly open: readonly string[];
  /** The only principals that may invoke it. */
  readonly callers?: readonly ReaderCaller[];
  /** Further settings of FIELDSEAL_READER, such as views and limits. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Objects that it may read, if the settings have a destination. */
  readonly sources?: readonly ObjectPrefix[];
  /** The recipient to which it moves tokens in batch jobs. If set, the reader opens no token. */
  readonly rewrapTo?: string | undefined;
  /** Encrypts its log; CloudWatch Logs must be allowed to use it. */
  readonly logKey?: IKey;
}

/** The most bytes of all environment variables together (Lambda Developer Guide, "Lambda quotas"). */
const maxEnvironmentBytes = 4_096;

/**
 * The function may decrypt under its own keys only, with the one algorithm of tokens, and write its own log. Throws
 * `reader_invalid` if the function would refuse its FIELDSEAL_READER.
 */
export class ReaderFunction extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: ReaderFunctionProps) {
    super(scope, id);
    const { functionName, bundleDir, callers = [], sources = [], logKey } = props;
    const { text, reader } = configure(props);
    const { destination } = reader;
    const stack = Stack.of(this);
    const written = destination === undefined ? [] : [destination];
    const read = destination === undefined ? [] : sources;
    for (const objects of [...written, ...read]) requireRegion(objects, stack.region);
    const made = addLoggedFunction(this, {
      functionName,
      description: `Fieldseal: restores tokens for reader ${reader.name}`,
      bundleDir,
      // Key policies name readers by the names of their roles.
      roleName: functionName,
      policyName: "reader",
      statements: [
        ...allowKeys(reader, keyRegionOf(reader), props.rewrapTo),
        ...read.flatMap((source) => allowObjects("read", source, stack)),
        ...written.flatMap((objects) => allowObjects("write", objects, stack)),
      ],
      // An object takes parts of 8 MiB and more, and up to 15 minutes.
      memorySize: destination === undefined ? 1_769 : 3_008,
      timeout: destination === undefined ? Duration.minutes(1) : Duration.minutes(15),
      environment: { FIELDSEAL_READER: text },
      logKey,
    });
    this.function = made.function;
    this.logGroup = made.logGroup;
    callers.forEach((caller, index) => {
      const principal =
        typeof caller === "string"
          ? { principal: new ArnPrincipal(caller) }
          : {
              principal: new ServicePrincipal(caller.service),
              sourceArn: caller.sourceArn,
              sourceAccount: accountOf(caller.sourceArn),
            };
      this.function.addPermission(`Caller-${index}`, { ...principal, action: "lambda:InvokeFunction" });
    });
  }
}

/** The text of FIELDSEAL_READER, and the reader that the function reads from it. */
function configure({ reader, recipients, open, settings = {} }: ReaderFunctionProps): {
  readonly text: string;
  readonly reader: Reader;
} {
  const identities = recipients.map(({ id, prefix, suffix, keyArn }) => ({ id, prefix, suffix, keyArn }));
  const configuration = { reader, recipients: identities, open, ...settings };
  const text = JSON.stringify(configuration);
  const byteCount = Buffer.byteLength(`FIELDSEAL_READER${text}`);
  if (byteCount <= maxEnvironmentBytes) return { text, reader: parseReader(configuration) };
  const reason =
    `The settings of reader ${reader} take ${byteCount} bytes; expected at most ${maxEnvironmentBytes}, ` +
    'the limit of a function\'s environment. Use fewer patterns in "expect", or make two readers.';
  throw new FieldsealError("reader_invalid", { reason });
}

function allowKeys(
  reader: Reader,
  keyRegion: string | undefined,
  rewrapTo: string | undefined,
): readonly PolicyStatement[] {
  const algorithm = { StringEquals: tokenAlgorithm };
  const allow = (
    action: string,
    recipients: readonly ReadableRecipient[],
    conditions: Readonly<Record<string, unknown>>,
  ): readonly PolicyStatement[] =>
    recipients.length === 0
      ? []
      : [new PolicyStatement({ actions: [action], resources: recipients.map(({ keyArn }) => keyArn), conditions })];
  const readable = reader.recipients.filter(({ mayOpen }) => mayOpen);
  if (rewrapTo !== undefined) {
    const target = reader.recipients.filter(
      ({ id, keyArn, mayOpen }) => id === rewrapTo && !mayOpen && regionOf(keyArn) === keyRegion,
    );
    if (target.length === 0) {
      throw new FieldsealError("reader_invalid", {
        reason:
          `Reader ${reader.name} cannot move tokens to ${rewrapTo}: ` +
          '"rewrapTo" must be a recipient in the reader\'s Region that is not in "open".',
      });
    }
    return [...allow("kms:ReEncryptFrom", readable, algorithm), ...allow("kms:ReEncryptTo", target, algorithm)];
  }
  const { pseudonymKeyArn, views } = reader;
  const givesPseudonyms =
    readable.some(({ view }) => view === "pseudonym") || [...views.values()].includes("pseudonym");
  return [
    ...allow("kms:Decrypt", readable, algorithm),
    ...(pseudonymKeyArn === undefined || !givesPseudonyms
      ? []
      : [
          new PolicyStatement({
            actions: ["kms:GenerateMac"],
            resources: [pseudonymKeyArn],
            conditions: { StringEquals: { "kms:MacAlgorithm": "HMAC_SHA_256" } },
          }),
        ]),
  ];
}

/** S3 takes only keys of the bucket's Region, and a reader calls S3 in its own Region. */
function requireRegion({ bucket, kmsKeyArn }: Pick<ObjectPrefix, "bucket" | "kmsKeyArn">, region: string): void {
  if (kmsKeyArn === undefined || regionOf(kmsKeyArn) === region) return;
  throw new FieldsealError("reader_invalid", {
    reason:
      `The key of bucket ${bucket} is in ${regionOf(kmsKeyArn)}, but the reader is in ${region}. ` +
      "Deploy the reader in the Region of its buckets.",
  });
}
