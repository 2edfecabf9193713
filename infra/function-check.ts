/**
 * Checks a Lambda@Edge function against what Lambda@Edge takes (CloudFront Developer Guide, "Restrictions on
 * Lambda@Edge").
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { isRecord } from "../core/config/config-value.ts";
import { followReference, listOf, type Members, membersOf, type Resource } from "./deployment.ts";
import type { DeploymentFinding } from "./finding.ts";

/** CloudFront's quota for the compressed bundle of a function at origin events. */
const maxBundleBytes = 50_000_000;
/** Far above what a policy needs: more means that something came into the bundle that does not belong there. */
const usualBundleBytes = 1_000_000;

type Say = (
  rule: string,
  place: string,
  description: string,
  fix: string,
  severity?: DeploymentFinding["severity"],
) => void;

/** `version` is the one that distributions are to run. */
export function checkFunction(resource: Resource, version: Resource | undefined): readonly DeploymentFinding[] {
  const findings: DeploymentFinding[] = [];
  const sayOf =
    (about: Resource): Say =>
    (rule, place, description, fix, severity = "error") =>
      findings.push({ rule, severity, resource: about, place: `Properties/${place}`, description, fix });
  const say = sayOf(resource);
  checkRegion(resource, say);
  checkRuntime(resource, say);
  checkDemands(resource, demands, say);
  if (version !== undefined) checkDemands(version, versionDemands, sayOf(version));
  checkRole(resource, say);
  checkBundle(resource, say);
  return findings;
}

interface Demand {
  readonly rule: string;
  /** The property that is looked at, by its path: `Environment/Variables`. */
  readonly place: string;
  /** Where the demand is met; without it, the property must be absent or empty. */
  readonly holds?: (value: unknown) => boolean;
  readonly description: (value: string) => string;
  readonly fix: string;
  readonly severity?: "warning";
}

const number = (value: unknown, byDefault: number): number => (value === undefined ? byDefault : Number(value));
const only =
  (...allowed: readonly unknown[]) =>
  (value: unknown): boolean =>
    listOf(value).every((each) => allowed.includes(each));
const pinned: Omit<Demand, "place"> = {
  rule: "EdgeRuntimeManagement",
  holds: only("Auto"),
  description: (value) => `Lambda@Edge takes runtimes that AWS updates by itself (Auto), not ${value}.`,
  fix: "Remove runtimeManagementMode.",
};

/** What Lambda@Edge demands of a function. */
const demands: readonly Demand[] = [
  {
    rule: "EdgeRuntime",
    place: "PackageType",
    holds: only("Zip"),
    description: (value) => `Lambda@Edge runs no container images (${value}).`,
    fix: "Use Runtime.NODEJS_24_X and a ZIP bundle.",
  },
  {
    rule: "EdgeArchitecture",
    place: "Architectures",
    holds: only("x86_64"),
    description: () => "Lambda@Edge does not run arm64.",
    fix: "Use Architecture.X86_64.",
  },
  {
    rule: "EdgeEnvironment",
    place: "Environment/Variables",
    description: () => "Lambda@Edge takes no environment variables.",
    fix: "Remove them: policy and public keys are in the bundle.",
  },
  {
    rule: "EdgeLayers",
    place: "Layers",
    description: () => "Lambda@Edge takes no layers (Lambda Insights and other extensions are layers).",
    fix: "Remove them.",
  },
  {
    rule: "EdgeVpc",
    place: "VpcConfig",
    description: () => "Lambda@Edge does not run in a VPC.",
    fix: "Remove vpc and security groups; the function calls nothing.",
  },
  {
    rule: "EdgeFileSystem",
    place: "FileSystemConfigs",
    description: () => "Lambda@Edge mounts no file systems.",
    fix: "Remove filesystem; the function reads its bundle alone.",
  },
  {
    rule: "EdgeTimeout",
    place: "Timeout",
    holds: (value) => !(number(value, 3) > 30),
    description: (value) => `A timeout of ${value} s is over Lambda@Edge's 30 s.`,
    fix: "Use Duration.seconds(30) or less.",
  },
  {
    rule: "EdgeMemory",
    place: "MemorySize",
    holds: (value) => !(number(value, 128) < 1_769),
    description: (value) =>
      `${value === "nothing" ? "128" : value} MB are less than one vCPU: RSA takes longer in proportion.`,
    fix: "Give it 1769 MB. It costs about the same, since the time shrinks as the memory grows.",
    severity: "warning",
  },
  {
    rule: "EdgeMemory",
    place: "MemorySize",
    holds: (value) => !(number(value, 128) < 128 || number(value, 128) > 10_240),
    description: (value) => `Lambda has no ${value} MB: 128 to 10,240.`,
    fix: "Give it 1769 MB.",
  },
  {
    rule: "EdgeDeadLetters",
    place: "DeadLetterConfig",
    description: () => "Lambda@Edge has no dead letter queue.",
    fix: "Remove it.",
  },
  {
    rule: "EdgeTracing",
    place: "TracingConfig/Mode",
    holds: only("PassThrough"),
    description: () => "Lambda@Edge does not work with X-Ray.",
    fix: "Remove tracing.",
  },
  {
    rule: "EdgeStorage",
    place: "EphemeralStorage/Size",
    holds: (value) => !(number(value, 512) > 512),
    description: () => "Lambda@Edge has 512 MB of /tmp and no more.",
    fix: "Remove ephemeralStorageSize.",
  },
  {
    rule: "EdgeEncryption",
    place: "KmsKeyArn",
    description: () => "Lambda@Edge takes no customer managed key.",
    fix: "Remove it: the bundle holds no secret.",
  },
  {
    rule: "EdgeEncryption",
    place: "Code/SourceKMSKeyArn",
    description: () => "Lambda@Edge takes no bundle under a customer managed key.",
    fix: "Remove it: the bundle holds no secret.",
  },
  {
    rule: "EdgeSnapshots",
    place: "SnapStart/ApplyOn",
    holds: only("None"),
    description: () => "Lambda@Edge takes no snapshots (SnapStart).",
    fix: "Remove snapStart.",
  },
  {
    rule: "EdgeConcurrency",
    place: "ReservedConcurrentExecutions",
    holds: (value) => number(value, 1) !== 0,
    description: () => "A reserved concurrency of 0 switches the function off: every request gets 503.",
    fix: "Remove reservedConcurrentExecutions.",
  },
  {
    rule: "EdgeReservedConcurrency",
    place: "ReservedConcurrentExecutions",
    holds: (value) => number(value, 0) === 0,
    description: (value) =>
      `A reserved concurrency of ${value} bounds us-east-1 alone: replicas in other Regions share what those have.`,
    fix: "Remove reservedConcurrentExecutions, and raise the quota in each Region.",
    severity: "warning",
  },
  {
    rule: "EdgeHandler",
    place: "Handler",
    holds: only("index.handler"),
    description: (value) =>
      `The bundle exports index.handler, and the function runs ${value}: every request would get 503.`,
    fix: "Use the handler index.handler.",
  },
  { ...pinned, place: "RuntimeManagementConfig/UpdateRuntimeOn" },
  {
    rule: "EdgeLogging",
    place: "LoggingConfig/LogFormat",
    holds: only("Text"),
    description: (value) =>
      `Metric filters and alarms read the function's own lines, which the log format ${value} wraps.`,
    fix: "Use LoggingFormat.TEXT.",
    severity: "warning",
  },
  {
    rule: "EdgeLogging",
    place: "LoggingConfig/LogGroup",
    description: () =>
      "The role writes to the log groups of the function's own name, and scripts/edge-logs.sh prepares those.",
    fix: "Remove logGroup.",
    severity: "warning",
  },
];

/** What it demands of a version besides. */
const versionDemands: readonly Demand[] = [
  {
    rule: "EdgeConcurrency",
    place: "ProvisionedConcurrencyConfig",
    description: () => "Lambda@Edge has no provisioned concurrency.",
    fix: "Remove provisionedConcurrentExecutions.",
  },
  { ...pinned, place: "RuntimePolicy/UpdateRuntimeOn" },
];

function checkDemands({ properties }: Resource, list: readonly Demand[], say: Say): void {
  for (const { rule, place, holds = isEmpty, description, fix, severity } of list) {
    const value = place.split("/").reduce<unknown>((within, name) => membersOf(within)[name], properties);
    if (!holds(value))
      say(
        rule,
        place,
        description(value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value)),
        fix,
        severity,
      );
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function checkRegion({ template }: Resource, say: Say): void {
  if (template.region === undefined || template.region === "us-east-1") return;
  say(
    "EdgeRegion",
    "FunctionName",
    `Lambda@Edge functions are made in us-east-1, this one in ${template.region}.`,
    "Put it into a stack with env: { region: 'us-east-1' }; distributions elsewhere refer to it with crossRegionReferences.",
  );
}

/** A container image has no runtime. */
function checkRuntime({ properties }: Resource, say: Say): void {
  if (properties["PackageType"] === "Image" || ["nodejs22.x", "nodejs24.x"].includes(String(properties["Runtime"])))
    return;
  say(
    "EdgeRuntime",
    "Runtime",
    `The bundle is built for node 24, and this runtime is ${String(properties["Runtime"])}.`,
    "Use Runtime.NODEJS_24_X and a ZIP bundle.",
  );
}

const services = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"];
const logActions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

function checkRole({ properties, template }: Resource, say: Say): void {
  const role = followReference(properties["Role"], template, "AWS::IAM::Role");
  if (role === undefined) {
    say(
      "EdgeRole",
      "Role",
      "What the function's role may do cannot be read here.",
      "Use the role that EdgeFunction makes; or make sure that it writes logs and nothing more, and acknowledge this.",
      "warning",
    );
    return;
  }
  const principals = statementsOf(role.properties["AssumeRolePolicyDocument"]).map(
    ({ Principal: principal }) => principal,
  );
  const trusted = principals.flatMap((principal) =>
    isRecord(principal)
      ? Object.entries(principal).flatMap(([kind, names]) =>
          listOf(names).map((name) => (kind === "Service" ? String(name) : "others")),
        )
      : ["others"],
  );
  if (!services.every((service) => trusted.includes(service))) {
    say(
      "EdgeTrust",
      "Role",
      "The role does not trust both lambda.amazonaws.com and edgelambda.amazonaws.com.",
      "Let both assume it.",
    );
  } else if (trusted.some((name) => !services.includes(name))) {
    say(
      "EdgeTrust",
      "Role",
      "Others than lambda.amazonaws.com and edgelambda.amazonaws.com may assume the role.",
      "Let these two assume it and nobody else.",
    );
  }
  const { RoleName: name } = role.properties;
  const isOfRole = (target: unknown): boolean =>
    followReference(target, template, "AWS::IAM::Role") === role || (typeof name === "string" && target === name);
  const documents = [
    ...listOf(role.properties["Policies"]).map((policy) => membersOf(policy)["PolicyDocument"]),
    ...template.resources
      .filter(
        ({ type, properties: policy }) =>
          policyTypes.includes(type) && [...listOf(policy["Roles"]), policy["RoleName"]].some(isOfRole),
      )
      .map((policy) => policy.properties["PolicyDocument"]),
  ];
  const actions = documents
    .flatMap(statementsOf)
    .filter((statement) => statement["Effect"] !== "Deny")
    .flatMap((statement) => [
      ...listOf(statement["Action"]),
      ...(statement["NotAction"] === undefined ? [] : ["NotAction"]),
    ]);
  const others = actions.filter((action) => !logActions.includes(String(action)));
  if (others.length > 0 || listOf(role.properties["ManagedPolicyArns"]).length > 0) {
    say(
      "EdgeRole",
      "Role",
      `The role may do more than write logs: ${others.join(", ") || "managed policies"}.`,
      "Leave it CreateLogGroup, CreateLogStream and PutLogEvents on the function's own log groups: the function calls nothing.",
    );
  }
}

const policyTypes = ["AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"];

function statementsOf(document: unknown): readonly Members[] {
  const { Statement: statements } = membersOf(document);
  return (Array.isArray(statements) ? listOf(statements) : [statements]).map(membersOf);
}

function checkBundle({ properties, template }: Resource, say: Say): void {
  const key = membersOf(properties["Code"])["S3Key"];
  const [hash] = /[0-9a-f]{64}/.exec(JSON.stringify(key ?? "")) ?? [];
  // The templates of a Stage lie in a folder of their own, beside the assets.
  const folders = [dirname(template.path), dirname(dirname(template.path))];
  const byteCount =
    hash === undefined
      ? undefined
      : folders.map((folder) => measure(join(folder, `asset.${hash}`))).find((size) => size !== undefined);
  const fix = "Upload the folder that the build writes, and nothing else.";
  if (byteCount === undefined) {
    say(
      "EdgeBundle",
      "Code",
      "The function's bundle is not among the assets of this app, so that nobody can tell what is in it.",
      fix,
      "warning",
    );
  } else if (byteCount > maxBundleBytes) {
    say(
      "EdgeBundle",
      "Code",
      `The bundle has ${byteCount} bytes compressed, over the quota of ${maxBundleBytes}.`,
      fix,
    );
  } else if (byteCount > usualBundleBytes) {
    say(
      "EdgeBundle",
      "Code",
      `The bundle has ${byteCount} bytes compressed. Every cold start loads them.`,
      fix,
      "warning",
    );
  }
}

/** Bytes of an asset once it is compressed: of a folder, or of an archive. */
function measure(asset: string): number | undefined {
  if (existsSync(`${asset}.zip`)) return statSync(`${asset}.zip`).size;
  if (!existsSync(asset)) return undefined;
  return readdirSync(asset, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + deflateRawSync(readFileSync(join(entry.parentPath, entry.name)), { level: 1 }).length,
      0,
    );
}
