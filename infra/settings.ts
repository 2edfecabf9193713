/** Reads the settings of a stage from CDK's context. */
import { type ReadSetting, type SettingName, settingOf } from "./context.ts";
import { type KeySpec, keySpecs } from "./key-record.ts";
import type { ViewerDomain } from "./protected-distribution.ts";
import { parseReaderPlans, principalPattern, type ReaderPlan, regionPattern } from "./reader-plan.ts";
import { sampleStage } from "./stage.ts";

/** The settings of a stage. */
export interface Settings {
  readonly stage: string;
  /** The policy file, relative to the package. */
  readonly policy: string;
  readonly originDomain: string;
  readonly viewerDomain: ViewerDomain | undefined;
  /** `undefined` for the account of the credentials that `cdk` finds. */
  readonly account: string | undefined;
  /** `keys` makes only the key stack, which needs no key yet. */
  readonly part: "all" | "keys";
  /** `existing` makes the edge function without a distribution, for one of another app. */
  readonly distribution: "own" | "existing";
  /** The Region of the keys; `undefined` for the Region of the first recipient's key. */
  readonly keyRegion: string | undefined;
  /** The Region of readers without one of their own; `undefined` for the Region of the keys. */
  readonly readerRegion: string | undefined;
  /** The spec of new keys. */
  readonly keySpec: KeySpec;
  readonly multiRegion: boolean;
  /** The Regions in which multi-Region keys have replicas. */
  readonly replicaRegions: readonly string[];
  /** True if new keys have no material until somebody imports it. */
  readonly imported: boolean;
  readonly readers: readonly ReaderPlan[];
  /** ARNs of the principals that may compare keys with KMS, which needs the right to decrypt. */
  readonly verifiers: readonly string[];
  /** ARN patterns of further roles that may put key policies and make replicas, beside the deployment's own. */
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

/** The canary's request, the URL to read it back from, and the name of the reader that restores it. */
export interface CanarySettings {
  readonly url: string;
  readonly body: string;
  readonly readUrl: string | undefined;
  readonly reader: string | undefined;
}

/** The ids of two recipients: tokens move from one to the other. */
export interface RewrapPair {
  readonly from: string;
  readonly to: string;
}

/** The form of a setting's text, or of one item of its list, and its description for a refusal. */
interface Form {
  readonly pattern: RegExp;
  readonly needed: string;
}

const stageForm: Form = { pattern: /^[a-z][a-z0-9-]{0,19}$/, needed: "1 to 20 of a-z 0-9 -, a letter first" };
const policyForm: Form = { pattern: /^.+\.json$/, needed: "the path of a policy file (.json)" };
const accountForm: Form = { pattern: /^\d{12}$/, needed: "an account id of 12 digits" };
const emailForm: Form = { pattern: /^[^\s@]+@[^\s@]+$/, needed: "an e-mail address" };
const memoryForm: Form = { pattern: /^\d{3,5}$/, needed: "megabytes, such as 1769" };
const readerForm: Form = { pattern: /^[a-z][a-z0-9-]*$/, needed: "the name of a reader" };
const urlForm: Form = { pattern: /^https:\/\/\S+$/, needed: "an https:// URL" };
const canaryForm: Form = { pattern: /\{\{canary\}\}/, needed: "a body with {{canary}} in it" };
const domainForm: Form = {
  pattern: /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
  needed: "a domain name, such as api.example.com, without scheme and path",
};
const certificateForm: Form = {
  pattern: /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]+$/,
  needed: "the ARN of a certificate in us-east-1",
};
const pairForm: Form = {
  pattern: /^[A-Za-z0-9_-]+>[A-Za-z0-9_-]+$/,
  needed: "two recipients, such as 01>02",
};
const regionForm: Form = { pattern: regionPattern, needed: "a Region, such as eu-central-1" };
const principalForm: Form = { pattern: principalPattern, needed: "the ARN of a role or user" };
/** Names may hold wildcards, as the roles of IAM Identity Center need them, but must begin with three characters. */
const roleForm: Form = {
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[\w+=,.@*-]+\/)*[\w+=,.@-]{3}[\w+=,.@*-]*$/,
  needed: "the ARN of a role",
};

/** Reads one setting at a time. Refuses a missing or malformed setting as `policy_invalid` at its place. */
interface FormReader {
  /** The text of a setting that must be set. */
  readonly text: (name: SettingName, form: Form) => string;
  /** The text of a setting; `undefined` if it is not set. */
  readonly optional: (name: SettingName, form: Form) => string | undefined;
  /** One of the choices. The first is the default. */
  readonly choice: <T extends string>(name: SettingName, choices: readonly [T, ...T[]]) => T;
  /** The items of a list with commas between them; empty if it is not set. */
  readonly list: (name: SettingName, form: Form) => readonly string[];
}

function readForms(read: ReadSetting): FormReader {
  const optional: FormReader["optional"] = (name, { pattern, needed }) => {
    const value = read(name);
    if (value === undefined || (typeof value === "string" && pattern.test(value))) return value;
    throw settingOf(name, value).refuse(`Expected ${needed}.`);
  };
  return {
    optional,
    text: (name, form) => {
      const value = optional(name, form);
      if (value !== undefined) return value;
      throw settingOf(name).refuse(`The setting is missing. Expected ${form.needed}: -c ${name}=…`);
    },
    choice: (name, choices) => {
      const value = read(name);
      return value === undefined ? choices[0] : settingOf(name, value).choice(...choices);
    },
    list: (name, { pattern, needed }) => {
      const several = { pattern: /^\S+$/, needed: `${needed}, or several with commas and no spaces between` };
      const items = optional(name, several)?.split(",") ?? [];
      const wrong = items.find((each) => !pattern.test(each));
      if (wrong === undefined) return items;
      throw settingOf(name).refuse(`${JSON.stringify(wrong)} is not ${needed}.`);
    },
  };
}

/**
 * All settings of a stage. Throws `policy_invalid` at `context NAME` for a missing or malformed setting, and
 * `reader_invalid` for such readers.
 */
export function parseSettings(read: ReadSetting): Settings {
  const forms = readForms(read);
  const { text, optional, choice, list } = forms;
  const rewrapping = parseRewrap(forms);
  const stage = text("stage", stageForm);
  const replication = parseReplication(forms);
  const callers = list("callers", principalForm);
  if (read("readers") !== undefined && callers.length > 0)
    throw settingOf("callers").refuse("This setting has no effect with readers. Name the callers in each reader.");
  const memory = optional("edgeMemoryMb", memoryForm);
  return {
    stage,
    policy: text("policy", policyForm),
    originDomain: text("originDomain", domainForm),
    part: choice("part", ["all", "keys"]),
    distribution: choice("distribution", ["own", "existing"]),
    keyRegion: optional("keyRegion", regionForm),
    readerRegion: optional("readerRegion", regionForm),
    keySpec: choice("keySpec", keySpecs),
    ...replication,
    imported: choice("keyOrigin", ["AWS_KMS", "EXTERNAL"]) === "EXTERNAL",
    readers: parseReaderPlans(read("readers"), callers),
    verifiers: list("verifiers", principalForm),
    keyAdministrators: list("keyAdministrators", roleForm),
    breakGlass: optional("breakGlass", roleForm),
    ...rewrapping,
    alarmEmail: optional("alarmEmail", emailForm),
    canary: read("canaryUrl") === undefined ? undefined : parseCanarySettings(forms),
    edgeMemoryMb: memory === undefined ? undefined : Number(memory),
    viewerDomain:
      read("domainName") === undefined && read("certificateArn") === undefined ? undefined : parseViewerDomain(forms),
    account:
      stage === sampleStage ? "111122223333" : (optional("account", accountForm) ?? process.env["CDK_DEFAULT_ACCOUNT"]),
  };
}

function parseReplication({ choice, list }: FormReader): Pick<Settings, "multiRegion" | "replicaRegions"> {
  const multiRegion = choice("multiRegion", ["false", "true"]) === "true";
  const replicaRegions = list("replicaRegions", regionForm);
  if (replicaRegions.length === 0 || multiRegion) return { multiRegion, replicaRegions };
  throw settingOf("replicaRegions").refuse("Only multi-Region keys have replicas. Set -c multiRegion=true.");
}

function parseRewrap({ list }: FormReader): Pick<Settings, "rewrap" | "operators"> {
  const pairs = list("rewrap", pairForm);
  const operators = list("operators", principalForm);
  if (pairs.length > 0 && operators.length === 0)
    throw settingOf("operators").refuse("The setting is missing. Name a role or user that may move tokens.");
  const rewrap = [...new Set(pairs)].map((pair): RewrapPair => {
    const [from = "", to = ""] = pair.split(">");
    return { from, to };
  });
  return { rewrap, operators };
}

function parseViewerDomain({ text }: FormReader): ViewerDomain {
  return { domainName: text("domainName", domainForm), certificateArn: text("certificateArn", certificateForm) };
}

function parseCanarySettings({ text, optional }: FormReader): CanarySettings {
  return {
    url: text("canaryUrl", urlForm),
    body: text("canaryBody", canaryForm),
    readUrl: optional("canaryReadUrl", urlForm),
    reader: optional("canaryReader", readerForm),
  };
}
