/** The audit line of a call: who opened how much of whose, by which calls to KMS. Never a value and never a token. */
import type { TokenOutcome } from "../core/decryption.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { Result } from "./callers/caller.ts";
import type { KmsUsage } from "./kms.ts";

/** What an invocation did so far. */
export interface Audit {
  readonly addResults: (results: readonly Result[]) => void;
  /** What became of the tokens of texts that failed. */
  readonly addOutcomes: (outcomes: readonly TokenOutcome[]) => void;
  readonly addPurpose: (purpose: string) => void;
  readonly formatLine: (facts: AuditFacts) => string;
}

export interface AuditFacts {
  readonly reader: string;
  readonly requestId: string | undefined;
  readonly caller: string | undefined;
  readonly failure?: FieldsealError;
  readonly kms: KmsUsage;
  readonly durationMs: number;
}

/** More would make lines that CloudWatch Logs cuts off at 256 KB. */
export const mostListed = 2_000;

/**
 * `formatLine` gives one line of JSON. `recipients` counts tokens by recipient and outcome, `fingerprints` are the first 16
 * hexadecimal digits of the SHA-256 of each token that was opened, or was to be, in its one spelling, and `kmsRequestIds` join
 * the line with CloudTrail's.
 */
export function createAudit(): Audit {
  const counts = { texts: 0, failedTexts: 0, found: 0, opened: 0, withheld: 0, failed: 0 };
  const recipients = new Map<string, Map<string, number>>();
  const codes = new Map<ErrorCode, number>();
  const fingerprints = new Set<string>();
  let leftOut = 0;
  let purpose: string | undefined;
  const addOutcomes = (outcomes: readonly TokenOutcome[]): void => {
    for (const { recipient, outcome, fingerprint } of outcomes) {
      const own = recipients.get(recipient) ?? new Map<string, number>();
      own.set(outcome, (own.get(outcome) ?? 0) + 1);
      recipients.set(recipient, own);
      if (outcome === "withheld" || fingerprint === "" || fingerprints.has(fingerprint)) continue;
      if (fingerprints.size < mostListed) fingerprints.add(fingerprint);
      else leftOut++;
    }
  };
  return {
    addOutcomes,
    addPurpose: (given) => void (purpose = given),
    addResults: (results) => {
      for (const result of results) {
        counts.texts++;
        if (result instanceof FieldsealError) {
          counts.failedTexts++;
          codes.set(result.code, (codes.get(result.code) ?? 0) + 1);
          continue;
        }
        counts.found += result.found;
        counts.opened += result.opened;
        counts.withheld += result.withheld.length;
        counts.failed += result.failed.length;
        addOutcomes(result.tokens);
      }
    },
    formatLine: ({ reader, requestId, caller, failure, kms, durationMs }) =>
      JSON.stringify({
        audit: "fieldseal",
        reader,
        requestId,
        caller,
        purpose,
        ...(failure === undefined ? {} : { code: failure.code }),
        ...counts,
        ...(codes.size === 0 ? {} : { failedTextsByCode: Object.fromEntries(codes) }),
        recipients: Object.fromEntries([...recipients].map(([id, outcomes]) => [id, Object.fromEntries(outcomes)])),
        kmsCalls: kms.calls,
        cachedKeys: kms.cached,
        kmsRequestIds: kms.requestIds,
        fingerprints: [...fingerprints],
        fingerprintsLeftOut: leftOut,
        durationMs,
      }),
  };
}
