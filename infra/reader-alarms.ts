/** Alarms on what a reader's log says: denials, throttling, unusable keys and errors of its own. */
import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, type ILogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { AlarmTopic } from "./alarm-topic.ts";

/** Codes of the reader's line, and how many in five minutes are too many. */
const alarms = [
  { code: "kms_denied", threshold: 1, says: "KMS denies the reader: its role or a key policy was changed" },
  { code: "kms_throttled", threshold: 5, says: "KMS throttles: see the runbook, raise the quota or seal instead of direct tokens" },
  { code: "kms_key_unusable", threshold: 1, says: "a recipient's key is disabled or pending deletion" },
  { code: "kms_unavailable", threshold: 5, says: "KMS cannot be reached" },
  { code: "internal_error", threshold: 1, says: "the reader failed in a way that nobody foresaw" },
] as const;

export interface ReaderAlarmsProps {
  readonly logGroup: ILogGroup;
  readonly namespace: string;
  readonly topic: AlarmTopic;
}

export class ReaderAlarms extends Construct {
  constructor(scope: Construct, id: string, { logGroup, namespace, topic }: ReaderAlarmsProps) {
    super(scope, id);
    for (const { code, threshold, says } of alarms) {
      const filter = new MetricFilter(this, code, {
        logGroup,
        filterPattern: FilterPattern.stringValue("$.code", "=", code),
        metricNamespace: namespace,
        metricName: code,
        metricValue: "1",
      });
      const alarm = new Alarm(this, `${code}-alarm`, {
        alarmDescription: `Fieldseal: ${says}`,
        metric: filter.metric({ statistic: "Sum", period: Duration.minutes(5) }),
        threshold,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(topic);
    }
  }
}
