/** The audit line of a call: who opened how much of whose, by which calls to KMS. Never a value and never a token. */
import { FieldsealError } from "../core/errors.ts";
import type { Result } from "./callers/caller.ts";
import type { KmsUsage } from "./kms.ts";

export interface AuditFacts {
  readonly reader: string;
  readonly requestId: string | undefined;
  readonly caller: string | undefined;
  readonly purpose: string | undefined;
  readonly results?: readonly Result[];
  readonly failure?: FieldsealError;
  readonly kms: KmsUsage;
  readonly durationMs: number;
}

/** More would make lines that logs cut off. */
const mostListed = 100;

/**
 * One line of JSON. `recipients` counts tokens by recipient and outcome, `fingerprints` are the first 16 hexadecimal
 * digits of the SHA-256 of tokens, `kmsRequestIds` join the line with CloudTrail's.
 */
export function formatLine({ reader, requestId, caller, purpose, results = [], failure, kms, durationMs }: AuditFacts): string {
  const done = results.flatMap((result) => (result instanceof FieldsealError ? [] : [result]));
  const tokens = done.flatMap((result) => result.tokens);
  const recipients: Record<string, Record<string, number>> = {};
  for (const { recipient, outcome } of tokens) {
    const counts = (recipients[recipient] ??= {});
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  const fingerprints = [...new Set(tokens.flatMap(({ outcome, fingerprint }) => (outcome === "opened" ? [fingerprint] : [])))];
  return JSON.stringify({
    audit: "fieldseal",
    reader,
    requestId,
    caller,
    purpose,
    ...(failure === undefined ? {} : { code: failure.code }),
    texts: results.length,
    failedTexts: results.length - done.length,
    found: done.reduce((sum, { found }) => sum + found, 0),
    opened: done.reduce((sum, { opened }) => sum + opened, 0),
    withheld: done.reduce((sum, { withheld }) => sum + withheld.length, 0),
    failed: done.reduce((sum, { failed }) => sum + failed.length, 0),
    recipients,
    kmsCalls: kms.calls,
    cachedKeys: kms.cached,
    kmsRequestIds: kms.requestIds.slice(0, mostListed),
    fingerprints: fingerprints.slice(0, mostListed),
    fingerprintsLeftOut: Math.max(0, fingerprints.length - mostListed),
    durationMs,
  });
}
