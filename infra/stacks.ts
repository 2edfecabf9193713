/** The stacks of a stage: keys, the edge in us-east-1, and a reader where the keys are. */
import { type App, CfnOutput, CfnRule, Fn, Stack, type StackProps } from "aws-cdk-lib";
import { FieldsealError } from "../core/errors.ts";
import { regionOf } from "../core/key-arn.ts";
import type { CompiledPolicy } from "../core/policy.ts";
import { createRecipient, type Recipient } from "../core/recipient.ts";
import { EdgeFunction } from "./edge-function.ts";
import { ProtectedDistribution, type ViewerDomain } from "./protected-distribution.ts";
import { ReaderFunction } from "./reader-function.ts";
import { AlarmTopic } from "./alarm-topic.ts";
import { CanaryFunction } from "./canary-function.ts";
import { EdgeWatch } from "./edge-watch.ts";
import { KeyAlarms } from "./key-alarms.ts";
import { type KeySpec, keySpecs } from "./key-record.ts";
import { ReaderAlarms } from "./reader-alarms.ts";
import { RecipientKey } from "./recipient-key.ts";
import { RewrapRole } from "./rewrap-role.ts";
import { VerifierRole } from "./verifier-role.ts";
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
  /** `keys` makes the key stack alone, which needs no key yet. */
  readonly part: "all" | "keys";
  /** `existing` makes the edge function for a distribution that is not made here. */
  readonly distribution: "own" | "existing";
  /** Where the keys are; without it, in the Region of the first recipient's key. */
  readonly keyRegion: string | undefined;
  /** Where the reader is; without it, where the keys are. */
  readonly readerRegion: string | undefined;
  /** Of keys that are made. */
  readonly keySpec: KeySpec;
  readonly multiRegion: boolean;
  readonly imported: boolean;
  /** ARNs of those who may invoke the reader. */
  readonly callers: readonly string[];
  /** ARNs of those who may prove keys against KMS, which takes the right to decrypt. */
  readonly verifiers: readonly string[];
  /** ARN pattern of the only role that may disable or delete keys. */
  readonly breakGlass: string | undefined;
  /** Pairs of recipients, and who may move tokens from one to the other. */
  readonly rewrap: { readonly from: string; readonly to: string; readonly operators: readonly string[] } | undefined;
  readonly alarmEmail: string | undefined;
  readonly hmacKeyArn: string | undefined;
  readonly edgeMemoryMb: number | undefined;
  /** What the canary sends, and where. */
  readonly canary: { readonly url: string; readonly body: string; readonly readUrl: string | undefined } | undefined;
}

const principalPattern = /^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/;
const regionPattern = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

const domainPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** The settings from CDK's context. Throws `policy_invalid` for one that is missing or malformed. */
export function parseSettings(read: (name: string) => unknown): Settings {
  const text = (name: string, pattern: RegExp): string => {
    const value = read(name);
    if (typeof value === "string" && pattern.test(value)) return value;
    throw new FieldsealError("policy_invalid", { place: `context ${name}`, reason: `It must match ${String(pattern)}.` });
  };
  const optional = (name: string, pattern: RegExp): string | undefined => (read(name) === undefined ? undefined : text(name, pattern));
  const flag = (name: string): boolean => optional(name, /^(?:true|false)$/) === "true";
  const choose = <T extends string>(name: string, choices: readonly [T, ...T[]]): T => {
    const value = optional(name, new RegExp(`^(?:${choices.join("|")})$`)) ?? choices[0];
    return choices.find((choice) => choice === value) ?? choices[0];
  };
  const principals = (name: string): readonly string[] => {
    const list = optional(name, /^\S+$/)?.split(",") ?? [];
    const wrong = list.find((arn) => !principalPattern.test(arn));
    if (wrong === undefined) return list;
    throw new FieldsealError("policy_invalid", { place: `context ${name}`, reason: `${wrong} is not the ARN of a role or user: nobody unnamed.` });
  };
  const [from, to] = optional("rewrap", /^[A-Za-z0-9_-]+>[A-Za-z0-9_-]+$/)?.split(">") ?? [];
  const stage = text("stage", /^[a-z][a-z0-9-]{0,19}$/);
  return {
    stage,
    policy: text("policy", /^.+\.json$/),
    originDomain: text("originDomain", domainPattern),
    part: choose("part", ["all", "keys"]),
    distribution: choose("distribution", ["own", "existing"]),
    keyRegion: optional("keyRegion", regionPattern),
    readerRegion: optional("readerRegion", regionPattern),
    keySpec: choose("keySpec", keySpecs),
    multiRegion: flag("multiRegion"),
    imported: choose("keyOrigin", ["AWS_KMS", "EXTERNAL"]) === "EXTERNAL",
    callers: principals("callers"),
    verifiers: principals("verifiers"),
    breakGlass: optional("breakGlass", /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/*-]+$/),
    rewrap: from === undefined || to === undefined ? undefined : { from, to, operators: requireSome(principals("operators"), "operators") },
    alarmEmail: optional("alarmEmail", /^[^\s@]+@[^\s@]+$/),
    hmacKeyArn: optional("hmacKeyArn", /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/),
    canary:
      read("canaryUrl") === undefined
        ? undefined
        : {
            url: text("canaryUrl", /^https:\/\/\S+$/),
            body: text("canaryBody", /\{\{canary\}\}/),
            readUrl: optional("canaryReadUrl", /^https:\/\/\S+$/),
          },
    edgeMemoryMb: optional("edgeMemoryMb", /^\d{3,5}$/) === undefined ? undefined : Number(text("edgeMemoryMb", /^\d{3,5}$/)),
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

function requireSome(list: readonly string[], name: string): readonly string[] {
  if (list.length > 0) return list;
  throw new FieldsealError("policy_invalid", { place: `context ${name}`, reason: "Name at least one role or user." });
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
  const keyRegion = settings.keyRegion ?? regionOf(recipients[0]?.keyArn ?? "");
  const env = envOf(account);
  const drafts = recipients.map(({ id, modulusOctets }) => ({ id, keySpec: specOf(modulusOctets) }));
  const keys = addKeyStack(app, { settings: { ...settings, keyRegion }, recipients: drafts });

  const edge = new Stack(app, `fieldseal-${stage}-edge`, env(edgeRegion));
  const { version } = new EdgeFunction(edge, "Function", {
    functionName: `fieldseal-${stage}-edge`,
    bundleDir: `${bundlesDir}/edge`,
    policy,
    memoryMb: settings.edgeMemoryMb,
  });
  new CfnOutput(edge, "FunctionVersion", { value: version.functionArn });
  if (settings.distribution === "own") {
    const { distribution } = new ProtectedDistribution(edge, "Distribution", { version, originDomain, viewerDomain });
    new CfnOutput(edge, "DistributionDomain", { value: distribution.distributionDomainName });
  }

  const reader = new Stack(app, `fieldseal-${stage}-reader`, env(settings.readerRegion ?? keyRegion));
  const { logGroup } = new ReaderFunction(reader, "Reader", {
    functionName: `fieldseal-${stage}-decryptor`,
    bundleDir: `${bundlesDir}/decryptor`,
    reader: stage,
    recipients,
    open: recipients.map(({ id }) => id),
    callers: settings.callers,
    hmacKeyArn: settings.hmacKeyArn,
  });
  const topic = new AlarmTopic(reader, "Alarms", { email: settings.alarmEmail });
  new ReaderAlarms(reader, "ReaderAlarms", { logGroup, namespace: `Fieldseal/${stage}/reader`, topic });

  const stacks = [keys, edge, reader];
  if (stage === sampleStage) stacks.forEach(forbidDeployment);
  return stacks;
}

/** Adds the stack that watches: the home of the edge's lines, its alarms, and the canary if the settings have one. */
export function addWatchStack(
  app: App,
  { settings, policy, bundlesDir }: { readonly settings: Settings; readonly policy: CompiledPolicy; readonly bundlesDir: string },
): Stack {
  const { stage, account, canary } = settings;
  const region = settings.keyRegion ?? regionOf(policy.recipients[0]?.keyArn ?? "");
  const stack = new Stack(app, `fieldseal-${stage}-watch`, envOf(account)(region));
  const topic = new AlarmTopic(stack, "Alarms", { email: settings.alarmEmail });
  const { stream, forwarding } = new EdgeWatch(stack, "Edge", { stage, bundleDir: `${bundlesDir}/edge-lines`, policy, topic });
  new CfnOutput(stack, "HomeStreamArn", { value: stream.streamArn });
  new CfnOutput(stack, "HomeRoleArn", { value: forwarding.roleArn });
  if (canary !== undefined) {
    const readerRegion = settings.readerRegion ?? region;
    new CanaryFunction(stack, "Canary", {
      stage,
      bundleDir: `${bundlesDir}/canary`,
      canary: { ...canary, contentType: "application/json", prefixes: policy.recipients.map(({ prefix }) => prefix) },
      readerArn: `arn:${stack.partition}:lambda:${readerRegion}:${stack.account}:function:fieldseal-${stage}-decryptor`,
      readerRegion,
      topic,
    });
  }
  if (stage === sampleStage) forbidDeployment(stack);
  return stack;
}

/** Adds the stack of the keys, which needs to know of the recipients no more than their ids. */
export function addKeyStack(
  app: App,
  { settings, recipients }: { readonly settings: Settings; readonly recipients: readonly { readonly id: string; readonly keySpec: KeySpec }[] },
): Stack {
  const { stage, account, keyRegion, rewrap } = settings;
  if (keyRegion === undefined) {
    throw new FieldsealError("policy_invalid", { place: "context keyRegion", reason: "Say in which Region the keys are to be made." });
  }
  const stack = new Stack(app, `fieldseal-${stage}-keys`, envOf(account)(keyRegion));
  const roles = `arn:${stack.partition}:iam::${stack.account}:role`;
  const keys = new Map(
    recipients.map(({ id, keySpec }) => {
      const { key } = new RecipientKey(stack, `Recipient-${id}`, {
        alias: `alias/fieldseal-${stage}-${id}`,
        keySpec,
        users: [`${roles}/fieldseal-${stage}-decryptor`, `${roles}/fieldseal-${stage}-rewrap-*`, `${roles}/fieldseal-${stage}-verifier`],
        breakGlass: settings.breakGlass ?? `${roles}/fieldseal-${stage}-break-glass`,
        multiRegion: settings.multiRegion,
        imported: settings.imported,
      });
      new CfnOutput(stack, `Key${id.replace(/[^A-Za-z0-9]/g, "")}`, { value: key.keyArn });
      return [id, key] as const;
    }),
  );
  const topic = new AlarmTopic(stack, "Alarms", { email: settings.alarmEmail });
  new KeyAlarms(stack, "KeyAlarms", { keys: [...keys.values()], topic });
  if (settings.verifiers.length > 0) {
    new VerifierRole(stack, "Verifier", {
      roleName: `fieldseal-${stage}-verifier`,
      verifiers: settings.verifiers,
      keyArns: [...keys.values()].map(({ keyArn }) => keyArn),
    });
  }
  if (rewrap !== undefined) {
    const { from, to, operators } = rewrap;
    const [source, destination] = [keys.get(from), keys.get(to)];
    if (source === undefined || destination === undefined || from === to) {
      throw new FieldsealError("policy_invalid", { place: "context rewrap", reason: "Name two recipients of the policy: from>to." });
    }
    const roleName = `fieldseal-${stage}-rewrap-${from}-${to}`;
    new RewrapRole(stack, "Rewrap", { roleName, operators, fromKeyArn: source.keyArn, toKeyArn: destination.keyArn });
  }
  if (settings.part === "keys" && stage === sampleStage) forbidDeployment(stack);
  return stack;
}

function envOf(account: string | undefined): (region: string) => StackProps {
  return (region) => ({ env: { region, ...(account === undefined ? {} : { account }) } });
}

function specOf(modulusOctets: Recipient["modulusOctets"]): KeySpec {
  return modulusOctets === 256 ? "RSA_2048" : modulusOctets === 384 ? "RSA_3072" : "RSA_4096";
}

function requireRealKeys(stage: string, recipients: readonly Recipient[]): void {
  const sample = recipients.find(({ fingerprint }) => isSampleKey(fingerprint));
  if (stage === sampleStage || sample === undefined) return;
  throw new FieldsealError("recipient_invalid", {
    reason: `Recipient ${sample.id} has the sample's public key, or one of the test vectors', which no KMS key can open. Only stage ${sampleStage} takes it. Make and fetch your own: npx fieldseal keys fetch.`,
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
