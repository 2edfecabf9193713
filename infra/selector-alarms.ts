/** Alarms on selectors that find their fields less often than they used to. */
import { Duration, NestedStack } from "aws-cdk-lib";
import {
  Alarm,
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
 * Two alarms for each selector, both silent while few requests come. One compares the selector's rate with what
 * CloudWatch has learnt of it. Where the rate varies much, CloudWatch may take 0 as normal, so the other alarm reports
 * selectors that find nothing at all.
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
      const common = { evaluationPeriods: 2, treatMissingData: TreatMissingData.NOT_BREACHING };
      const describe = (says: string): string =>
        `Fieldseal: rule ${name}: ${text} ${says}. Was the field renamed?`.slice(0, 1_024);
      new AnomalyDetectionAlarm(parent, `MatchRate-${name}-${text}`, {
        ...common,
        alarmDescription: describe("finds its field more seldom than it used to"),
        // Without a third argument there is no data point, and nothing to learn from, where too few were asked.
        metric: given(`IF(asked >= ${fewRequests}, 100 * found / asked)`),
        stdDevs: 3,
        comparisonOperator: ComparisonOperator.LESS_THAN_LOWER_THRESHOLD,
      }).addAlarmAction(topic);
      new Alarm(parent, `NoMatch-${name}-${text}`, {
        ...common,
        alarmDescription: describe("finds its field in no request"),
        metric: given(`IF(asked >= ${fewRequests} AND found == 0, 1, 0)`),
        threshold: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      }).addAlarmAction(topic);
    }
  }
}

/** Each selector has two resources, and a template holds 500 (CloudFormation User Guide, "Quotas"). */
const selectorsPerStack = 200;

/** Requests in an hour without which a rate says nothing. */
const fewRequests = 20;

interface WatchedSelector {
  /** The name of the rule. */
  readonly name: string;
  /** The selector as the policy spells it. */
  readonly text: string;
}

/**
 * The selectors to watch, each once. It leaves out detectors, which find values anywhere; required fields, without
 * which requests are refused; and rules that only report, whose counts are elsewhere in the line.
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
