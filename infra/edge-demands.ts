/** Demands of Lambda\@Edge on a function (CloudFront Developer Guide, "Restrictions on Lambda\@Edge"), as tables. */
import { listOf, numberOf } from "./deployment.ts";

/** A demand on one property of a resource. */
export interface EdgeDemand {
  readonly rule: string;
  /** The path of the property: `Environment/Variables`. */
  readonly place: string;
  /** True if a value meets the demand. Without it, the property must be absent or empty. */
  readonly holds?: (value: unknown) => boolean;
  /** Describes a mistake. `value` is the property as a text, or `nothing`. */
  readonly description: (value: string) => string;
  readonly fix: string;
  readonly severity?: "warning";
}

const number = (value: unknown, byDefault: number): number => (value === undefined ? byDefault : numberOf(value));
const only =
  (...allowed: readonly unknown[]) =>
  (value: unknown): boolean =>
    listOf(value).every((each) => allowed.includes(each));
const pinned: Omit<EdgeDemand, "place"> = {
  rule: "EdgeRuntimeManagement",
  holds: only("Auto"),
  description: (value) => `Lambda@Edge needs automatic runtime updates (Auto), not ${value}.`,
  fix: "Remove runtimeManagementMode.",
};

/** The demands on a function. */
export const functionDemands: readonly EdgeDemand[] = [
  {
    rule: "EdgeRuntime",
    place: "PackageType",
    holds: only("Zip"),
    description: (value) => `Lambda@Edge does not run container images (${value}).`,
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
    description: () => "Lambda@Edge does not support environment variables.",
    fix: "Remove them: the bundle holds the policy and the public keys.",
  },
  {
    rule: "EdgeLayers",
    place: "Layers",
    description: () => "Lambda@Edge does not support layers, such as Lambda Insights and other extensions.",
    fix: "Remove them.",
  },
  {
    rule: "EdgeVpc",
    place: "VpcConfig",
    description: () => "Lambda@Edge does not run in a VPC.",
    fix: "Remove vpc and security groups: the function calls nothing.",
  },
  {
    rule: "EdgeFileSystem",
    place: "FileSystemConfigs",
    description: () => "Lambda@Edge does not mount file systems.",
    fix: "Remove filesystem: the function reads only its bundle.",
  },
  {
    rule: "EdgeTimeout",
    place: "Timeout",
    holds: (value) => !(number(value, 3) > 30),
    description: (value) => `The timeout is ${value} s; Lambda@Edge allows at most 30 s.`,
    fix: "Use Duration.seconds(30) or less.",
  },
  {
    rule: "EdgeMemory",
    place: "MemorySize",
    holds: (value) => !(number(value, 128) < 1_769),
    description: (value) =>
      `${value === "nothing" ? "128" : value} MB give less than one vCPU, so that RSA takes longer.`,
    fix: "Use 1769 MB. It costs about the same, since the time shrinks as the memory grows.",
    severity: "warning",
  },
  {
    rule: "EdgeMemory",
    place: "MemorySize",
    holds: (value) => !(number(value, 128) < 128 || number(value, 128) > 10_240),
    description: (value) => `The memory is ${value} MB; Lambda allows 128 to 10,240 MB.`,
    fix: "Use 1769 MB.",
  },
  {
    rule: "EdgeDeadLetters",
    place: "DeadLetterConfig",
    description: () => "Lambda@Edge does not support dead letter queues.",
    fix: "Remove it.",
  },
  {
    rule: "EdgeTracing",
    place: "TracingConfig/Mode",
    holds: only("PassThrough"),
    description: () => "Lambda@Edge does not support X-Ray.",
    fix: "Remove tracing.",
  },
  {
    rule: "EdgeStorage",
    place: "EphemeralStorage/Size",
    holds: (value) => !(number(value, 512) > 512),
    description: () => "Lambda@Edge has at most 512 MB of /tmp.",
    fix: "Remove ephemeralStorageSize.",
  },
  {
    rule: "EdgeEncryption",
    place: "KmsKeyArn",
    description: () => "Lambda@Edge does not support customer managed keys for environment variables.",
    fix: "Remove it: the bundle holds no secret.",
  },
  {
    rule: "EdgeEncryption",
    place: "Code/SourceKMSKeyArn",
    description: () => "Lambda@Edge does not support bundles under a customer managed key.",
    fix: "Remove it: the bundle holds no secret.",
  },
  {
    rule: "EdgeSnapshots",
    place: "SnapStart/ApplyOn",
    holds: only("None"),
    description: () => "Lambda@Edge does not support snapshots (SnapStart).",
    fix: "Remove snapStart.",
  },
  {
    rule: "EdgeConcurrency",
    place: "ReservedConcurrentExecutions",
    holds: (value) => number(value, 1) !== 0,
    description: () => "A reserved concurrency of 0 turns the function off: every request gets 503.",
    fix: "Remove reservedConcurrentExecutions.",
  },
  {
    rule: "EdgeReservedConcurrency",
    place: "ReservedConcurrentExecutions",
    holds: (value) => number(value, 0) === 0,
    description: (value) =>
      `A reserved concurrency of ${value} counts in us-east-1 only: replicas in other Regions share their own quota.`,
    fix: "Remove reservedConcurrentExecutions, and raise the quota in each Region.",
    severity: "warning",
  },
  {
    rule: "EdgeHandler",
    place: "Handler",
    holds: only("index.handler"),
    description: (value) =>
      `The function runs ${value}, but the bundle exports index.handler: every request would get 503.`,
    fix: "Use the handler index.handler.",
  },
  { ...pinned, place: "RuntimeManagementConfig/UpdateRuntimeOn" },
  {
    rule: "EdgeLogging",
    place: "LoggingConfig/LogFormat",
    holds: only("Text"),
    description: (value) =>
      `The log format ${value} wraps the function's lines, so that metric filters and alarms cannot read them.`,
    fix: "Use LoggingFormat.TEXT.",
    severity: "warning",
  },
  {
    rule: "EdgeLogging",
    place: "LoggingConfig/LogGroup",
    description: () =>
      "The function has a log group of its own choice, but its role can only write to the groups named after it, " +
      "which scripts/edge-logs.sh prepares.",
    fix: "Remove logGroup.",
    severity: "warning",
  },
];

/** The demands on a version. */
export const versionDemands: readonly EdgeDemand[] = [
  {
    rule: "EdgeConcurrency",
    place: "ProvisionedConcurrencyConfig",
    description: () => "Lambda@Edge does not support provisioned concurrency.",
    fix: "Remove provisionedConcurrentExecutions.",
  },
  { ...pinned, place: "RuntimePolicy/UpdateRuntimeOn" },
];
