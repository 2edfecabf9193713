/** The stacks of a stage: keys, the edge in us-east-1, and a reader where the keys are. */
import { type App, CfnOutput, CfnRule, Fn, Stack, type StackProps } from "aws-cdk-lib";
import { FieldsealError } from "../core/errors.ts";
import { regionOf } from "../core/key-arn.ts";
import type { CompiledPolicy } from "../core/policy.ts";
import { createRecipient, type Recipient } from "../core/recipient.ts";
import { EdgeFunction } from "./edge-function.ts";
import { ProtectedDistribution, type ViewerDomain } from "./protected-distribution.ts";
import { ReaderFunction } from "./reader-function.ts";
import { RecipientKey } from "./recipient-key.ts";
import { isSampleKey } from "./sample-key.ts";

/** The stage that can be synthesised by anybody and deployed by nobody. */
export const sampleStage = "sample";

export interface Settings {
  readonly stage: string;
  /** The policy file, relative to the package. */
  readonly policy: string;
  readonly originDomain: string;
  readonly viewerDomain: ViewerDomain | undefined;
  /** Absent: the account of the credentials that `cdk` finds. */
  readonly account: string | undefined;
}

const domainPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** The settings from CDK's context. Throws `policy_invalid` for one that is missing or malformed. */
export function parseSettings(read: (name: string) => unknown): Settings {
  const text = (name: string, pattern: RegExp): string => {
    const value = read(name);
    if (typeof value === "string" && pattern.test(value)) return value;
    throw new FieldsealError("policy_invalid", { place: `context ${name}`, reason: `It must match ${String(pattern)}.` });
  };
  const stage = text("stage", /^[a-z][a-z0-9-]{0,19}$/);
  return {
    stage,
    policy: text("policy", /^.+\.json$/),
    originDomain: text("originDomain", domainPattern),
    viewerDomain:
      read("domainName") === undefined && read("certificateArn") === undefined
        ? undefined
        : {
            domainName: text("domainName", domainPattern),
            certificateArn: text("certificateArn", /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]+$/),
          },
    account:
      stage === sampleStage
        ? "111122223333"
        : read("account") === undefined
          ? process.env["CDK_DEFAULT_ACCOUNT"]
          : text("account", /^\d{12}$/),
  };
}

/** Lambda@Edge functions are made in this Region (CloudFront Developer Guide, "Restrictions on Lambda@Edge"). */
const edgeRegion = "us-east-1";

/**
 * Adds all stacks of a stage to an app. Throws `recipient_invalid` where a stage other than `sample` would embed a sample
 * key, whose private half is not in KMS.
 */
export function addStacks(
  app: App,
  { settings, policy, bundlesDir }: { readonly settings: Settings; readonly policy: CompiledPolicy; readonly bundlesDir: string },
): readonly Stack[] {
  const { stage, account, originDomain, viewerDomain } = settings;
  const recipients = policy.recipients.map((recipient) => createRecipient(recipient, recipient.publicKeyPem));
  requireRealKeys(stage, recipients);
  const keyRegion = regionOf(recipients[0]?.keyArn ?? "");
  const env = (region: string): StackProps => ({ env: { region, ...(account === undefined ? {} : { account }) } });

  const keys = new Stack(app, `fieldseal-${stage}-keys`, env(keyRegion));
  for (const { id, modulusOctets } of recipients) {
    new RecipientKey(keys, `Recipient-${id}`, { alias: `alias/fieldseal-${stage}-${id}`, modulusOctets });
  }

  const edge = new Stack(app, `fieldseal-${stage}-edge`, env(edgeRegion));
  const { version } = new EdgeFunction(edge, "Function", {
    functionName: `fieldseal-${stage}-edge`,
    bundleDir: `${bundlesDir}/edge`,
    policy,
  });
  const { distribution } = new ProtectedDistribution(edge, "Distribution", { version, originDomain, viewerDomain });
  new CfnOutput(edge, "DistributionDomain", { value: distribution.distributionDomainName });

  const reader = new Stack(app, `fieldseal-${stage}-reader`, env(keyRegion));
  new ReaderFunction(reader, "Reader", {
    functionName: `fieldseal-${stage}-decryptor`,
    bundleDir: `${bundlesDir}/decryptor`,
    reader: stage,
    recipients,
    open: recipients.map(({ id }) => id),
  });

  const stacks = [keys, edge, reader];
  if (stage === sampleStage) stacks.forEach(forbidDeployment);
  return stacks;
}

function requireRealKeys(stage: string, recipients: readonly Recipient[]): void {
  const sample = recipients.find(({ fingerprint }) => isSampleKey(fingerprint));
  if (stage === sampleStage || sample === undefined) return;
  throw new FieldsealError("recipient_invalid", {
    reason: `Recipient ${sample.id} has the sample's public key, which no KMS key can open. Only stage ${sampleStage} takes it.`,
  });
}

/** CloudFormation checks rules before it makes anything; this one never holds. */
function forbidDeployment(stack: Stack): void {
  new CfnRule(stack, "StageSampleIsNotForDeployment", {
    assertions: [
      {
        assert: Fn.conditionEquals("stage sample", "deployable"),
        assertDescription: "Stage sample holds a public key that no KMS key can open. Make your own keys and policy.",
      },
    ],
  });
}
