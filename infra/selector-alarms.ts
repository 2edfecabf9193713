/** Alarms on selectors that find their fields more seldom than they used to. */
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

export interface SelectorAlarmsProps {
  /** Of the metrics `asked` and `found`, which the counter of the edge's lines writes. */
  readonly namespace: string;
  readonly policy: CompiledPolicy;
  readonly topic: AlarmTopic;
}

/**
 * Two alarms for each selector, both silent while few requests come. One compares with what CloudWatch has learnt of
 * the selector's rate; where the rate always varied much, that can be as low as nothing, so the other tells of
 * selectors that find nothing at all.
 */
export class SelectorAlarms extends Construct {
  constructor(scope: Construct, id: string, { namespace, policy, topic }: SelectorAlarmsProps) {
    super(scope, id);
    let place: Construct = this;
    for (const [index, { name, text }] of [...listWatched(policy)].entries()) {
      if (index > 0 && index % selectorsPerStack === 0)
        place = new NestedStack(this, `Selectors-${index / selectorsPerStack}`);
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
      new AnomalyDetectionAlarm(place, `MatchRate-${name}-${text}`, {
        ...common,
        alarmDescription: describe("finds its field more seldom than it used to"),
        // Without a third argument there is no data point, and nothing to learn from, where too few were asked.
        metric: given(`IF(asked >= ${fewRequests}, 100 * found / asked)`),
        stdDevs: 3,
        comparisonOperator: ComparisonOperator.LESS_THAN_LOWER_THRESHOLD,
      }).addAlarmAction(topic);
      new Alarm(place, `NoMatch-${name}-${text}`, {
        ...common,
        alarmDescription: describe("finds its field in no request"),
        metric: given(`IF(asked >= ${fewRequests} AND found == 0, 1, 0)`),
        threshold: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      }).addAlarmAction(topic);
    }
  }
}

/** A template holds 500 resources (CloudFormation User Guide, "Quotas"), and each selector has two. */
const selectorsPerStack = 200;

/** Requests of an hour that a rate says something of. */
const fewRequests = 20;

interface Watched {
  /** The rule's. */
  readonly name: string;
  readonly text: string;
}

/**
 * Selectors of fields, each once: detectors find things where nobody expects them, requests without a required field
 * are refused, and rules that only report have their counts elsewhere in the line.
 */
function listWatched({ rules }: CompiledPolicy): Iterable<Watched> {
  const watched = new Map<string, Watched>();
  for (const { name, mode, selectors, detectors } of rules) {
    const detecting = new Set(detectors.map(({ selector }) => selector));
    for (const [index, { text, required }] of selectors.entries()) {
      if (mode === "enforce" && required !== true && !detecting.has(index))
        watched.set(JSON.stringify([name, text]), { name, text });
    }
  }
  return watched.values();
}
