/** What a check at synth says of a deployment: what is wrong, where, and how to fix it. */
import type { Resource } from "./deployment.ts";

/** Rules whose warnings can be acknowledged, as `Fieldseal::NAME`. Their errors, where they have any, cannot be. */
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

/** One mistake of a deployment, or one doubt about it. */
export interface DeploymentFinding {
  /** A stable name, by which a warning is acknowledged. */
  readonly rule: string;
  /** An error stops synth; a warning is shown until it is acknowledged with a reason. */
  readonly severity: "error" | "warning";
  readonly resource: Resource;
  /** Where in the resource's template: `Properties/…`. */
  readonly place: string;
  readonly description: string;
  readonly fix: string;
}

/** Adds a finding about one resource, at a place in it. The severity is `error` where none is given. */
export type AddFinding = (
  rule: string,
  place: string,
  description: string,
  fix: string,
  severity?: DeploymentFinding["severity"],
) => void;
