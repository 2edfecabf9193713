/** A decryptor for one reader. */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
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
}

/** It may decrypt under exactly its own keys, in the one way that tokens need, and write its own log. */
export class ReaderFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, { functionName, bundleDir, reader, recipients, open }: ReaderFunctionProps) {
    super(scope, id);
    const configuration = {
      reader,
      recipients: recipients.map(({ id: recipient, prefix, suffix, keyArn }) => ({ id: recipient, prefix, suffix, keyArn })),
      open,
    };
    const readable = parseReader(configuration).recipients.filter(({ mayOpen }) => mayOpen);
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        reader: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ["kms:Decrypt"],
              resources: readable.map(({ keyArn }) => keyArn),
              conditions: { StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
            }),
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
  }
}
