/** A decryptor for one reader. */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { ArnPrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Markers } from "../core/marker.ts";
import { parseReader } from "../core/reader.ts";

export interface ReaderFunctionProps {
  readonly functionName: string;
  /** The folder of the bundle: index.js, which exports `handler`. */
  readonly bundleDir: string;
  /** The reader's name, for the audit line. */
  readonly reader: string;
  /** All recipients whose tokens it may meet. */
  readonly recipients: readonly (Markers & { readonly id: string; readonly keyArn: string })[];
  /** The ids of those that it may open. */
  readonly open: readonly string[];
  /** ARNs of the roles and users that may invoke it. Nobody else gets a permission. */
  readonly callers?: readonly string[];
  /** The key of its pseudonyms, if it has a view that gives them. */
  readonly hmacKeyArn?: string | undefined;
  /** Further settings of FIELDSEAL_READER, such as views and limits. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** It may decrypt under exactly its own keys, in the one way that tokens need, and write its own log. */
export class ReaderFunction extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: ReaderFunctionProps) {
    super(scope, id);
    const { functionName, bundleDir, reader, recipients, open, callers = [], hmacKeyArn, settings = {} } = props;
    const configuration = {
      reader,
      recipients: recipients.map(({ id: recipient, prefix, suffix, keyArn }) => ({ id: recipient, prefix, suffix, keyArn })),
      open,
      ...settings,
    };
    const readable = parseReader(configuration).recipients.filter(({ mayOpen }) => mayOpen);
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.logGroup = logGroup;
    const role = new Role(this, "Role", {
      // The key policies name readers by this.
      roleName: functionName,
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        reader: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ["kms:Decrypt"],
              resources: readable.map(({ keyArn }) => keyArn),
              conditions: { StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
            }),
            ...(hmacKeyArn === undefined
              ? []
              : [
                  new PolicyStatement({
                    actions: ["kms:GenerateMac"],
                    resources: [hmacKeyArn],
                    conditions: { StringEquals: { "kms:MacAlgorithm": "HMAC_SHA_256" } },
                  }),
                ]),
            new PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
      },
    });
    this.function = new LambdaFunction(this, "Function", {
      functionName,
      description: `Fieldseal: restores tokens for reader ${reader}`,
      code: Code.fromAsset(bundleDir),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 1_769,
      timeout: Duration.minutes(1),
      environment: { FIELDSEAL_READER: JSON.stringify(configuration) },
      logGroup,
      role,
    });
    callers.forEach((arn, index) => {
      this.function.addPermission(`Caller-${index}`, { principal: new ArnPrincipal(arn), action: "lambda:InvokeFunction" });
    });
  }
}
