/** The stack of the keys, and the stacks of their replicas in other Regions. */
import { type App, CfnOutput, Stack } from "aws-cdk-lib";
import { FieldsealError } from "../core/errors.ts";
import { AlarmTopic } from "./alarm-topic.ts";
import { settingOf } from "./context.ts";
import { KeyAlarms } from "./key-alarms.ts";
import type { KeySpec } from "./key-record.ts";
import { OperationsKey } from "./operations-key.ts";
import { readerNameOf, readerRegionOf } from "./reader-stack.ts";
import { RecipientKey } from "./recipient-key.ts";
import type { KeyUsers, RecipientKeyPolicyProps } from "./recipient-key-policy.ts";
import { RecipientReplica } from "./recipient-replica.ts";
import { RewrapRole } from "./rewrap-role.ts";
import type { RewrapPair, Settings } from "./settings.ts";
import { envOf, forbidDeployment, sampleStage } from "./stage.ts";
import { VerifierRole } from "./verifier-role.ts";

/**
 * Adds the stack of the keys, with their alarms and the roles that verify and rewrap. Throws `policy_invalid` or
 * `reader_invalid` for settings that do not fit the recipients.
 */
export function addKeyStack(
  app: App,
  {
    settings,
    recipients,
  }: {
    readonly settings: Settings;
    readonly recipients: readonly { readonly id: string; readonly keySpec: KeySpec }[];
  },
): Stack {
  const { stage, account, keyRegion, multiRegion, imported, replicaRegions, rewrap, operators, verifiers } = settings;
  if (keyRegion === undefined)
    throw settingOf("keyRegion").refuse("The setting is missing. Set the Region of the new keys: -c keyRegion=…");
  requireRecipients(
    settings,
    recipients.map(({ id }) => id),
  );
  const stack = new Stack(app, `fieldseal-${stage}-keys`, envOf(account, keyRegion));
  const keys = new Map(
    recipients.map(({ id, keySpec }) => {
      const recipient = new RecipientKey(stack, `Recipient-${id}`, {
        ...keepersOf(stack, settings),
        alias: `alias/fieldseal-${stage}-${id}`,
        keySpec,
        users: usersOf(stack, settings, id),
        replicaRegions: multiRegion ? replicaRegions : undefined,
        imported,
      });
      const { keyArn } = recipient.key;
      // Outputs belong to the recipient: two ids can be equal without their dashes.
      new CfnOutput(recipient, "Arn", { value: keyArn, description: `Recipient ${id}` });
      return [id, keyArn] as const;
    }),
  );
  addKeyAlarms(stack, settings, [...keys.values()]);
  if (verifiers.length > 0)
    new VerifierRole(stack, "Verifier", { roleName: verifierNameOf(stage), verifiers, keyArns: [...keys.values()] });
  for (const pair of rewrap) {
    const [fromKeyArn, toKeyArn] = [keys.get(pair.from), keys.get(pair.to)];
    if (fromKeyArn === undefined || toKeyArn === undefined || pair.from === pair.to) {
      throw settingOf("rewrap").refuse(
        `Expected two different recipients of the policy, from>to: ${[...keys.keys()].join(", ")}.`,
      );
    }
    new RewrapRole(stack, `Rewrap-${pair.from}-${pair.to}`, {
      roleName: rewrapNameOf(stage, pair),
      operators,
      fromKeyArn,
      toKeyArn,
    });
  }
  if (settings.part === "keys" && stage === sampleStage) forbidDeployment(stack);
  return stack;
}

/**
 * Adds a stack of replicas for each Region in the settings. Throws `recipient_invalid` for keys that are not
 * multi-Region, and `policy_invalid` for a repeated Region.
 */
export function addReplicaStacks(
  app: App,
  {
    settings,
    recipients,
  }: { readonly settings: Settings; readonly recipients: readonly { readonly id: string; readonly keyArn: string }[] },
): readonly Stack[] {
  const { stage, account, replicaRegions, keyRegion } = settings;
  if (replicaRegions.some((region, index) => region === keyRegion || replicaRegions.indexOf(region) !== index)) {
    throw settingOf("replicaRegions").refuse(
      `Name each Region once, and leave out ${keyRegion ?? "the keys' own"}, the Region of the primary keys.`,
    );
  }
  return replicaRegions.map((region) => {
    const stack = new Stack(app, `fieldseal-${stage}-keys-${region}`, envOf(account, region));
    const keyArns = recipients.map(({ id, keyArn }) => {
      const replica = new RecipientReplica(stack, `Recipient-${id}`, {
        ...keepersOf(stack, settings),
        alias: `alias/fieldseal-${stage}-${id}`,
        primaryKeyArn: keyArn,
        users: usersOf(stack, settings, id),
      });
      return replica.keyArn;
    });
    addKeyAlarms(stack, settings, keyArns);
    return stack;
  });
}

function addKeyAlarms(stack: Stack, { alarmEmail }: Settings, keyArns: readonly string[]): void {
  const { key } = new OperationsKey(stack, "OperationsKey");
  new KeyAlarms(stack, "KeyAlarms", { keyArns, topic: new AlarmTopic(stack, "Alarms", { email: alarmEmail, key }) });
}

/** The administrators of the keys include the role that CloudFormation has from `cdk bootstrap`. */
function keepersOf(
  { account, partition }: Stack,
  { stage, keyAdministrators, breakGlass }: Settings,
): Pick<RecipientKeyPolicyProps, "administrators" | "breakGlass"> {
  return {
    administrators: [`arn:${partition}:iam::${account}:role/cdk-*-cfn-exec-role-${account}-*`, ...keyAdministrators],
    breakGlass: breakGlass ?? `arn:${partition}:iam::${account}:role/fieldseal-${stage}-break-glass`,
  };
}

/** The roles that use a recipient's key in the Region of a stack. */
function usersOf(stack: Stack, settings: Settings, id: string): KeyUsers {
  const { stage, readers, rewrap, verifiers, keyRegion, replicaRegions } = settings;
  const roleOf = (name: string): string => `arn:${stack.partition}:iam::${stack.account}:role/${name}`;
  const isPrimary = stack.region === keyRegion;
  // A reader uses the replica in its own Region, or else the primary key.
  const own = readers.filter((plan) => {
    const region = readerRegionOf(settings, plan);
    return region === stack.region || (isPrimary && !replicaRegions.includes(region));
  });
  const namesOf = (plans: Settings["readers"]): readonly string[] =>
    plans.map((plan) => roleOf(readerNameOf(stage, plan)));
  const opens = own.filter(({ open }) => open === undefined || open.includes(id));
  const rewrapping = (moves: (pair: RewrapPair) => boolean): readonly string[] =>
    isPrimary ? rewrap.filter(moves).map((pair) => roleOf(rewrapNameOf(stage, pair))) : [];
  return {
    decrypt: [
      ...namesOf(opens.filter(({ rewrapTo }) => rewrapTo === undefined)),
      ...(verifiers.length > 0 && isPrimary ? [roleOf(verifierNameOf(stage))] : []),
    ],
    rewrapFrom: [
      ...namesOf(opens.filter(({ rewrapTo }) => rewrapTo !== undefined)),
      ...rewrapping(({ from }) => from === id),
    ],
    rewrapTo: [...namesOf(own.filter(({ rewrapTo }) => rewrapTo === id)), ...rewrapping(({ to }) => to === id)],
  };
}

function requireRecipients({ readers }: Settings, ids: readonly string[]): void {
  for (const { name, open, rewrapTo } of readers) {
    const unknown = [...(open ?? []), ...(rewrapTo === undefined ? [] : [rewrapTo])].find((id) => !ids.includes(id));
    if (unknown === undefined) continue;
    throw new FieldsealError("reader_invalid", {
      place: `readers.${name ?? ""}`,
      reason: `Unknown recipient ${JSON.stringify(unknown)}. The policy has ${ids.join(", ")}.`,
    });
  }
}

function verifierNameOf(stage: string): string {
  return `fieldseal-${stage}-verifier`;
}

function rewrapNameOf(stage: string, { from, to }: RewrapPair): string {
  return `fieldseal-${stage}-rewrap-${from}-${to}`;
}
