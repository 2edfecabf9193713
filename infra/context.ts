/** Reads CDK's context as the settings of a stage: their names, which of them go together, and their values. */
import { RegionInfo } from "aws-cdk-lib/region-info";
import { ConfigValue } from "../core/config/config-value.ts";
import { findNearest, suggest } from "../core/config/did-you-mean.ts";

type Context = Readonly<Record<string, unknown>>;

interface ContextSetting {
  /** The setting that this one needs. */
  readonly with?: string;
}

/** All settings of a stage. */
export const contextSettings = {
  stage: {},
  account: {},
  acknowledge: {},
  alarmEmail: {},
  breakGlass: {},
  callers: {},
  canaryBody: { with: "canaryUrl" },
  canaryReader: { with: "canaryUrl" },
  canaryReadUrl: { with: "canaryUrl" },
  canaryUrl: { with: "canaryBody" },
  certificateArn: { with: "domainName" },
  distribution: {},
  domainName: { with: "certificateArn" },
  edgeMemoryMb: {},
  keyAdministrators: {},
  keyOrigin: {},
  keyRegion: {},
  keySpec: {},
  multiRegion: {},
  operators: { with: "rewrap" },
  originDomain: {},
  part: {},
  policy: {},
  readerRegion: {},
  readers: {},
  replicaRegions: { with: "multiRegion" },
  rewrap: { with: "operators" },
  verifiers: {},
} as const satisfies Readonly<Record<string, ContextSetting>>;

/** The name of a setting in CDK's context. */
export type SettingName = keyof typeof contextSettings;

/** Gives the value of a setting; `undefined` if it is not set. */
export type ReadSetting = (name: SettingName) => unknown;

/** A setting at its place, `context NAME`. Refuses it as `policy_invalid`. */
export function settingOf(name: string, value?: unknown): ConfigValue {
  return new ConfigValue(value, `context ${name}`);
}

/**
 * Reads the settings in a context, and ignores those of CDK itself. Numbers, flags and lists of texts, which cdk.json
 * may hold, read like texts of the command line. Throws `policy_invalid` for an unknown setting, for one without
 * effect, and for a misspelt Region.
 */
export function readContext(context: Context): ReadSetting {
  for (const name of Object.keys(context).filter(isOurs)) requireEffect(name, context);
  if (context["distribution"] === "existing" && context["domainName"] !== undefined) {
    throw settingOf("domainName").refuse(
      "This setting has no effect with distribution=existing. Set domain name and certificate on that distribution.",
    );
  }
  for (const name of ["keyRegion", "readerRegion", "replicaRegions"]) requireRegions(name, asText(context[name]));
  return (name) => asText(context[name]);
}

/** Settings of CDK and its plugins have separators in their names. */
function isOurs(name: string): boolean {
  return !/[:@/]/.test(name) && name !== "cli-telemetry";
}

function requireEffect(name: string, context: Context): void {
  const setting = settingOf(name);
  const settings: Readonly<Record<string, ContextSetting>> = contextSettings;
  const known = Object.keys(settings);
  if (!known.includes(name))
    throw setting.refuse(
      `Unknown setting ${JSON.stringify(name)}.${suggest(name, known)} Allowed: ${known.join(", ")}.`,
    );
  const other = settings[name]?.with;
  if (other !== undefined && context[other] === undefined)
    throw setting.refuse(`This setting has no effect without ${other}.`);
}

const regions = RegionInfo.regions.map(({ name }) => name);

function requireRegions(name: string, value: unknown): void {
  const wrong = typeof value === "string" ? value.split(",").find(isMisspeltRegion) : undefined;
  if (wrong !== undefined)
    throw settingOf(name).refuse(`Unknown Region ${JSON.stringify(wrong)}.${suggest(wrong, regions)}`);
}

/** A Region that is newer than the library is not misspelt: its area has other Regions. */
function isMisspeltRegion(name: string): boolean {
  const area = name.replace(/\d+$/, "");
  return (
    /^[a-z]+(?:-[a-z]+)+-$/.test(area) &&
    !regions.some((known) => known.startsWith(area)) &&
    findNearest(name, regions) !== undefined
  );
}

function asText(value: unknown): unknown {
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value.join(",") : value;
}
