/** Alarms on selectors that find their fields less often than before. */
import { Duration, NestedStack } from "aws-cdk-lib";
import {
  AnomalyDetectionAlarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { dimensionOf } from "../watch/edge-lines.ts";
import type { AlarmTopic } from "./alarm-topic.ts";

/** Properties of `SelectorAlarms`. */
export interface SelectorAlarmsProps {
  /** The namespace of the metrics `asked` and `found`, which the counter of the edge's lines writes. */
  readonly namespace: string;
  readonly policy: CompiledPolicy;
  readonly topic: AlarmTopic;
}

/**
 * Adds two alarms for each selector. Both stay silent while few requests come. One compares the selector's rate with
 * the rate that CloudWatch has learnt. If the rate varies much, CloudWatch may take 0 as normal, so the other alarm
 * reports selectors that find nothing at all.
 */
export class SelectorAlarms extends Construct {
  constructor(scope: Construct, id: string, { namespace, policy, topic }: SelectorAlarmsProps) {
    super(scope, id);
    let nested: NestedStack | undefined;
    for (const [index, { name, text }] of [...listWatched(policy)].entries()) {
      if (index > 0 && index % selectorsPerStack === 0)
        nested = new NestedStack(this, `Selectors-${index / selectorsPerStack}`);
      const parent = nested ?? this;
      const of = (metricName: string): Metric =>
        new Metric({
          namespace,
          metricName,
          dimensionsMap: { rule: dimensionOf(name), selector: dimensionOf(text) },
          statistic: "Sum",
          period: Duration.hours(1),
        });
      const given = (expression: string): MathExpression =>
        new MathExpression({
          expression,
          usingMetrics: { found: of("found"), asked: of("asked") },
          label: `${name}: ${text}`,
          period: Duration.hours(1),
        });
      const describe = (says: string): string =>
        `rule ${name}: ${text} ${says}. Was the field renamed?`.slice(0, maxDescription);
      new AnomalyDetectionAlarm(parent, `MatchRate-${name}-${text}`, {
        alarmDescription: `Fieldseal: ${describe("finds its field less often than before")}`,
        evaluationPeriods: 2,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        // Without a third argument, a period with few requests gives no data point, from which CloudWatch would learn.
        metric: given(`IF(asked >= ${fewRequests}, 100 * found / asked)`),
        stdDevs: 3,
        comparisonOperator: ComparisonOperator.LESS_THAN_LOWER_THRESHOLD,
      }).addAlarmAction(topic);
      topic.addAlarm(parent, `NoMatch-${name}-${text}`, {
        says: describe("finds its field in no request"),
        metric: given(`IF(asked >= ${fewRequests} AND found == 0, 1, 0)`),
        threshold: 1,
        evaluationPeriods: 2,
      });
    }
  }
}

/** Characters of an alarm's description behind `Fieldseal: `; CloudWatch takes 1,024 in all. */
const maxDescription = 1_013;

/** Each selector has two resources, and a template holds 500 (CloudFormation User Guide, "Quotas"). */
const selectorsPerStack = 200;

/** The fewest requests in an hour that give a useful rate. */
const fewRequests = 20;

interface WatchedSelector {
  /** The name of the rule. */
  readonly name: string;
  /** The selector in the policy's spelling. */
  readonly text: string;
}

/**
 * The selectors to watch, each once. Leaves out detectors, which find values anywhere; required fields, since the edge
 * refuses requests without them; and rules that only report, whose counts are elsewhere in the line.
 */
function listWatched({ rules }: CompiledPolicy): Iterable<WatchedSelector> {
  const watched = new Map<string, WatchedSelector>();
  for (const { name, mode, selectors, detectors } of rules) {
    const detecting = new Set(detectors.map(({ selector }) => selector));
    for (const [index, { text, required }] of selectors.entries()) {
      if (mode === "enforce" && required !== true && !detecting.has(index))
        watched.set(JSON.stringify([name, text]), { name, text });
    }
  }
  return watched.values();
}
