/** Many calls to KMS for one document, which may take as long as their pace needs, as long as KMS answers. */
import { FieldsealError } from "../../core/errors.ts";

type Bytes = Uint8Array | FieldsealError;

/** How long KMS may go on throttling one part of the calls, or be away. */
const patienceMs = 300_000;

/** So many seconds of calls are a part: at a tenth of the pace, as KMS throttles, they still have the time. */
const partSeconds = 20;

/**
 * What `work` gives for each item, in order. It is asked part by part, each with a clock of its own. After what another
 * item would meet too, nothing more is asked.
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
