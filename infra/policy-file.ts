/** Reads a policy file and the public keys that it names, and checks both before a build. */
import { basename, dirname, resolve } from "node:path";
import { ConfigValue, isRecord } from "../core/config/config-value.ts";
import { formatIssue, type Issue } from "../core/config/issue.ts";
import { FieldsealError } from "../core/errors.ts";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { checkPolicy } from "../core/policy-check/check-policy.ts";
import { type LocatedIssue, readPolicySource, readText } from "./policy-source.ts";
import { requireRsaPublicKey } from "./public-key.ts";

/** The result of checking a policy file. */
export interface PolicyFileCheck {
  /** The compiled policy; `undefined` if the issues hold errors. */
  readonly policy: CompiledPolicy | undefined;
  /** Errors and warnings, in the order of the file. */
  readonly issues: readonly LocatedIssue[];
}

/**
 * The compiled policy of a file. Throws `policy_invalid` or `recipient_invalid` with the place, line, column and reason
 * of the first mistake, followed by all others. `warn` gets a line for each warning.
 */
export function readPolicyFile(file: string, warn: (warning: string) => void = () => undefined): CompiledPolicy {
  const { policy, issues } = checkPolicyFile(file);
  const format = (issue: LocatedIssue): string => formatLocatedIssue(file, issue);
  const [first, ...others] = issues.filter(({ severity }) => severity === "error");
  if (first !== undefined || policy === undefined) {
    const { code = "policy_invalid", place = "$", line = 1, column = 1, reason = "" } = first ?? {};
    throw new FieldsealError(code, {
      place,
      reason: [`${basename(file)}:${line}:${column}: ${reason}`, ...others.map(format)].join("\n"),
    });
  }
  for (const issue of issues) warn(format(issue));
  return policy;
}

/** All errors and warnings about a policy file. Throws `policy_invalid` for a file that cannot be read. */
export function checkPolicyFile(file: string): PolicyFileCheck {
  const source = readPolicySource(readText(file, "policy_invalid"));
  if (source.value === undefined) return { policy: undefined, issues: source.issues.map(source.locate) };
  const keyIssues: Issue[] = [];
  const publicKeys = readPublicKeys(source.value, dirname(resolve(file)), keyIssues);
  const { policy, issues } = checkPolicy(source.value, publicKeys, [...source.issues, ...keyIssues]);
  const located = issues.map(source.locate);
  return { policy, issues: located.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** One line in the form that editors and CI systems read: `policy.json:12:5: error at $.rules[0]: …`. */
export function formatLocatedIssue(file: string, issue: LocatedIssue): string {
  return `${basename(file)}:${issue.line}:${issue.column}: ${issue.severity} ${formatIssue(issue)}`;
}

/** The public keys by the ids of recipients. Skips entries that `checkPolicy` refuses anyway. */
function readPublicKeys(source: unknown, folder: string, issues: Issue[]): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const recipients = isRecord(source) && Array.isArray(source["recipients"]) ? source["recipients"] : [];
  recipients.forEach((item: unknown, index) => {
    const { id, publicKeyFile } = isRecord(item) ? item : {};
    if (typeof id !== "string" || typeof publicKeyFile !== "string" || publicKeyFile === "") return;
    const place = new ConfigValue(publicKeyFile, `$.recipients[${index}].publicKeyFile`, "policy_invalid", issues);
    place.attempt(() => {
      const pem = readText(resolve(folder, publicKeyFile), "policy_invalid");
      requireRsaPublicKey(pem, place);
      if (!keys.has(id)) keys.set(id, pem);
    });
  });
  return keys;
}
