/** Makes many calls to KMS for one document, which may take as long as their pace needs while KMS answers. */
import { FieldsealError } from "../../../core/errors.ts";

type Bytes = Uint8Array | FieldsealError;

/** How long one part of the calls may take while KMS throttles or cannot be reached. */
const patienceMs = 300_000;

/** Seconds of calls in a part. At a tenth of the pace, the slowest under throttling, a part still ends in time. */
const partSeconds = 20;

/**
 * The result of `work` for each item, in order. It calls `work` for one part of the items at a time, each with a time
 * limit of its own. After a failure other than `token_invalid`, which every later item would meet, it gives that
 * failure for all later items without another call.
 */
export async function workPatiently<T>(
  items: readonly T[],
  callsPerSecond: number,
  work: (part: readonly T[], remainingMs: () => number) => Promise<readonly Bytes[]>,
): Promise<readonly Bytes[]> {
  const results: Bytes[] = [];
  const length = callsPerSecond * partSeconds;
  for (let at = 0; at < items.length; at += length) {
    const end = Date.now() + patienceMs;
    const part = await work(items.slice(at, at + length), () => end - Date.now());
    results.push(...part);
    const stopped = part.find((result) => result instanceof FieldsealError && result.code !== "token_invalid");
    if (stopped !== undefined) return items.map((_, index) => results[index] ?? stopped);
  }
  return results;
}
