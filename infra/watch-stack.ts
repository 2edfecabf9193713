/** The stack that watches: it collects the edge's lines, and holds the alarms and, if set, the canary. */
import { type App, CfnOutput, Stack } from "aws-cdk-lib";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { regionOf } from "../core/token/key-arn.ts";
import { AlarmTopic } from "./alarm-topic.ts";
import { CanaryFunction } from "./canary-function.ts";
import { settingOf } from "./context.ts";
import { EdgeWatch } from "./edge-watch.ts";
import { OperationsKey } from "./operations-key.ts";
import type { ReaderPlan } from "./reader-plan.ts";
import { readerNameOf, readerRegionOf } from "./reader-stack.ts";
import type { Settings } from "./settings.ts";
import { envOf, forbidDeployment, sampleStage } from "./stage.ts";

/** The input of the stack that watches. */
export interface WatchStackInput {
  readonly settings: Settings;
  readonly policy: CompiledPolicy;
  readonly bundlesDir: string;
}

/** Adds the stack that watches. Throws `policy_invalid` if the canary may ask one of several readers, or none. */
export function addWatchStack(app: App, { settings, policy, bundlesDir }: WatchStackInput): Stack {
  const { stage, account, canary } = settings;
  const region = settings.keyRegion ?? regionOf(policy.recipients[0]?.keyArn ?? "");
  const stack = new Stack(app, `fieldseal-${stage}-watch`, envOf(account, region));
  const { key } = new OperationsKey(stack, "OperationsKey", { logGroups: `/aws/lambda/fieldseal-${stage}-*` });
  const topic = new AlarmTopic(stack, "Alarms", { email: settings.alarmEmail, key });
  const { stream, forwarding } = new EdgeWatch(stack, "Edge", {
    stage,
    bundleDir: `${bundlesDir}/edge-lines`,
    policy,
    topic,
    steadyTraffic: canary !== undefined,
    logKey: key,
  });
  new CfnOutput(stack, "HomeStreamArn", { value: stream.streamArn });
  new CfnOutput(stack, "HomeRoleArn", { value: forwarding.roleArn });
  if (canary !== undefined) {
    const reader = requireReader(settings, canary.reader);
    const readerRegion = readerRegionOf({ ...settings, keyRegion: region }, reader);
    const functionName = readerNameOf(stage, reader);
    const { url, body, readUrl } = canary;
    new CanaryFunction(stack, "Canary", {
      stage,
      bundleDir: `${bundlesDir}/canary`,
      canary: {
        url,
        body,
        readUrl,
        contentType: "application/json",
        prefixes: policy.recipients.map(({ prefix }) => prefix),
      },
      readerArn: `arn:${stack.partition}:lambda:${readerRegion}:${stack.account}:function:${functionName}`,
      readerRegion,
      topic,
      logKey: key,
    });
  }
  if (stage === sampleStage) forbidDeployment(stack);
  return stack;
}

function requireReader({ readers }: Settings, name: string | undefined): ReaderPlan {
  const found = name === undefined && readers.length === 1 ? readers[0] : readers.find((plan) => plan.name === name);
  if (found !== undefined) return found;
  const names = readers.map((plan) => plan.name ?? "none").join(", ");
  throw settingOf("canaryReader").refuse(`Name the reader that restores the canary's record: one of ${names}.`);
}
