/** The findings of the checks at synth: what is wrong, where, and how to fix it. */
import type { Resource } from "./deployment.ts";

/** Rules whose warnings can be acknowledged, as `Fieldseal::NAME`. Errors of the same rules cannot. */
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

/** One mistake of a deployment, or one possible mistake. */
export interface DeploymentFinding {
  /** A stable name, for acknowledging a warning. */
  readonly rule: string;
  /** An error stops synth. A warning appears until somebody acknowledges it with a reason. */
  readonly severity: "error" | "warning";
  readonly resource: Resource;
  /** The place in the resource: `Properties/…`. */
  readonly place: string;
  readonly description: string;
  readonly fix: string;
}

/** Adds a finding at a place of one resource. The severity is `error` by default. */
export type AddFinding = (
  rule: string,
  place: string,
  description: string,
  fix: string,
  severity?: DeploymentFinding["severity"],
) => void;
