/** Counts the tokens that a run of `rewrap` moved, left and failed to move, for each file and in total. */

import { isRecord } from "../../../core/config/config-value.ts";
import type { RewrappedText } from "../../../core/decrypt/rewrap-text.ts";
import type { ErrorCode } from "../../../core/errors.ts";

/** A token that could not be moved. `offset` is in bytes of the uncompressed document. */
export interface Failure {
  readonly offset: number;
  readonly code: string;
}

/** The counts of one document so far. */
export interface Tally {
  /** Direct tokens moved. */
  readonly direct: number;
  /** Sealed tokens moved. */
  readonly sealed: number;
  /** Tokens of other recipients, left unchanged, by recipient. */
  readonly left: Readonly<Record<string, number>>;
  /** Tokens that could not be moved, by code. */
  readonly failed: Readonly<Record<string, number>>;
  /** The first tokens that could not be moved, 1,000 at most. */
  readonly failures: readonly Failure[];
}

/** The tally before the first chunk. */
export const nothingDone: Tally = { direct: 0, sealed: 0, left: {}, failed: {}, failures: [] };

/** The most failures that a tally keeps. In a damaged document, every token may fail. */
const mostFailures = 1_000;

/** Adds the counts of a text that begins at byte `start` of the document. */
export function addMoved(
  tally: Tally,
  { direct, sealed, left, failed }: Omit<RewrappedText, "body">,
  start: number,
): Tally {
  const failures = failed.map(({ offset, code }) => ({ offset: offset + start, code }));
  return {
    direct: tally.direct + direct,
    sealed: tally.sealed + sealed,
    left: addCounts(tally.left, Object.fromEntries(left)),
    failed: failed.reduce<Readonly<Record<string, number>>>(
      (counts, { code }) => addCounts(counts, { [code]: 1 }),
      tally.failed,
    ),
    failures: [...tally.failures, ...failures].slice(0, mostFailures),
  };
}

/** Adds the token at which the run stopped. */
export function addFailure(tally: Tally, code: ErrorCode, offset: number): Tally {
  return addMoved(tally, { direct: 0, sealed: 0, left: new Map(), failed: [{ code, offset }] }, 0);
}

/** Adds up tallies, without the offsets of failures. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, { direct, sealed, left, failed }) => ({
      direct: sum.direct + direct,
      sealed: sum.sealed + sealed,
      left: addCounts(sum.left, left),
      failed: addCounts(sum.failed, failed),
      failures: [],
    }),
    nothingDone,
  );
}

/** The number of tokens that could not be moved. */
export function countFailed({ failed }: Tally): number {
  return Object.values(failed).reduce((sum, count) => sum + count, 0);
}

/** Parses a tally that an earlier run wrote; gives `undefined` for anything else. */
export function parseTally(value: unknown): Tally | undefined {
  if (!isRecord(value)) return undefined;
  const { direct, sealed, left, failed, failures } = value;
  if (
    typeof direct !== "number" ||
    typeof sealed !== "number" ||
    !isCounts(left) ||
    !isCounts(failed) ||
    !Array.isArray(failures)
  )
    return undefined;
  return failures.every(isFailure) ? { direct, sealed, left, failed, failures } : undefined;
}

/** A tally as one line: tokens moved, left by recipient, and failed by code. */
export function formatTally(
  tally: Tally,
  { from, to, kmsCalls }: { readonly from: string; readonly to: string; readonly kmsCalls: number },
): string {
  const list = (counts: Readonly<Record<string, number>>, of: string): string =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${of}${name}`)
      .join(", ") || "0";
  const moved = `${tally.direct} direct and ${tally.sealed} sealed token(s) moved`;
  return [
    `${moved} from ${from} to ${to} with ${kmsCalls} call(s) to KMS`,
    `left: ${list(tally.left, "of ")}`,
    `failed: ${list(tally.failed, "")}`,
  ].join("; ");
}

function addCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum = new Map(Object.entries(a));
  for (const [name, count] of Object.entries(b)) sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum);
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return isRecord(value) && Object.values(value).every((count) => typeof count === "number");
}

function isFailure(value: unknown): value is Failure {
  return isRecord(value) && typeof value["offset"] === "number" && typeof value["code"] === "string";
}
