/** HMAC keys of KMS. Each spec has one algorithm (KMS Developer Guide, "HMAC keys in AWS KMS"). */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";

const hashes = { HMAC_224: "sha224", HMAC_256: "sha256", HMAC_384: "sha384", HMAC_512: "sha512" } as const;
const byteCounts = { HMAC_224: 28, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 } as const;

/** A key spec in KMS's spelling. */
export type HmacSpec = keyof typeof hashes;

/** The key specs. */
export const hmacSpecs: readonly HmacSpec[] = ["HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"];

/** The algorithms, in the order of the specs. */
export const macAlgorithms = hmacSpecs.map(algorithmOf);

/** The algorithm of a spec: HMAC_SHA_256 for HMAC_256. */
export function algorithmOf(spec: HmacSpec): string {
  return spec.replace("HMAC_", "HMAC_SHA_");
}

/** True for the spec of an HMAC key. */
export function isHmacSpec(spec: string): spec is HmacSpec {
  return hmacSpecs.some((candidate) => candidate === spec);
}

/** A new random key, as long as its hash. */
export function generateHmacKey(spec: HmacSpec): KeyObject {
  return createSecretKey(randomBytes(byteCounts[spec]));
}

/** The HMAC of a message, as long as the hash of the spec. */
export function createMac(key: KeyObject, spec: HmacSpec, message: Uint8Array): Buffer {
  return createHmac(hashes[spec], key).update(message).digest();
}

/** True if a code is the HMAC of a message. The comparison takes constant time. */
export function isMac(key: KeyObject, spec: HmacSpec, message: Uint8Array, mac: Uint8Array): boolean {
  const right = createMac(key, spec, message);
  return right.length === mac.length && timingSafeEqual(right, mac);
}
