/** The home of the edge's log lines: a stream that all Regions forward to, the counter behind it, and the alarms. */
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, MathExpression, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Stream, StreamEncryption, StreamMode } from "aws-cdk-lib/aws-kinesis";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  Architecture,
  Code,
  EventSourceMapping,
  Function as LambdaFunction,
  Runtime,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import type { AlarmTopic } from "./alarm-topic.ts";
import { SelectorAlarms } from "./selector-alarms.ts";

/** Properties of an `EdgeWatch`. */
export interface EdgeWatchProps {
  readonly stage: string;
  /** The folder of the counter's bundle: index.js, which exports `handler`. */
  readonly bundleDir: string;
  readonly policy: CompiledPolicy;
  readonly topic: AlarmTopic;
  /** Whether requests come at all times, as a canary's do. Then it is an alarm when no line arrives. */
  readonly steadyTraffic: boolean;
  /** Encrypts the counter's log. */
  readonly logKey: IKey;
}

/** Counts the edge's lines of all Regions in one place, and alarms on what they say. */
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
    const functionName = `fieldseal-${stage}-edge-lines`;
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_YEAR,
      // A failed first deployment deletes it, since the second deployment needs its name.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      encryptionKey: logKey,
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        lines: new PolicyDocument({
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
            new PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
      },
    });
    const counter = new LambdaFunction(this, "Function", {
      functionName,
      description: "Fieldseal: counts the edge's log lines of all Regions",
      code: Code.fromAsset(bundleDir),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.minutes(1),
      environment: { FIELDSEAL_NAMESPACE: namespace },
      logGroup,
      role,
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
    new Alarm(this, "Silence", {
      alarmDescription:
        "Fieldseal: no line of the edge arrives: forwarding is broken, or the function does not run, " +
        "and other alarms on the edge stay silent",
      metric: new Metric({ namespace, metricName: "requests", statistic: "Sum", period: Duration.minutes(15) }),
      threshold: 1,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    }).addAlarmAction(topic);
  }

  #addAlarms(namespace: string, counter: LambdaFunction, topic: AlarmTopic): void {
    const metric = (metricName: string): Metric =>
      new Metric({ namespace, metricName, statistic: "Sum", period: Duration.minutes(5) });
    const add = (id: string, says: string, of: Metric | MathExpression, threshold: number): void =>
      new Alarm(this, id, {
        alarmDescription: `Fieldseal: ${says}`,
        metric: of,
        threshold,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }).addAlarmAction(topic);
    const refusals = new MathExpression({
      // A few refusals in the night are no alarm, whatever share of the requests they are.
      expression: "IF(refused >= 20, 100 * refused / requests, 0)",
      usingMetrics: { refused: metric("refused"), requests: metric("requests") },
      period: Duration.minutes(5),
    });
    const hourly = (metricName: string): Metric =>
      new Metric({ namespace, metricName, statistic: "Sum", period: Duration.hours(1) });
    const all = new MathExpression({
      expression: "IF(requests >= 5 AND refused == requests, 1, 0)",
      usingMetrics: { refused: hourly("refused"), requests: hourly("requests") },
      period: Duration.hours(1),
    });
    add("Refusals", "the edge refuses more than 5 % of the requests", refusals, 5);
    add("EverythingRefused", "the edge has refused every request for an hour", all, 1);
    add("InternalErrors", "the edge function failed in a way that nobody foresaw", metric("internalErrors"), 1);
    add(
      "InvalidResults",
      "CloudFront could not take what the edge function gave back: viewers got 502",
      metric("invalidResults"),
      1,
    );
    add(
      "CounterFailures",
      "the counter of the edge's lines fails: other alarms on the edge may stay silent",
      counter.metricErrors({ period: Duration.minutes(5) }),
      1,
    );
    const lag = counter.metric("IteratorAge", { statistic: "Maximum", period: Duration.minutes(5) });
    add("CounterLag", "the edge's lines are counted fifteen minutes late", lag, 900_000);
    add("FunctionFailures", "the edge function timed out or crashed: viewers got 503", metric("functionFailures"), 1);
  }
}
