/**
 * The audit line of a call: who opened how many tokens of which recipients, by which calls to KMS. It holds no value.
 */
import { type DecryptedText } from "../core/decrypt/decrypt-texts.ts";
import { isGiven, type TokenOutcome } from "../core/decrypt/token-outcome.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { KmsUsage } from "./kms-sender.ts";

/** Collects what an invocation did, and writes it as one line. */
export interface Audit {
  readonly addResults: (results: readonly (DecryptedText | FieldsealError)[]) => void;
  /** Adds outcomes of tokens that no result lists: tokens of texts that failed, and tokens that moved. */
  readonly addOutcomes: (outcomes: readonly TokenOutcome[]) => void;
  /** Adds the code of a failure that did not end the call. */
  readonly addFailure: (code: ErrorCode) => void;
  /** Counts the tokens of an added result as `discarded`, since the caller does not get it. */
  readonly withdraw: (result: DecryptedText | FieldsealError) => void;
  /** Settles what was added since the last time. Where the caller does not get it, opened tokens are `discarded`. */
  readonly settle: (given: boolean) => void;
  /** Adds why the caller wants the values. */
  readonly addPurpose: (purpose: string) => void;
  /** One line of JSON, without a line break. */
  readonly formatLine: (facts: AuditFacts) => string;
}

/** What the handler knows of a call when it ends. */
export interface AuditFacts {
  /** `undefined` where the configuration names none. */
  readonly reader: string | undefined;
  readonly requestId: string | undefined;
  readonly caller: string | undefined;
  readonly failure: FieldsealError | undefined;
  readonly kms: KmsUsage | undefined;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly durationMs: number;
}

/** The most fingerprints that a line lists: CloudWatch Logs cuts off lines at 256 KB. */
export const maxFingerprints = 2_000;

/** Tokens by recipient and outcome. */
type Tally = Map<string, Map<TokenOutcome["outcome"], number>>;

/**
 * An empty audit. In its line, `recipients` counts tokens by recipient and outcome. `fingerprints` are the first 16
 * hexadecimal digits of the SHA-256 of each token that was opened, or should have been. `kmsRequestIds` join the line
 * with CloudTrail's events. `code` names what failed: the call, or a part of a call that went on.
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
        // Only of the configuration, which the operator must mend. A reason could quote a request otherwise.
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

/** A failure that an operator must mend goes before one of a token or a text. */
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

/** Tokens of all recipients together: `found` is the sum of the others. */
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
