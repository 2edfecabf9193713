/** The alarms of a stack, and their encrypted topic, which the stage's e-mail address subscribes to. */
import { Stack } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

/** Properties of an `AlarmTopic`. */
export interface AlarmTopicProps {
  readonly email: string | undefined;
  /** CloudWatch must be allowed to use it. */
  readonly key: IKey;
}

/** An alarm that an `AlarmTopic` adds. */
export interface AlarmFacts {
  /** The sentence that the alarm shows, without a full stop. */
  readonly says: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Consecutive periods of the metric that must be bad; 1 without it. */
  readonly evaluationPeriods?: number;
}

/** An encrypted topic to which CloudWatch may publish the alarms of this account. It is itself an alarm action. */
export class AlarmTopic extends Construct implements IAlarmAction {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { email, key }: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { enforceSSL: true, masterKey: key });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }

  bind(_scope: Construct, _alarm: Alarm): { readonly alarmActionArn: string } {
    return { alarmActionArn: this.topic.topicArn };
  }

  /** Adds an alarm that fires when the metric reaches the threshold. Missing data is good. */
  addAlarm(scope: Construct, id: string, { says, threshold, metric, evaluationPeriods = 1 }: AlarmFacts): void {
    new Alarm(scope, id, {
      alarmDescription: `Fieldseal: ${says}`,
      metric,
      threshold,
      evaluationPeriods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(this);
  }

  /** Adds an alarm that fires when the metric is below 1, or has no data, for two periods. */
  addSilenceAlarm(scope: Construct, id: string, { says, metric }: Pick<AlarmFacts, "says" | "metric">): void {
    new Alarm(scope, id, {
      alarmDescription: `Fieldseal: ${says}`,
      metric,
      threshold: 1,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    }).addAlarmAction(this);
  }
}
