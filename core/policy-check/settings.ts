/**
 * The names of all settings of a policy and the bounds of its limits: what the check reads and the schema describes.
 */
import type { Limits } from "../policy/policy.ts";

/** Settings of a policy. */
export const policySettings = [
  "$schema",
  "version",
  "otherwise",
  "recipients",
  "patterns",
  "rules",
  "limits",
  "cors",
] as const;

/** Settings of a recipient. */
export const recipientSettings = ["id", "keyArn", "publicKeyFile", "prefix", "suffix"] as const;

/** Settings of a rule. */
export const ruleSettings = [
  ...(["name", "mode", "path", "methods", "recipient", "token", "label", "contentKey", "tokens", "dialect"] as const),
  ...(["body", "fields", "xml", "detect", "detectIn", "exempt", "query", "headers", "cookies", "segments"] as const),
  ...(["format", "unreadable"] as const),
] as const;

/** Settings of `limits`. */
export const limitSettings = ["depth", "fields", "work", "decoded"] as const satisfies readonly (keyof Limits)[];

/** Settings of `cors`. */
export const corsSettings = ["origins"] as const;

/** What holds where a policy sets no limit. */
export const defaultLimits: Limits = { depth: 1_000, fields: 5_000, work: 10_000_000, decoded: 5_000_000 };

/** Deeper bodies are refused whatever the policy says: readers of JSON that recurse cannot take them. */
export const highestLimits: Limits = { depth: 4_000, fields: 100_000, work: 1_000_000_000, decoded: 100_000_000 };

/** All that CloudFront takes ("Cache behavior settings: allowed HTTP methods"). */
export const cloudFrontMethods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"] as const;

/** Those whose bodies an edge function is shown ("Request and response behavior for custom origins"). */
export const bodyMethods: readonly string[] = ["PUT", "POST", "PATCH", "DELETE"];
