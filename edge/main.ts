/** What CloudFront calls: the handler for the policy and the public keys that the build embeds. */
import { parsePolicy } from "../core/policy.ts";
import type { Dialect } from "../core/selector/dialect.ts";
import { createHandler } from "./handler.ts";

/** What the build embeds: the policy file as it is, and the public keys that it names, by recipient. */
export interface Embedded {
  readonly policy: unknown;
  readonly publicKeys: Readonly<Record<string, string>>;
}

export function startEdge({ policy, publicKeys }: Embedded, dialects: readonly Dialect[]): ReturnType<typeof createHandler> {
  return createHandler(parsePolicy(policy, new Map(Object.entries(publicKeys)), dialects), (line) => console.log(line));
}
