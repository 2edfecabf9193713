/** CDK's context as settings: which there are, what they mean, and which go together. */
import { RegionInfo } from "aws-cdk-lib/region-info";
import { isRecord } from "../core/config/config-value.ts";
import { findNearest, suggest } from "../core/config/did-you-mean.ts";
import { FieldsealError } from "../core/errors.ts";
import { warningRules } from "./finding.ts";

type Context = Readonly<Record<string, unknown>>;

interface Setting {
  /** What is needed in its place. */
  readonly needed: string;
  /** Another setting without which it has no effect. */
  readonly with?: string;
}

const region = "a Region, such as eu-central-1";
const principals = "ARNs of roles or users, with commas between";

export const contextSettings: Readonly<Record<string, Setting>> = {
  stage: { needed: "1 to 20 of a-z 0-9 -, a letter first" },
  account: { needed: "an account id of 12 digits" },
  acknowledge: { needed: "an object in cdk.json: a reason of at least 20 characters by the name of each warning" },
  alarmEmail: { needed: "an e-mail address" },
  breakGlass: { needed: "the ARN of a role" },
  callers: { needed: principals },
  canaryBody: { needed: "a body with {{canary}} in it", with: "canaryUrl" },
  canaryReader: { needed: "the name of a reader", with: "canaryUrl" },
  canaryReadUrl: { needed: "an https:// URL", with: "canaryUrl" },
  canaryUrl: { needed: "an https:// URL", with: "canaryBody" },
  certificateArn: { needed: "the ARN of a certificate in us-east-1", with: "domainName" },
  distribution: { needed: "own or existing" },
  domainName: { needed: "a domain name, such as api.example.com, without scheme and path", with: "certificateArn" },
  edgeMemoryMb: { needed: "megabytes, such as 1769" },
  keyAdministrators: { needed: "ARNs of roles, with commas between" },
  keyOrigin: { needed: "AWS_KMS or EXTERNAL" },
  keyRegion: { needed: region },
  keySpec: { needed: "RSA_2048, RSA_3072 or RSA_4096" },
  multiRegion: { needed: "true or false" },
  operators: { needed: principals, with: "rewrap" },
  originDomain: { needed: "a domain name, such as origin.example.com, without scheme and path" },
  part: { needed: "all or keys" },
  policy: { needed: "the path of a policy file (.json)" },
  readerRegion: { needed: region },
  readers: { needed: "the path of a file of readers, or the readers themselves in cdk.json" },
  replicaRegions: { needed: "Regions, with commas between", with: "multiRegion" },
  rewrap: { needed: "two recipients, such as 01>02; several such pairs with commas between", with: "operators" },
  verifiers: { needed: principals },
};

/**
 * What `parse` makes of a context. Numbers, flags and lists of texts, as cdk.json may hold them, are read as the
 * command line would give them. Throws `policy_invalid` for a setting that there is not, that is malformed or missing,
 * or without effect.
 */
export function parseContext<T>(context: Context, parse: (read: (name: string) => unknown) => T): T {
  const refuse = (name: string, reason: string): FieldsealError =>
    new FieldsealError("policy_invalid", { place: `context ${name}`, reason });
  for (const name of Object.keys(context).filter(isOurs)) {
    if (!Object.hasOwn(contextSettings, name)) {
      const known = Object.keys(contextSettings);
      throw refuse(
        name,
        `There is no setting ${JSON.stringify(name)}.${suggest(name, known)} There are ${known.join(", ")}.`,
      );
    }
    const { with: other } = contextSettings[name] ?? {};
    if (other !== undefined && context[other] === undefined) throw refuse(name, `It has no effect without ${other}.`);
  }
  if (context["distribution"] === "existing" && context["domainName"] !== undefined) {
    throw refuse(
      "domainName",
      "It has no effect on a distribution that exists already: set its name and certificate there.",
    );
  }
  for (const name of ["keyRegion", "readerRegion", "replicaRegions"]) {
    const wrong = String(asText(context[name]) ?? "")
      .split(",")
      .find(isMisspeltRegion);
    if (wrong !== undefined)
      throw refuse(name, `There is no Region ${JSON.stringify(wrong)}.${suggest(wrong, regions)}`);
  }
  try {
    return parse((name) => asText(context[name]));
  } catch (error) {
    const { place = "", reason = "" } = error instanceof FieldsealError ? error.facts : {};
    const [, name = ""] = /^context (\w+)$/.exec(place) ?? [];
    const needed = contextSettings[name]?.needed;
    if (needed === undefined || !reason.startsWith("It must match")) throw error;
    throw refuse(
      name,
      context[name] === undefined
        ? `It is missing: ${needed} (-c ${name}=…).`
        : `It is malformed; what is needed: ${needed}.`,
    );
  }
}

const regions = RegionInfo.regions.map(({ name }) => name);

/** A Region that is newer than the library counts as one, where its area has others. */
function isMisspeltRegion(name: string): boolean {
  const area = name.replace(/\d+$/, "");
  return (
    /^[a-z]+(?:-[a-z]+)+-$/.test(area) &&
    !regions.some((known) => known.startsWith(area)) &&
    findNearest(name, regions) !== undefined
  );
}

/** Others of CDK and of its plugins have separators in their names. */
function isOurs(name: string): boolean {
  return !/[:@/]/.test(name) && name !== "cli-telemetry";
}

function asText(value: unknown): unknown {
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value.join(",") : value;
}

const warnings = warningRules.map((rule) => `Fieldseal::${rule}`);

/**
 * Reasons by the name of a warning, such as Fieldseal::OriginNotPrivate; from the command line as JSON. Throws
 * `policy_invalid` for anything else, for reasons that are too short to be one, and for warnings that there are not.
 */
export function parseAcknowledgements(value: unknown): readonly { readonly id: string; readonly reason: string }[] {
  const refuse = (place: string, reason = "Give a reason worth reading by the name of each warning."): FieldsealError =>
    new FieldsealError("policy_invalid", { place: `context acknowledge${place}`, reason });
  const reasons = typeof value === "string" ? parseJson(value) : (value ?? {});
  if (!isRecord(reasons)) throw refuse("");
  return Object.entries(reasons).map(([id, reason]) => {
    if (id.startsWith("Fieldseal::") && !warnings.includes(id))
      throw refuse(` ${id}`, `There is no such warning.${suggest(id, warnings)} Errors cannot be acknowledged.`);
    if (typeof reason !== "string" || reason.length < 20) throw refuse(` ${id}`);
    return { id, reason };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
