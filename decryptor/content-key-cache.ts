/** Content keys that were unwrapped a short while ago: a request's sealed tokens come apart, and come back one by one. */
import type { DecryptRequest } from "../core/decryption.ts";
import { FieldsealError } from "../core/errors.ts";
import type { DecryptionSettings } from "../core/reader.ts";

type Bytes = Uint8Array | FieldsealError;

export interface ContentKeyCache {
  /** A key that is kept, or that another call is asking for just now; `undefined` for any other request, and where that call failed. */
  readonly find: (request: DecryptRequest) => Promise<Uint8Array | undefined>;
  /** Keeps what `ask` gives where it is a content key: no value and no failure. `ask` does not reject. */
  readonly fetch: (request: DecryptRequest, ask: () => Promise<Bytes>) => Promise<Bytes>;
}

/** Anything else that KMS gave cannot be a content key. */
const contentKeyOctets = 32;

/** Keys by KMS key and wrapped key; the one that was not used for longest goes first. A revoked key works until it is too old. */
export function createContentKeyCache({ cachedKeys, cacheSeconds }: DecryptionSettings, now: () => number): ContentKeyCache {
  const kept = new Map<string, { readonly key: Uint8Array; readonly until: number }>();
  const underWay = new Map<string, Promise<Bytes>>();
  const nameOf = ({ keyArn, ciphertext }: DecryptRequest): string => `${keyArn} ${ciphertext.toString("base64")}`;
  const isKept = ({ holds }: DecryptRequest): boolean => holds === "content key" && cachedKeys > 0 && cacheSeconds > 0;
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
  return {
    find: async (request) => {
      if (!isKept(request)) return undefined;
      const name = nameOf(request);
      const found = findKept(name) ?? (await underWay.get(name));
      return found instanceof FieldsealError ? undefined : found;
    },
    fetch: async (request, ask) => {
      if (!isKept(request)) return ask();
      const name = nameOf(request);
      const asked = ask();
      underWay.set(name, asked);
      const result = await asked;
      if (underWay.get(name) === asked) underWay.delete(name);
      if (!(result instanceof FieldsealError) && result.length === contentKeyOctets && !kept.has(name)) keep(name, result);
      return result;
    },
  };
}
