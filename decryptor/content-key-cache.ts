/** Content keys that were unwrapped a short while ago: a request's sealed tokens come apart, and come back one by one. */
import type { DecryptRequest } from "../core/decryption.ts";
import type { DecryptionSettings } from "../core/reader.ts";

export interface ContentKeyCache {
  readonly find: (request: DecryptRequest) => Uint8Array | undefined;
  /** Keeps nothing but content keys. */
  readonly keep: (request: DecryptRequest, plaintext: Uint8Array) => void;
}

/** Keys by KMS key and wrapped key; the one that was not used for longest goes first. A revoked key works until it is too old. */
export function createContentKeyCache({ cachedKeys, cacheSeconds }: DecryptionSettings, now: () => number): ContentKeyCache {
  const kept = new Map<string, { readonly key: Uint8Array; readonly until: number }>();
  const nameOf = ({ keyArn, ciphertext }: DecryptRequest): string => `${keyArn} ${ciphertext.toString("base64")}`;
  return {
    find: (request) => {
      if (request.holds !== "content key") return undefined;
      const name = nameOf(request);
      const found = kept.get(name);
      kept.delete(name);
      if (found === undefined || found.until <= now()) return undefined;
      kept.set(name, found);
      return found.key;
    },
    keep: (request, plaintext) => {
      const name = nameOf(request);
      if (request.holds !== "content key" || cachedKeys === 0 || cacheSeconds === 0 || kept.has(name)) return;
      kept.set(name, { key: Uint8Array.from(plaintext), until: now() + cacheSeconds * 1_000 });
      const [oldest] = kept.keys();
      if (kept.size > cachedKeys && oldest !== undefined) kept.delete(oldest);
    },
  };
}
