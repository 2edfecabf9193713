/** The canary of a stage: a function on a schedule, and its alarm. */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type Canary, parseCanary } from "../watch/canary.ts";
import type { AlarmTopic } from "./alarm-topic.ts";

/** Properties of a `CanaryFunction`. */
export interface CanaryFunctionProps {
  readonly stage: string;
  readonly bundleDir: string;
  readonly canary: Canary;
  readonly readerArn: string;
  readonly readerRegion: string;
  readonly topic: AlarmTopic;
  /** Encrypts its log. */
  readonly logKey: IKey;
}

/**
 * Runs the canary every five minutes, and alarms when it fails or does not run. Throws `reader_invalid` for a canary
 * that the function would not take.
 */
export class CanaryFunction extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { stage, bundleDir, canary, readerArn, readerRegion, topic, logKey }: CanaryFunctionProps,
  ) {
    super(scope, id);
    const functionName = `fieldseal-${stage}-canary`;
    const namespace = `Fieldseal/${stage}/canary`;
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.THREE_MONTHS,
      // A failed first deployment deletes it, since the second deployment needs its name.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      encryptionKey: logKey,
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        canary: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [readerArn] }),
            new PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
      },
    });
    parseCanary(JSON.parse(JSON.stringify(canary)));
    const target = new LambdaFunction(this, "Function", {
      functionName,
      description: "Fieldseal: sends a fake record through the distribution and restores it",
      code: Code.fromAsset(bundleDir),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(55),
      environment: {
        FIELDSEAL_CANARY: JSON.stringify(canary),
        FIELDSEAL_NAMESPACE: namespace,
        FIELDSEAL_READER_FUNCTION: readerArn,
        FIELDSEAL_READER_REGION: readerRegion,
      },
      logGroup,
      role,
    });
    new Rule(this, "Schedule", { schedule: Schedule.rate(Duration.minutes(5)), targets: [new LambdaTarget(target)] });
    new Alarm(this, "Alarm", {
      alarmDescription:
        "Fieldseal: the canary saw plaintext at the origin, was refused, was not restored, or did not run",
      metric: new Metric({ namespace, metricName: "canary", statistic: "Minimum", period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    }).addAlarmAction(topic);
  }
}
