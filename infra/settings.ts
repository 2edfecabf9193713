/** The settings of a stage, from CDK's context. */
import { FieldsealError } from "../core/errors.ts";
import { type KeySpec, keySpecs } from "./key-record.ts";
import type { ViewerDomain } from "./protected-distribution.ts";
import { parseReaderPlans, principalPattern, type ReaderPlan, regionPattern } from "./reader-plan.ts";
import { sampleStage } from "./stage.ts";

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
  /** Where readers are that name no Region; without it, where the keys are. */
  readonly readerRegion: string | undefined;
  /** Of keys that are made. */
  readonly keySpec: KeySpec;
  readonly multiRegion: boolean;
  /** Where multi-Region keys have replicas. */
  readonly replicaRegions: readonly string[];
  readonly imported: boolean;
  readonly readers: readonly ReaderPlan[];
  /** ARNs of those who may prove keys against KMS, which takes the right to decrypt. */
  readonly verifiers: readonly string[];
  /** ARN patterns of the roles that may put key policies and make replicas, beside the deployment's own. */
  readonly keyAdministrators: readonly string[];
  /** ARN pattern of the only role that may disable or delete keys. */
  readonly breakGlass: string | undefined;
  /** Pairs of recipients, and the ARNs of those who may move tokens from one to the other. */
  readonly rewrap: readonly RewrapPair[];
  readonly operators: readonly string[];
  readonly alarmEmail: string | undefined;
  readonly edgeMemoryMb: number | undefined;
  /** What the canary sends, where, and the name of the reader that restores it. */
  readonly canary:
    | {
        readonly url: string;
        readonly body: string;
        readonly readUrl: string | undefined;
        readonly reader: string | undefined;
      }
    | undefined;
}

export interface RewrapPair {
  readonly from: string;
  readonly to: string;
}

const domainPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;
/** Wildcards, as in the names that IAM Identity Center gives to roles, but none that stand for any role. */
const rolePattern = /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[\w+=,.@*-]+\/)*[\w+=,.@-]{3}[\w+=,.@*-]*$/;

/**
 * The settings from CDK's context. Throws `policy_invalid` or `reader_invalid` for one that is missing or malformed.
 */
export function parseSettings(read: (name: string) => unknown): Settings {
  const refuse = (name: string, reason: string): FieldsealError =>
    new FieldsealError("policy_invalid", { place: `context ${name}`, reason });
  const text = (name: string, pattern: RegExp): string => {
    const value = read(name);
    if (typeof value === "string" && pattern.test(value)) return value;
    throw refuse(name, `It must match ${String(pattern)}.`);
  };
  const optional = (name: string, pattern: RegExp): string | undefined =>
    read(name) === undefined ? undefined : text(name, pattern);
  const flag = (name: string): boolean => optional(name, /^(?:true|false)$/) === "true";
  const choose = <T extends string>(name: string, choices: readonly [T, ...T[]]): T => {
    const value = optional(name, new RegExp(`^(?:${choices.join("|")})$`)) ?? choices[0];
    return choices.find((choice) => choice === value) ?? choices[0];
  };
  const list = (name: string, pattern: RegExp, what: string): readonly string[] => {
    const items = optional(name, /^\S+$/)?.split(",") ?? [];
    const wrong = items.find((item) => !pattern.test(item));
    if (wrong === undefined) return items;
    throw refuse(name, `${wrong} is not ${what}.`);
  };
  const principals = (name: string): readonly string[] =>
    list(name, principalPattern, "the ARN of a role or user: nobody unnamed");
  const pairs =
    optional("rewrap", /^[A-Za-z0-9_-]+>[A-Za-z0-9_-]+(?:,[A-Za-z0-9_-]+>[A-Za-z0-9_-]+)*$/)?.split(",") ?? [];
  const operators = principals("operators");
  if (pairs.length > 0 && operators.length === 0) throw refuse("operators", "Name at least one role or user.");
  const stage = text("stage", /^[a-z][a-z0-9-]{0,19}$/);
  const multiRegion = flag("multiRegion");
  const replicaRegions = list("replicaRegions", regionPattern, "a Region");
  if (replicaRegions.length > 0 && !multiRegion)
    throw refuse("replicaRegions", "Only multi-Region keys have replicas: make the keys with -c multiRegion=true.");
  const callers = principals("callers");
  const readers = read("readers");
  if (readers !== undefined && callers.length > 0) throw refuse("callers", "Each reader names its own callers.");
  return {
    stage,
    policy: text("policy", /^.+\.json$/),
    originDomain: text("originDomain", domainPattern),
    part: choose("part", ["all", "keys"]),
    distribution: choose("distribution", ["own", "existing"]),
    keyRegion: optional("keyRegion", regionPattern),
    readerRegion: optional("readerRegion", regionPattern),
    keySpec: choose("keySpec", keySpecs),
    multiRegion,
    replicaRegions,
    imported: choose("keyOrigin", ["AWS_KMS", "EXTERNAL"]) === "EXTERNAL",
    readers: parseReaderPlans(readers, callers),
    verifiers: principals("verifiers"),
    keyAdministrators: list("keyAdministrators", rolePattern, "the ARN of a role"),
    breakGlass: optional("breakGlass", rolePattern),
    rewrap: [...new Set(pairs)].map((pair): RewrapPair => {
      const [from = "", to = ""] = pair.split(">");
      return { from, to };
    }),
    operators,
    alarmEmail: optional("alarmEmail", /^[^\s@]+@[^\s@]+$/),
    canary:
      read("canaryUrl") === undefined
        ? undefined
        : {
            url: text("canaryUrl", /^https:\/\/\S+$/),
            body: text("canaryBody", /\{\{canary\}\}/),
            readUrl: optional("canaryReadUrl", /^https:\/\/\S+$/),
            reader: optional("canaryReader", /^[a-z][a-z0-9-]*$/),
          },
    edgeMemoryMb:
      optional("edgeMemoryMb", /^\d{3,5}$/) === undefined ? undefined : Number(text("edgeMemoryMb", /^\d{3,5}$/)),
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
