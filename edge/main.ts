/** What CloudFront calls: the handler for the policy that the build embeds, with the modules that it asks for. */
import { type CompiledPolicy, loadPolicy, type PolicyModules } from "../core/policy/policy.ts";
import { createHandler } from "./handler.ts";
import type { Report } from "./report.ts";

/** The handler that a bundle exports; it writes its log lines to standard output. Throws what `loadPolicy` throws. */
export function startEdge(
  policy: CompiledPolicy,
  modules: PolicyModules,
  reports: readonly Report[] = [],
): ReturnType<typeof createHandler> {
  // Not by `console`, before whose lines Lambda puts time and request id: metric filters read lines of JSON only.
  return createHandler(loadPolicy(policy, modules), (line) => process.stdout.write(`${line}\n`), reports);
}
