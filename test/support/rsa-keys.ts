/** RSA keys for tests. They are fixed, since making one takes a tenth of a second or more. They protect nothing. */
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const pems = new Map<number, { readonly all: readonly string[]; next: number }>();

/**
 * The next private key of a size (1024, 2048, 3072 or 4096 bits) in PEM (PKCS#8). At least three calls in a row give
 * different keys.
 */
export function nextPrivateKeyPem(modulusLength: number): string {
  const keys = pems.get(modulusLength) ?? { all: readKeys(modulusLength), next: 0 };
  pems.set(modulusLength, keys);
  return keys.all[keys.next++ % keys.all.length] ?? "";
}

/** The next public key of a size in PEM (SubjectPublicKeyInfo). */
export function nextPublicKeyPem(modulusLength: number): string {
  return publicKeyPemOf(nextPrivateKeyPem(modulusLength));
}

/** The public key that belongs to a private one, in PEM (SubjectPublicKeyInfo). */
export function publicKeyPemOf(privateKeyPem: string): string {
  return createPublicKey(privateKeyPem).export({ type: "spki", format: "pem" }).toString();
}

function readKeys(modulusLength: number): readonly string[] {
  const file = join(import.meta.dirname, "rsa-keys", `${modulusLength}.pem`);
  return readFileSync(file, "utf8").split(/(?<=-----END PRIVATE KEY-----\n)/);
}
