/** The settings of a stage, read from CDK's context. */
import { type ReadSetting, settingOf } from "./context.ts";
import { type KeySpec, keySpecs } from "./key-record.ts";
import type { ViewerDomain } from "./protected-distribution.ts";
import { parseReaderPlans, principalPattern, type ReaderPlan, regionPattern } from "./reader-plan.ts";
import { type Form, type ListForm, readForms } from "./setting-forms.ts";
import { sampleStage } from "./stage.ts";

/** Everything that a stage can choose. */
export interface Settings {
  readonly stage: string;
  /** The policy file, relative to the package. */
  readonly policy: string;
  readonly originDomain: string;
  readonly viewerDomain: ViewerDomain | undefined;
  /** `undefined` for the account of the credentials that `cdk` finds. */
  readonly account: string | undefined;
  /** `keys` makes the key stack alone, which needs no key yet. */
  readonly part: "all" | "keys";
  /** `existing` makes only the edge function, for a distribution of another app. */
  readonly distribution: "own" | "existing";
  /** The Region of the keys; `undefined` for the Region of the first recipient's key. */
  readonly keyRegion: string | undefined;
  /** The Region of readers that name none; `undefined` for the Region of the keys. */
  readonly readerRegion: string | undefined;
  /** The spec of new keys. */
  readonly keySpec: KeySpec;
  readonly multiRegion: boolean;
  /** The Regions in which multi-Region keys have replicas. */
  readonly replicaRegions: readonly string[];
  /** Whether new keys have no material until it is imported. */
  readonly imported: boolean;
  readonly readers: readonly ReaderPlan[];
  /** ARNs of the principals that may prove keys against KMS. That needs the right to decrypt. */
  readonly verifiers: readonly string[];
  /** ARN patterns of the roles that may put key policies and make replicas, beside those of the deployment. */
  readonly keyAdministrators: readonly string[];
  /** ARN pattern of the only role that may disable or delete keys. */
  readonly breakGlass: string | undefined;
  readonly rewrap: readonly RewrapPair[];
  /** ARNs of the principals that may move tokens. */
  readonly operators: readonly string[];
  readonly alarmEmail: string | undefined;
  readonly edgeMemoryMb: number | undefined;
  readonly canary: CanarySettings | undefined;
}

/** What the canary sends, where it reads back, and the name of the reader that restores it. */
export interface CanarySettings {
  readonly url: string;
  readonly body: string;
  readonly readUrl: string | undefined;
  readonly reader: string | undefined;
}

/** Two ids of recipients: tokens move from one to the other. */
export interface RewrapPair {
  readonly from: string;
  readonly to: string;
}

const stageForm: Form = { pattern: /^[a-z][a-z0-9-]{0,19}$/, needed: "1 to 20 of a-z 0-9 -, a letter first" };
const policyForm: Form = { pattern: /^.+\.json$/, needed: "the path of a policy file (.json)" };
const accountForm: Form = { pattern: /^\d{12}$/, needed: "an account id of 12 digits" };
const emailForm: Form = { pattern: /^[^\s@]+@[^\s@]+$/, needed: "an e-mail address" };
const memoryForm: Form = { pattern: /^\d{3,5}$/, needed: "megabytes, such as 1769" };
const readerForm: Form = { pattern: /^[a-z][a-z0-9-]*$/, needed: "the name of a reader" };
const urlForm: Form = { pattern: /^https:\/\/\S+$/, needed: "an https:// URL" };
const canaryForm: Form = { pattern: /\{\{canary\}\}/, needed: "a body with {{canary}} in it" };
const domainPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;
const originForm: Form = {
  pattern: domainPattern,
  needed: "a domain name, such as origin.example.com, without scheme and path",
};
const domainForm: Form = {
  pattern: domainPattern,
  needed: "a domain name, such as api.example.com, without scheme and path",
};
const certificateForm: Form = {
  pattern: /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]+$/,
  needed: "the ARN of a certificate in us-east-1",
};
const pairsForm: Form = {
  pattern: /^[A-Za-z0-9_-]+>[A-Za-z0-9_-]+(?:,[A-Za-z0-9_-]+>[A-Za-z0-9_-]+)*$/,
  needed: "two recipients, such as 01>02; several such pairs with commas between",
};
const regionForm: Form = { pattern: regionPattern, needed: "a Region, such as eu-central-1" };
const regionsForm: ListForm = { pattern: regionPattern, needed: "Regions, with commas between", item: "a Region" };
const principalsForm: ListForm = {
  pattern: principalPattern,
  needed: "ARNs of roles or users, with commas between",
  item: "the ARN of a role or user: nobody unnamed",
};
/** Names may hold wildcards, as the roles of IAM Identity Center need them, but must begin with three characters. */
const rolePattern = /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[\w+=,.@*-]+\/)*[\w+=,.@-]{3}[\w+=,.@*-]*$/;
const roleForm: Form = { pattern: rolePattern, needed: "the ARN of a role" };
const rolesForm: ListForm = {
  pattern: rolePattern,
  needed: "ARNs of roles, with commas between",
  item: "the ARN of a role",
};

/**
 * All settings of a stage. Throws `policy_invalid` at `context NAME` for a setting that is missing or malformed, and
 * `reader_invalid` for readers that are.
 */
export function parseSettings(read: ReadSetting): Settings {
  const { text, optional, choice, list } = readForms(read);
  const rewrapping = parseRewrap(read);
  const stage = text("stage", stageForm);
  const replication = parseReplication(read);
  const callers = parseCallers(read);
  return {
    stage,
    policy: text("policy", policyForm),
    originDomain: text("originDomain", originForm),
    part: choice("part", ["all", "keys"]),
    distribution: choice("distribution", ["own", "existing"]),
    keyRegion: optional("keyRegion", regionForm),
    readerRegion: optional("readerRegion", regionForm),
    keySpec: choice("keySpec", keySpecs),
    ...replication,
    imported: choice("keyOrigin", ["AWS_KMS", "EXTERNAL"]) === "EXTERNAL",
    readers: parseReaderPlans(read("readers"), callers),
    verifiers: list("verifiers", principalsForm),
    keyAdministrators: list("keyAdministrators", rolesForm),
    breakGlass: optional("breakGlass", roleForm),
    ...rewrapping,
    alarmEmail: optional("alarmEmail", emailForm),
    canary: parseCanarySettings(read),
    edgeMemoryMb: parseMemory(read),
    viewerDomain: parseViewerDomain(read),
    account: stage === sampleStage ? "111122223333" : parseAccount(read),
  };
}

/** Without one, the account of the credentials that `cdk` found. */
function parseAccount(read: ReadSetting): string | undefined {
  return readForms(read).optional("account", accountForm) ?? process.env["CDK_DEFAULT_ACCOUNT"];
}

function parseMemory(read: ReadSetting): number | undefined {
  const memory = readForms(read).optional("edgeMemoryMb", memoryForm);
  return memory === undefined ? undefined : Number(memory);
}

function parseReplication(read: ReadSetting): Pick<Settings, "multiRegion" | "replicaRegions"> {
  const { choice, list } = readForms(read);
  const multiRegion = choice("multiRegion", ["false", "true"]) === "true";
  const replicaRegions = list("replicaRegions", regionsForm);
  if (replicaRegions.length > 0 && !multiRegion) {
    throw settingOf("replicaRegions", replicaRegions).refuse(
      "Only multi-Region keys have replicas: make the keys with -c multiRegion=true.",
    );
  }
  return { multiRegion, replicaRegions };
}

/** The callers of the one reader of a stage that plans none. */
function parseCallers(read: ReadSetting): readonly string[] {
  const callers = readForms(read).list("callers", principalsForm);
  if (read("readers") !== undefined && callers.length > 0)
    throw settingOf("callers", callers).refuse("Each reader names its own callers.");
  return callers;
}

function parseRewrap(read: ReadSetting): Pick<Settings, "rewrap" | "operators"> {
  const { optional, list } = readForms(read);
  const pairs = optional("rewrap", pairsForm)?.split(",") ?? [];
  const operators = list("operators", principalsForm);
  if (pairs.length > 0 && operators.length === 0)
    throw settingOf("operators", operators).refuse("Name at least one role or user.");
  const rewrap = [...new Set(pairs)].map((pair): RewrapPair => {
    const [from = "", to = ""] = pair.split(">");
    return { from, to };
  });
  return { rewrap, operators };
}

function parseViewerDomain(read: ReadSetting): ViewerDomain | undefined {
  if (read("domainName") === undefined && read("certificateArn") === undefined) return undefined;
  const { text } = readForms(read);
  return { domainName: text("domainName", domainForm), certificateArn: text("certificateArn", certificateForm) };
}

function parseCanarySettings(read: ReadSetting): CanarySettings | undefined {
  if (read("canaryUrl") === undefined) return undefined;
  const { text, optional } = readForms(read);
  return {
    url: text("canaryUrl", urlForm),
    body: text("canaryBody", canaryForm),
    readUrl: optional("canaryReadUrl", urlForm),
    reader: optional("canaryReader", readerForm),
  };
}
