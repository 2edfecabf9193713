/**
 * The names of all settings of a policy, and the bounds of its limits. The check reads them; the schema describes them.
 */
import type { Limits } from "../policy/policy.ts";

/** Names of the settings of a policy. */
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

/** Names of the settings of a recipient. */
export const recipientSettings = ["id", "keyArn", "publicKeyFile", "prefix", "suffix"] as const;

/** Names of the settings of a rule. */
export const ruleSettings = [
  ...(["name", "mode", "path", "methods", "recipient", "token", "label", "contentKey", "tokens", "dialect"] as const),
  ...(["body", "fields", "xml", "detect", "detectIn", "exempt", "query", "headers", "cookies", "segments"] as const),
  ...(["format", "unreadable"] as const),
] as const;

/** Names of the settings of `limits`. */
export const limitSettings = ["depth", "fields", "work", "decoded"] as const satisfies readonly (keyof Limits)[];

/** Names of the settings of `cors`. */
export const corsSettings = ["origins"] as const;

/** The limits of a policy that sets none. Depth in levels, decoded in bytes. */
export const defaultLimits: Limits = { depth: 1_000, fields: 5_000, work: 10_000_000, decoded: 5_000_000 };

/** The highest limits that a policy may set. Recursive JSON parsers cannot read deeper bodies. */
export const highestLimits: Limits = { depth: 4_000, fields: 100_000, work: 1_000_000_000, decoded: 100_000_000 };

/** All methods that CloudFront accepts ("Cache behavior settings: allowed HTTP methods"). */
export const cloudFrontMethods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"] as const;

/** The methods whose bodies CloudFront passes on ("Request and response behavior for custom origins"). */
export const bodyMethods: readonly string[] = ["PUT", "POST", "PATCH", "DELETE"];
