/** Collects the edge's log lines: a stream to which all Regions forward, the counter behind it, and the alarms. */
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Stream, StreamEncryption, StreamMode } from "aws-cdk-lib/aws-kinesis";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { EventSourceMapping, type IFunction, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import type { AlarmTopic } from "./alarm-topic.ts";
import { addLoggedFunction } from "./logged-function.ts";
import { SelectorAlarms } from "./selector-alarms.ts";

/** Properties of an `EdgeWatch`. */
export interface EdgeWatchProps {
  readonly stage: string;
  /** The folder of the counter's bundle: index.js, which exports `handler`. */
  readonly bundleDir: string;
  readonly policy: CompiledPolicy;
  readonly topic: AlarmTopic;
  /** True if requests come at all times, as a canary's do. Then an alarm fires when no line arrives. */
  readonly steadyTraffic: boolean;
  /** Encrypts the counter's log. */
  readonly logKey: IKey;
}

/** Counts the edge's lines of all Regions in one place, and adds alarms on them. */
export class EdgeWatch extends Construct {
  readonly stream: Stream;
  /** The role that CloudWatch Logs assumes in every Region to put lines into the stream. */
  readonly forwarding: Role;

  constructor(
    scope: Construct,
    id: string,
    { stage, bundleDir, policy, topic, steadyTraffic, logKey }: EdgeWatchProps,
  ) {
    super(scope, id);
    const { account, partition } = Stack.of(this);
    const namespace = `Fieldseal/${stage}/edge`;
    this.stream = new Stream(this, "Stream", {
      streamMode: StreamMode.ON_DEMAND,
      encryption: StreamEncryption.MANAGED,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.forwarding = new Role(this, "Forwarding", {
      roleName: `fieldseal-${stage}-edge-logs`,
      assumedBy: new ServicePrincipal("logs.amazonaws.com", {
        conditions: { StringLike: { "aws:SourceArn": `arn:${partition}:logs:*:${account}:*` } },
      }),
      inlinePolicies: {
        stream: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ["kinesis:PutRecord"], resources: [this.stream.streamArn] })],
        }),
      },
    });
    const { function: counter } = addLoggedFunction(this, {
      functionName: `fieldseal-${stage}-edge-lines`,
      description: "Fieldseal: counts the edge's log lines of all Regions",
      bundleDir,
      policyName: "lines",
      statements: [
        new PolicyStatement({
          actions: [
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
          ],
          resources: [this.stream.streamArn],
        }),
      ],
      memorySize: 512,
      timeout: Duration.minutes(1),
      environment: { FIELDSEAL_NAMESPACE: namespace },
      logKey,
    });
    new EventSourceMapping(this, "Lines", {
      target: counter,
      eventSourceArn: this.stream.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 1_000,
      maxBatchingWindow: Duration.seconds(30),
      retryAttempts: 10,
      bisectBatchOnError: true,
    });
    this.#addAlarms(namespace, counter, topic);
    new SelectorAlarms(this, "Selectors", { namespace, policy, topic });
    if (!steadyTraffic) return;
    topic.addSilenceAlarm(this, "Silence", {
      says:
        "no line of the edge arrives. Forwarding is broken, or the function does not run, " +
        "and other alarms on the edge stay silent",
      metric: new Metric({ namespace, metricName: "requests", statistic: "Sum", period: Duration.minutes(15) }),
    });
  }

  #addAlarms(namespace: string, counter: IFunction, topic: AlarmTopic): void {
    const sumOf = (metricName: string, period: Duration): Metric =>
      new Metric({ namespace, metricName, statistic: "Sum", period });
    const metric = (metricName: string): Metric => sumOf(metricName, Duration.minutes(5));
    const compare = (expression: string, period: Duration): MathExpression =>
      new MathExpression({
        expression,
        usingMetrics: { refused: sumOf("refused", period), requests: sumOf("requests", period) },
        period,
      });
    const add = (id: string, says: string, of: IMetric, threshold = 1): void =>
      topic.addAlarm(this, id, { says, metric: of, threshold });
    // A few refusals in the night are no alarm, even if they are all requests.
    const refusals = compare("IF(refused >= 20, 100 * refused / requests, 0)", Duration.minutes(5));
    const all = compare("IF(requests >= 5 AND refused == requests, 1, 0)", Duration.hours(1));
    add("Refusals", "the edge refuses more than 5 % of the requests", refusals, 5);
    add("EverythingRefused", "the edge has refused every request for an hour", all);
    add("InternalErrors", "the edge function failed with internal_error", metric("internalErrors"));
    add("InvalidResults", "CloudFront refused results of the edge function: viewers got 502", metric("invalidResults"));
    add(
      "CounterFailures",
      "the counter of the edge's lines fails: other alarms on the edge may stay silent",
      counter.metricErrors({ period: Duration.minutes(5) }),
    );
    const lag = counter.metric("IteratorAge", { statistic: "Maximum", period: Duration.minutes(5) });
    add("CounterLag", "the counter of the edge's lines is fifteen minutes late", lag, 900_000);
    add("FunctionFailures", "the edge function timed out or crashed: viewers got 503", metric("functionFailures"));
  }
}
