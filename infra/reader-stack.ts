/** The stacks of a stage's readers: one in each Region with readers. */
import { type App, Stack, Validations } from "aws-cdk-lib";
import { regionOf } from "../core/token/key-arn.ts";
import type { Recipient } from "../core/token/recipient.ts";
import { AlarmTopic } from "./alarm-topic.ts";
import { BatchRole } from "./batch-role.ts";
import { settingOf } from "./context.ts";
import { objectsIn } from "./object-access.ts";
import { OperationsKey } from "./operations-key.ts";
import { ReaderAlarms } from "./reader-alarms.ts";
import { ReaderFunction } from "./reader-function.ts";
import type { ReaderPlan } from "./reader-plan.ts";
import { replicaArnOf } from "./recipient-replica.ts";
import type { Settings } from "./settings.ts";
import { envOf } from "./stage.ts";

/** The name of a reader's function and of its role. Key policies name the role. */
export function readerNameOf(stage: string, { name }: Pick<ReaderPlan, "name">): string {
  return name === undefined ? `fieldseal-${stage}-decryptor` : `fieldseal-${stage}-reader-${name}`;
}

/** The input of the readers' stacks. */
export interface ReaderStacksInput {
  readonly settings: Settings & { readonly keyRegion: string };
  readonly recipients: readonly Recipient[];
  readonly bundlesDir: string;
}

/**
 * Adds a stack for each Region with readers. The stack of the home Region comes first. Throws `reader_invalid` for a
 * reader that its function would refuse.
 */
export function addReaderStacks(app: App, { settings, recipients, bundlesDir }: ReaderStacksInput): readonly Stack[] {
  const { stage, account, readers, alarmEmail } = settings;
  const home = readerRegionOf(settings, { region: undefined });
  const byRegion = Map.groupBy(readers, (plan) => readerRegionOf(settings, plan));
  const regions = [...byRegion.keys()].sort((a, b) => Number(b === home) - Number(a === home));
  return regions.map((region) => {
    const name = `fieldseal-${stage}-reader`;
    const stack = new Stack(app, region === home ? name : `${name}-${region}`, envOf(account, region));
    const { key } = new OperationsKey(stack, "OperationsKey", { logGroups: `/aws/lambda/fieldseal-${stage}-*` });
    const topic = new AlarmTopic(stack, "Alarms", { email: alarmEmail, key });
    const own = recipients.map((recipient) => ({ ...recipient, keyArn: keyArnIn(recipient.keyArn, region, settings) }));
    for (const plan of byRegion.get(region) ?? []) {
      const suffix = plan.name === undefined ? "" : `-${plan.name}`;
      const functionName = readerNameOf(stage, plan);
      const reader = new ReaderFunction(stack, `Reader${suffix}`, {
        ...plan,
        functionName,
        bundleDir: `${bundlesDir}/decryptor`,
        reader: plan.name ?? stage,
        recipients: own,
        open: plan.open ?? own.map(({ id }) => id),
        logKey: key,
      });
      new ReaderAlarms(stack, `ReaderAlarms${suffix}`, {
        logGroup: reader.logGroup,
        namespace: `Fieldseal/${stage}/reader${suffix}`,
        topic,
      });
      if (plan.jobs !== undefined) {
        new BatchRole(stack, `Batch${suffix}`, {
          roleName: `fieldseal-${stage}-batch${suffix}`,
          functionArn: reader.function.functionArn,
          jobs: plan.jobs,
        });
      }
      acknowledgeObjects(stack, plan);
    }
    return stack;
  });
}

/** The Region of a reader. Throws `policy_invalid` if neither the reader nor the stage names one. */
export function readerRegionOf(
  { readerRegion, keyRegion }: Pick<Settings, "readerRegion" | "keyRegion">,
  { region }: Pick<ReaderPlan, "region">,
): string {
  const found = region ?? readerRegion ?? keyRegion;
  if (found !== undefined) return found;
  throw settingOf("readerRegion").refuse("The setting is missing. Set the Region of the readers: -c readerRegion=…");
}

/** The ARN of the key that a reader in a Region uses: the replica there, or else the primary key. */
function keyArnIn(keyArn: string, region: string, { replicaRegions }: Pick<Settings, "replicaRegions">): string {
  return replicaRegions.includes(region) && regionOf(keyArn) !== region ? replicaArnOf(keyArn, region) : keyArn;
}

/** cdk-nag reports each wildcard. Those of objects under a named prefix are intended. */
function acknowledgeObjects(stack: Stack, { sources, jobs, settings }: ReaderPlan): void {
  const reason =
    "S3 Batch Operations give the reader one object after the other, and nobody knows the names before the job. " +
    "The statement names bucket and prefix, and allows reading and writing in different places only.";
  const { bucket, prefix = "" }: { readonly bucket?: string; readonly prefix?: string } = Object(
    settings["destination"],
  );
  const prefixes = [
    ...sources,
    ...(jobs === undefined ? [] : [jobs]),
    ...(bucket === undefined ? [] : [{ bucket, prefix }]),
  ];
  for (const objects of prefixes) {
    Validations.of(stack).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${objectsIn(objects, "<AWS::Partition>")}]`,
      reason,
    });
    Validations.of(stack).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${objectsIn(objects, stack.partition)}]`,
      reason,
    });
  }
}
