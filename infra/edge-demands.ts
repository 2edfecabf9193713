/**
 * What Lambda\@Edge demands of a function and of its version (CloudFront Developer Guide, "Restrictions on
 * Lambda\@Edge"), as a table.
 */
import { listOf } from "./deployment.ts";

/** A demand on one property of a resource. */
export interface EdgeDemand {
  readonly rule: string;
  /** The path of the property: `Environment/Variables`. */
  readonly place: string;
  /** Whether a value meets the demand; without it, the property must be absent or empty. */
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
const pinned: Omit<EdgeDemand, "place"> = {
  rule: "EdgeRuntimeManagement",
  holds: only("Auto"),
  description: (value) => `Lambda@Edge takes runtimes that AWS updates by itself (Auto), not ${value}.`,
  fix: "Remove runtimeManagementMode.",
};

/** What Lambda\@Edge demands of a function. */
export const functionDemands: readonly EdgeDemand[] = [
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

/** What Lambda\@Edge demands of a version. */
export const versionDemands: readonly EdgeDemand[] = [
  {
    rule: "EdgeConcurrency",
    place: "ProvisionedConcurrencyConfig",
    description: () => "Lambda@Edge has no provisioned concurrency.",
    fix: "Remove provisionedConcurrentExecutions.",
  },
  { ...pinned, place: "RuntimePolicy/UpdateRuntimeOn" },
];
