/** What a check at synth says of a deployment: what is wrong, where, and how to fix it. */
import type { Resource } from "./deployment.ts";

/** What can be acknowledged, as `Fieldseal::NAME`. Some of these rules have errors too, which cannot. */
export const warningRules = [
  "BehaviourCaching",
  "BehaviourForwarding",
  "BehaviourSameOrigin",
  "DistributionUnprotected",
  "EdgeBundle",
  "EdgeLogging",
  "EdgeMemory",
  "EdgeReservedConcurrency",
  "EdgeRole",
  "MinimumTls",
  "OriginNotPrivate",
] as const;

export interface DeploymentFinding {
  /** Stable, and the name by which a warning is acknowledged. */
  readonly rule: string;
  /** An error stops synth; a warning is shown until it is acknowledged with a reason. */
  readonly severity: "error" | "warning";
  readonly resource: Resource;
  readonly place: string;
  readonly description: string;
  readonly fix: string;
}
