/** The entry of the edge bundle: the handler for the embedded policy, with the modules that the policy needs. */
import { type CompiledPolicy, loadPolicy, type PolicyModules } from "../core/policy/policy.ts";
import { createHandler } from "./handler.ts";
import type { Report } from "./report.ts";

/** The handler that a bundle exports. It logs to standard output. Throws the errors of `loadPolicy`. */
export function startEdge(
  policy: CompiledPolicy,
  modules: PolicyModules,
  reports: readonly Report[] = [],
): ReturnType<typeof createHandler> {
  // Not with `console`: Lambda puts time and request id before its lines, and metric filters read JSON lines only.
  return createHandler(loadPolicy(policy, modules), (line) => process.stdout.write(`${line}\n`), reports);
}
