/** Where the alarms of a stack go: an encrypted topic, and the e-mail address that the stage names. */
import { Stack } from "aws-cdk-lib";
import { type Alarm, type IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
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

/** An encrypted topic to which CloudWatch may publish the alarms of this account. It is itself an action of alarms. */
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
}
