/**
 * Content keys that KMS unwrapped a short while ago. The sealed tokens of one request share a content key, and often
 * come back in several calls.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DecryptRequest } from "../core/decrypt/open-tokens.ts";
import type { DecryptionSettings } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { boundTimer } from "./call-slots.ts";

type Bytes = Uint8Array | FieldsealError;

/**
 * Gives the content key of a request: from the cache, or from another call that asks for it and gets it within
 * `longestWaitMs`, or else the result of `ask`. Keeps content keys only, never a value or a failure. `ask` must not
 * reject.
 */
export type ContentKeyCache = (
  request: DecryptRequest,
  ask: () => Promise<Bytes>,
  longestWaitMs: number,
) => Promise<Bytes>;

/** Bytes of a content key. The cache keeps nothing of another length. */
const contentKeyBytes = 32;

/**
 * A cache of `cachedKeys` content keys, each for `cacheSeconds`. It keeps none if either is 0. It drops the key first
 * that nothing used for the longest time. A key that is revoked in KMS works until its time here is over. `now` gives
 * milliseconds.
 */
export function createContentKeyCache(
  { cachedKeys, cacheSeconds }: DecryptionSettings,
  now: () => number,
): ContentKeyCache {
  const kept = new Map<string, { readonly key: Uint8Array; readonly until: number }>();
  const underWay = new Map<string, Promise<Bytes>>();
  const nameOf = ({ keyArn, ciphertext }: DecryptRequest): string => `${keyArn} ${ciphertext.toString("base64")}`;
  const findKept = (name: string): Uint8Array | undefined => {
    const found = kept.get(name);
    kept.delete(name);
    if (found === undefined || found.until <= now()) return undefined;
    kept.set(name, found);
    return found.key;
  };
  const keep = (name: string, key: Uint8Array): void => {
    kept.set(name, { key: Uint8Array.from(key), until: now() + cacheSeconds * 1_000 });
    const [oldest] = kept.keys();
    if (kept.size > cachedKeys && oldest !== undefined) kept.delete(oldest);
  };
  return async (request, ask, longestWaitMs) => {
    if (request.holds !== "content key" || cachedKeys === 0 || cacheSeconds === 0) return ask();
    const name = nameOf(request);
    const asking = underWay.get(name);
    const found = findKept(name) ?? (asking === undefined ? undefined : await waitFor(asking, longestWaitMs));
    // Another call may fail for a reason of its own, such as less time. With more time, it may try for longer than this
    // call can wait.
    if (found !== undefined && !(found instanceof FieldsealError)) return found;
    const asked = ask();
    if (!underWay.has(name)) underWay.set(name, asked);
    const result = await asked;
    if (underWay.get(name) === asked) underWay.delete(name);
    if (!(result instanceof FieldsealError) && result.length === contentKeyBytes && !kept.has(name)) keep(name, result);
    return result;
  };
}

/** The result of a promise; `undefined` if the time is over first. */
async function waitFor(promise: Promise<Bytes>, longestMs: number): Promise<Bytes | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([promise, sleep(boundTimer(longestMs), undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}
