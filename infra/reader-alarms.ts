/** Alarms on a reader's log: denials, throttling, unusable keys, and failures of the reader itself. */
import { Duration } from "aws-cdk-lib";
import { FilterPattern, type ILogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { AlarmTopic } from "./alarm-topic.ts";

/**
 * Codes in the reader's lines, and how many such lines in five minutes are too many. A line counts if it has the code
 * anywhere: for the call, for a text, or for a token that stayed closed. A crash leaves words of Lambda instead.
 */
const alarms: readonly WatchedCode[] = [
  { code: "kms_denied", threshold: 1, says: "KMS denies the reader: somebody changed its role or a key policy" },
  {
    code: "kms_throttled",
    threshold: 5,
    says: "KMS throttles the reader. Raise the quota, or use sealed instead of direct tokens (see the runbook)",
  },
  { code: "kms_key_unusable", threshold: 1, says: "a recipient's key is disabled or pending deletion" },
  { code: "kms_unavailable", threshold: 5, says: "KMS cannot be reached" },
  { code: "kms_key_mismatch", threshold: 1, says: "KMS answered with a different key than requested" },
  { code: "reader_invalid", threshold: 1, says: "the reader's settings are invalid" },
  { code: "internal_error", threshold: 1, says: "the reader failed with internal_error" },
  {
    code: "functionFailures",
    words: ["Task timed out", "Runtime.ExitError", "Runtime exited"],
    threshold: 1,
    says: "the reader timed out or crashed",
  },
];

interface WatchedCode {
  readonly code: string;
  /** Words that lines hold instead of the code. */
  readonly words?: readonly string[];
  /** Lines in five minutes. */
  readonly threshold: number;
  readonly says: string;
}

/** Properties of `ReaderAlarms`. */
export interface ReaderAlarmsProps {
  readonly logGroup: ILogGroup;
  readonly namespace: string;
  readonly topic: AlarmTopic;
}

/** Adds a metric and an alarm for each code in the reader's log that an operator must know. */
export class ReaderAlarms extends Construct {
  constructor(scope: Construct, id: string, { logGroup, namespace, topic }: ReaderAlarmsProps) {
    super(scope, id);
    for (const { code, threshold, says, words = [code] } of alarms) {
      const filter = new MetricFilter(this, code, {
        logGroup,
        filterPattern: FilterPattern.anyTerm(...words),
        metricNamespace: namespace,
        metricName: code,
        metricValue: "1",
      });
      const metric = filter.metric({ statistic: "Sum", period: Duration.minutes(5) });
      topic.addAlarm(this, `${code}-alarm`, { says, metric, threshold });
    }
  }
}
