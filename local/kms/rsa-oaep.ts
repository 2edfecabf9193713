/** RSA keys and RSAES-OAEP as KMS uses them: one hash for the label and for MGF1, and the empty label. */

import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from "node:crypto";
import { promisify } from "node:util";

const modulusBits = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 } as const;
const hashes = { RSAES_OAEP_SHA_1: "sha1", RSAES_OAEP_SHA_256: "sha256" } as const;
const hashBytes = { RSAES_OAEP_SHA_1: 20, RSAES_OAEP_SHA_256: 32 } as const;

/** A key spec in KMS's spelling. */
export type KeySpec = keyof typeof modulusBits;
/** An encryption algorithm in KMS's spelling. */
export type OaepAlgorithm = keyof typeof hashes;

/** The key specs. */
export const keySpecs: readonly KeySpec[] = ["RSA_2048", "RSA_3072", "RSA_4096"];

/** The algorithms of every RSA key, in the order in which KMS lists them. */
export const oaepAlgorithms: readonly OaepAlgorithm[] = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"];

/** A new private key with the exponent 65537. With 4096 bits it takes about a second, off the main thread. */
export async function generatePrivateKey(spec: KeySpec): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: modulusBits[spec] });
  return privateKey;
}

/** Parses an unencrypted RSA private key in PEM (PKCS#8 or PKCS#1). Throws an Error that says nothing about the key. */
export function parsePrivateKey(pem: string): { readonly spec: KeySpec; readonly privateKey: KeyObject } {
  const privateKey = readPem(pem);
  const spec = readKeySpec(privateKey);
  if (spec === undefined) throw new Error("The private key must be an RSA key of 2048, 3072 or 4096 bits.");
  return { spec, privateKey };
}

/** The spec of a KMS key with this material; `undefined` if KMS has no such keys. */
export function readKeySpec(privateKey: KeyObject): KeySpec | undefined {
  const bits = privateKey.asymmetricKeyType === "rsa" ? privateKey.asymmetricKeyDetails?.modulusLength : undefined;
  return keySpecs.find((candidate) => modulusBits[candidate] === bits);
}

function readPem(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error("The private key must be in PEM and not encrypted.");
  }
}

/** A digest of a private key's public half, to compare keys. */
export function digestMaterial(privateKey: KeyObject): string {
  return createHash("sha256")
    .update(createPublicKey(privateKey).export({ type: "spki", format: "der" }))
    .digest("base64");
}

/** The longest plaintext in bytes (RFC 8017, section 7.1.1, step 1b). */
export function capacityOf(spec: KeySpec, algorithm: OaepAlgorithm): number {
  return modulusBits[spec] / 8 - 2 * hashBytes[algorithm] - 2;
}

/** Encrypts up to `capacityOf` bytes. The ciphertext is as long as the modulus. */
export function encryptOaep(publicKey: KeyObject, algorithm: OaepAlgorithm, plaintext: Uint8Array): Buffer {
  return publicEncrypt(withPadding(publicKey, algorithm), plaintext);
}

/** Decrypts; gives `undefined` for every ciphertext that does not open, whatever the cause. */
export function decryptOaep(
  privateKey: KeyObject,
  algorithm: OaepAlgorithm,
  ciphertext: Uint8Array,
): Buffer | undefined {
  const bits = privateKey.asymmetricKeyDetails?.modulusLength;
  // RFC 8017, section 7.1.2, step 1b. OpenSSL would accept a shorter ciphertext, with zeros before it.
  if (bits === undefined || ciphertext.length * 8 !== bits) return undefined;
  try {
    return privateDecrypt(withPadding(privateKey, algorithm), ciphertext);
  } catch {
    return undefined;
  }
}

function withPadding(key: KeyObject, algorithm: OaepAlgorithm) {
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashes[algorithm] };
}
