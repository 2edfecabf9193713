/** What a check at synth says of a deployment: what is wrong, where, and how to fix it. */
import type { Resource } from "./deployment.ts";

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
