/** The stacks of a stage: keys and their replicas, the edge in us-east-1, and the readers. */
import { type App, CfnOutput, Stack } from "aws-cdk-lib";
import { FieldsealError } from "../core/errors.ts";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { regionOf } from "../core/token/key-arn.ts";
import { createRecipient, type Recipient } from "../core/token/recipient.ts";
import { EdgeFunction } from "./edge-function.ts";
import type { KeySpec } from "./key-record.ts";
import { addKeyStack, addReplicaStacks } from "./key-stack.ts";
import { ProtectedDistribution } from "./protected-distribution.ts";
import { addReaderStacks } from "./reader-stack.ts";
import { isSampleKey } from "./sample-key.ts";
import type { Settings } from "./settings.ts";
import { envOf, forbidDeployment, sampleStage } from "./stage.ts";

/** The Region of Lambda\@Edge functions (CloudFront Developer Guide, "Restrictions on Lambda\@Edge"). */
const edgeRegion = "us-east-1";

/** The input of a stage's stacks. */
export interface StacksInput {
  readonly settings: Settings;
  readonly policy: CompiledPolicy;
  readonly bundlesDir: string;
}

/**
 * Adds the stacks of a stage to an app: keys, edge, readers, and replicas, if any. `addWatchStack` adds the last one.
 * Throws `recipient_invalid` if a stage other than `sample` would embed a public key of this repository.
 */
export function addStacks(app: App, { settings, policy, bundlesDir }: StacksInput): readonly Stack[] {
  const { stage } = settings;
  const recipients = policy.recipients.map((recipient) => createRecipient(recipient, recipient.publicKeyPem));
  requireRealKeys(stage, recipients);
  const placed = { ...settings, keyRegion: settings.keyRegion ?? regionOf(recipients[0]?.keyArn ?? "") };
  const drafts = recipients.map(({ id, modulusBytes }) => ({ id, keySpec: specOf(modulusBytes) }));
  const keys = addKeyStack(app, { settings: placed, recipients: drafts });
  const edge = addEdgeStack(app, { settings, policy, bundlesDir });
  const readers = addReaderStacks(app, { settings: placed, recipients, bundlesDir });
  const replicas = addReplicaStacks(app, { settings: placed, recipients });
  for (const replica of replicas) {
    replica.addStackDependency(keys);
    for (const reader of readers) if (reader.region === replica.region) reader.addStackDependency(replica);
  }
  const stacks = [keys, edge, ...readers, ...replicas];
  if (stage === sampleStage) stacks.forEach(forbidDeployment);
  return stacks;
}

function addEdgeStack(app: App, { settings, policy, bundlesDir }: StacksInput): Stack {
  const { stage, account, originDomain, viewerDomain } = settings;
  const stack = new Stack(app, `fieldseal-${stage}-edge`, envOf(account, edgeRegion));
  const { version } = new EdgeFunction(stack, "Function", {
    functionName: `fieldseal-${stage}-edge`,
    bundleDir: `${bundlesDir}/edge`,
    policy,
    memoryMb: settings.edgeMemoryMb,
  });
  new CfnOutput(stack, "FunctionVersion", { value: version.functionArn });
  if (settings.distribution === "own") {
    const { distribution } = new ProtectedDistribution(stack, "Distribution", { version, originDomain, viewerDomain });
    new CfnOutput(stack, "DistributionDomain", { value: distribution.distributionDomainName });
  }
  return stack;
}

function specOf(modulusBytes: Recipient["modulusBytes"]): KeySpec {
  return modulusBytes === 256 ? "RSA_2048" : modulusBytes === 384 ? "RSA_3072" : "RSA_4096";
}

function requireRealKeys(stage: string, recipients: readonly Recipient[]): void {
  const sample = recipients.find(({ fingerprint }) => isSampleKey(fingerprint));
  if (stage === sampleStage || sample === undefined) return;
  throw new FieldsealError("recipient_invalid", {
    reason:
      `The public key of recipient ${sample.id} belongs to the sample or the test vectors, and no KMS key can open ` +
      `its tokens. Only stage ${sampleStage} accepts it. Make and fetch your own: npx fieldseal keys fetch.`,
  });
}
