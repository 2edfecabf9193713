/**
 * Content keys that were unwrapped a short while ago: a request's sealed tokens come apart, and come back one by one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DecryptRequest } from "../core/decrypt/open-tokens.ts";
import type { DecryptionSettings } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { boundTimer } from "./call-slots.ts";

type Bytes = Uint8Array | FieldsealError;

/**
 * The result of a request: a content key that is kept, or that another call is asking for just now and has within so
 * many milliseconds, and what `ask` gives otherwise. Keeps nothing but content keys: no value and no failure. `ask`
 * does not reject.
 */
export type ContentKeyCache = (
  request: DecryptRequest,
  ask: () => Promise<Bytes>,
  longestWaitMs: number,
) => Promise<Bytes>;

/** Anything else that KMS gave cannot be a content key. */
const contentKeyBytes = 32;

/**
 * Keys by KMS key and wrapped key; the one that was not used for longest goes first. A revoked key works until it is
 * too old.
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
    // A failure of another call is its own: it had less time, say. If it has more, it may go on trying for longer than
    // this one can wait.
    if (found !== undefined && !(found instanceof FieldsealError)) return found;
    const asked = ask();
    if (!underWay.has(name)) underWay.set(name, asked);
    const result = await asked;
    if (underWay.get(name) === asked) underWay.delete(name);
    if (!(result instanceof FieldsealError) && result.length === contentKeyBytes && !kept.has(name)) keep(name, result);
    return result;
  };
}

/** What a promise gives, if it does in time. */
async function waitFor(promise: Promise<Bytes>, longestMs: number): Promise<Bytes | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([promise, sleep(boundTimer(longestMs), undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}
