/** RSA keys for tests. */
import { generateKeyPairSync } from "node:crypto";

/** A new private key in PEM (PKCS#8). */
export function newPrivateKeyPem(modulusLength: number): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
