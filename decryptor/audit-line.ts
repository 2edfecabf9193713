/** The audit line of a call: who opened how many tokens of which recipients, by which KMS calls. It holds no value. */
import type { DecryptedText } from "../core/decrypt/decrypt-texts.ts";
import { isGiven, type TokenOutcome } from "../core/decrypt/token-outcome.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { KmsUsage } from "./kms-sender.ts";

/** Collects the facts of one invocation, and writes them as one line. */
export interface Audit {
  readonly addResults: (results: readonly (DecryptedText | FieldsealError)[]) => void;
  /** Adds outcomes that no result lists: those of tokens in failed texts, and of tokens that moved. */
  readonly addOutcomes: (outcomes: readonly TokenOutcome[]) => void;
  /** Adds the code of a failure that did not end the call. */
  readonly addFailure: (code: ErrorCode) => void;
  /** Counts the tokens of an added result as `discarded`: the caller does not get it. */
  readonly withdraw: (result: DecryptedText | FieldsealError) => void;
  /** Settles everything added since the last call. Opened tokens count as `discarded` unless the caller gets them. */
  readonly settle: (given: boolean) => void;
  /** Adds the purpose that the caller states. */
  readonly addPurpose: (purpose: string) => void;
  /** One line of JSON, without a line break. */
  readonly formatLine: (facts: AuditFacts) => string;
}

/** Facts that the handler knows when a call ends. */
export interface AuditFacts {
  /** `undefined` if the reader is not configured. */
  readonly reader: string | undefined;
  readonly requestId: string | undefined;
  readonly caller: string | undefined;
  readonly failure: FieldsealError | undefined;
  readonly kms: KmsUsage | undefined;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly durationMs: number;
}

/** The most fingerprints in a line: CloudWatch Logs cuts lines off at 256 KB. */
export const maxFingerprints = 2_000;

/** Tokens by recipient and outcome. */
type Tally = Map<string, Map<TokenOutcome["outcome"], number>>;

/**
 * An empty audit. Its line counts tokens by recipient and outcome in `recipients`. `fingerprints` lists the first 16
 * hexadecimal digits of the SHA-256 of each token that was opened or should have been. `kmsRequestIds` join the line
 * with CloudTrail's events. `code` names the failure: of the call, or of a part if the call went on.
 */
export function createAudit(): Audit {
  const texts = { texts: 0, failedTexts: 0 };
  const codes = new Map<ErrorCode, number>();
  const failures = new Set<ErrorCode>();
  const settled: Tally = new Map();
  const pending: Tally = new Map();
  const fingerprints = new Set<string>();
  let leftOut = 0;
  let purpose: string | undefined;
  const addOutcomes = (outcomes: readonly TokenOutcome[]): void => {
    for (const { recipient, outcome, fingerprint } of outcomes) {
      count(pending, recipient, outcome, 1);
      if (outcome === "withheld" || fingerprint === "" || fingerprints.has(fingerprint)) continue;
      if (fingerprints.size < maxFingerprints) fingerprints.add(fingerprint);
      else leftOut++;
    }
  };
  return {
    addOutcomes,
    addPurpose: (given) => void (purpose = given),
    addFailure: (code) => void failures.add(code),
    addResults: (results) => {
      for (const result of results) {
        texts.texts++;
        if (result instanceof FieldsealError) {
          texts.failedTexts++;
          codes.set(result.code, (codes.get(result.code) ?? 0) + 1);
          failures.add(result.code);
        } else {
          addOutcomes(result.tokens);
          for (const { code } of result.failed) failures.add(code);
        }
      }
    },
    withdraw: (result) => {
      if (result instanceof FieldsealError) return;
      for (const { recipient, outcome } of result.tokens) {
        if (!isGiven(outcome)) continue;
        count(pending, recipient, outcome, -1);
        count(pending, recipient, "discarded", 1);
      }
    },
    settle: (given) => {
      for (const [recipient, outcomes] of pending) {
        for (const [outcome, number] of outcomes)
          count(settled, recipient, given || !isGiven(outcome) ? outcome : "discarded", number);
      }
      pending.clear();
    },
    formatLine: ({ reader, requestId, caller, failure, kms, startedMs, durationMs }) =>
      JSON.stringify({
        audit: "fieldseal",
        time: new Date(startedMs).toISOString(),
        reader,
        requestId,
        caller,
        purpose,
        code: failure?.code ?? gravest(failures),
        // Only reasons about the configuration, which the operator must mend. Others could quote a request.
        ...(failure?.code === "reader_invalid" || failure?.code === "recipient_invalid"
          ? { reason: failure.message }
          : {}),
        ...texts,
        ...sum(settled),
        ...(codes.size === 0 ? {} : { failedTextsByCode: Object.fromEntries(codes) }),
        recipients: Object.fromEntries([...settled].map(([id, outcomes]) => [id, Object.fromEntries(outcomes)])),
        kmsCalls: kms?.calls ?? 0,
        cachedKeys: kms?.cached ?? 0,
        kmsRequestIds: kms?.requestIds ?? [],
        fingerprints: [...fingerprints],
        fingerprintsLeftOut: leftOut,
        durationMs,
      }),
  };
}

/** A failure that an operator must mend, before one of a token or a text. */
function gravest(codes: ReadonlySet<ErrorCode>): ErrorCode | undefined {
  const [first] = codes;
  return [...codes].find((code) => code.startsWith("kms_") || code === "internal_error") ?? first;
}

function count(tally: Tally, recipient: string, outcome: TokenOutcome["outcome"], number: number): void {
  const own = tally.get(recipient) ?? new Map<TokenOutcome["outcome"], number>();
  tally.set(recipient, own);
  const total = (own.get(outcome) ?? 0) + number;
  if (total === 0) own.delete(outcome);
  else own.set(outcome, total);
}

/** Counts of tokens, all recipients together. `found` is the sum of the others. */
function sum(
  tally: Tally,
): Readonly<Record<"found" | "opened" | "withheld" | "discarded" | "rewrapped" | "failed", number>> {
  const total = { found: 0, opened: 0, withheld: 0, discarded: 0, rewrapped: 0, failed: 0 };
  for (const outcomes of tally.values()) {
    for (const [outcome, number] of outcomes) {
      total.found += number;
      if (isGiven(outcome)) total.opened += number;
      else if (outcome === "withheld" || outcome === "discarded" || outcome === "rewrapped") total[outcome] += number;
      else total.failed += number;
    }
  }
  return total;
}
