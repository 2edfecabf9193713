/** The many calls to KMS for one document: they may take as long as their pace needs while KMS answers. */
import { FieldsealError } from "../../../core/errors.ts";

type Bytes = Uint8Array | FieldsealError;

/** How long KMS may throttle one part of the calls, or be out of reach. */
const patienceMs = 300_000;

/** Seconds of calls in a part: at a tenth of the pace, as when KMS throttles, a part still has the time. */
const partSeconds = 20;

/**
 * What `work` gives for each item, in order. It is called part by part, each with a clock of its own. A failure that
 * every item would meet, so any but `token_invalid`, is the result of all items behind it, without another call.
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
