/** The canary's function: its schedule, role and alarm. */
import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type Canary, parseCanary } from "../watch/canary.ts";
import type { AlarmTopic } from "./alarm-topic.ts";
import { addLoggedFunction } from "./logged-function.ts";

/** Properties of a `CanaryFunction`. */
export interface CanaryFunctionProps {
  readonly stage: string;
  /** The folder of the canary's bundle: index.js, which exports `handler`. */
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
 * that its function would refuse.
 */
export class CanaryFunction extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { stage, bundleDir, canary, readerArn, readerRegion, topic, logKey }: CanaryFunctionProps,
  ) {
    super(scope, id);
    const namespace = `Fieldseal/${stage}/canary`;
    const text = JSON.stringify(canary);
    parseCanary(JSON.parse(text));
    const { function: target } = addLoggedFunction(this, {
      functionName: `fieldseal-${stage}-canary`,
      description: "Fieldseal: sends a fake record through the distribution and restores it",
      bundleDir,
      policyName: "canary",
      statements: [new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [readerArn] })],
      memorySize: 256,
      timeout: Duration.seconds(55),
      environment: {
        FIELDSEAL_CANARY: text,
        FIELDSEAL_NAMESPACE: namespace,
        FIELDSEAL_READER_FUNCTION: readerArn,
        FIELDSEAL_READER_REGION: readerRegion,
      },
      retention: RetentionDays.THREE_MONTHS,
      logKey,
    });
    new Rule(this, "Schedule", { schedule: Schedule.rate(Duration.minutes(5)), targets: [new LambdaTarget(target)] });
    topic.addSilenceAlarm(this, "Alarm", {
      says: "the canary saw plaintext at the origin, was refused, was not restored, or did not run",
      metric: new Metric({ namespace, metricName: "canary", statistic: "Minimum", period: Duration.minutes(5) }),
    });
  }
}
