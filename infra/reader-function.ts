/** The decryptor function of one reader, with its role and its log. */
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { ArnPrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { parseReader, type ReadableRecipient, type Reader } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { accountOf, regionOf } from "../core/token/key-arn.ts";
import type { Markers } from "../core/token/marker.ts";
import { keyRegionOf } from "../decryptor/key-region.ts";
import { allowObjects } from "./object-access.ts";
import type { ObjectPrefix, ReaderCaller } from "./reader-plan.ts";

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
  /** Who may invoke it. Nobody else gets a permission. */
  readonly callers?: readonly ReaderCaller[];
  /** Further settings of FIELDSEAL_READER, such as views and limits. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Objects that it may read, where the settings have a destination. */
  readonly sources?: readonly ObjectPrefix[];
  /** The recipient to which it moves tokens in batch jobs. With one, it opens no token. */
  readonly rewrapTo?: string | undefined;
  /** Encrypts its log; CloudWatch Logs must be allowed to use it. */
  readonly logKey?: IKey;
}

/** Bytes of all environment variables together (Lambda Developer Guide, "Lambda quotas"). */
const maxEnvironmentBytes = 4_096;

/**
 * The function may decrypt under exactly its own keys, with the one algorithm of tokens, and write its own log. Throws
 * `reader_invalid` where the function would not take its FIELDSEAL_READER.
 */
export class ReaderFunction extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: ReaderFunctionProps) {
    super(scope, id);
    const { functionName, bundleDir, callers = [], sources = [], logKey } = props;
    const { text, reader } = configure(props);
    this.logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_YEAR,
      // A failed first deployment deletes it, since the second deployment needs its name.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      ...(logKey === undefined ? {} : { encryptionKey: logKey }),
    });
    const keyRegion = keyRegionOf(reader);
    const { destination } = reader;
    const stack = Stack.of(this);
    for (const objects of destination === undefined ? [] : [destination, ...sources])
      requireRegion(objects, stack.region);
    const role = new Role(this, "Role", {
      // Key policies name readers by the names of their roles.
      roleName: functionName,
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        reader: new PolicyDocument({
          statements: [
            ...allowKeys(reader, keyRegion, props.rewrapTo),
            ...(destination === undefined
              ? []
              : [
                  ...sources.flatMap((source) => allowObjects("read", source, stack)),
                  ...allowObjects("write", destination, stack),
                ]),
            new PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [this.logGroup.logGroupArn],
            }),
          ],
        }),
      },
    });
    this.function = new LambdaFunction(this, "Function", {
      functionName,
      description: `Fieldseal: restores tokens for reader ${reader.name}`,
      code: Code.fromAsset(bundleDir),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // An object takes parts of 8 MiB and more, and up to 15 minutes.
      memorySize: destination === undefined ? 1_769 : 3_008,
      timeout: destination === undefined ? Duration.minutes(1) : Duration.minutes(15),
      environment: { FIELDSEAL_READER: text },
      logGroup: this.logGroup,
      role,
    });
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

/** The text of FIELDSEAL_READER, and the reader that the function makes of it. */
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
    `The settings of reader ${reader} have ${byteCount} bytes; ` +
    `a function's environment takes ${maxEnvironmentBytes}. ` +
    'Name places in "expect" by fewer patterns, or make two readers.';
  throw new FieldsealError("reader_invalid", { reason });
}

function allowKeys(
  reader: Reader,
  keyRegion: string | undefined,
  rewrapTo: string | undefined,
): readonly PolicyStatement[] {
  const algorithm = { StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } };
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
          `Reader ${reader.name} is to move tokens to ${rewrapTo}: ` +
          'that must be a recipient in the same Region, and none of those in "open".',
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

/** S3 takes only keys of the bucket's Region, and a reader's client calls the reader's Region. */
function requireRegion({ bucket, kmsKeyArn }: Pick<ObjectPrefix, "bucket" | "kmsKeyArn">, region: string): void {
  if (kmsKeyArn === undefined || regionOf(kmsKeyArn) === region) return;
  throw new FieldsealError("reader_invalid", {
    reason:
      `The key of bucket ${bucket} is in ${regionOf(kmsKeyArn)}, the reader in ${region}. ` +
      "Deploy the reader where its buckets are.",
  });
}
