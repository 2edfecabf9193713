/** Checks public keys with two implementations: node-forge and node:crypto. */
import { createPublicKey } from "node:crypto";
import forge from "node-forge";
import type { ConfigValue } from "../core/config/config-value.ts";

const onePem = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)-----END PUBLIC KEY-----\n?$/;

/**
 * Refuses a PEM at its place in the policy unless it holds exactly one RSA public key in its only encoding (DER,
 * X.690), and both implementations read the same modulus. No message repeats the content of the file.
 */
export function requireRsaPublicKey(pem: string, place: ConfigValue): void {
  if (/PRIVATE\s+KEY/i.test(pem))
    throw place.refuse("The file holds a private key; expected the public key. Run: npx fieldseal keys fetch.");
  const [, base64] = onePem.exec(pem.replaceAll("\r\n", "\n")) ?? [];
  const modulus = base64 === undefined ? undefined : readWithForge(pem);
  const read = base64 === undefined ? undefined : readWithNode(pem);
  if (base64 === undefined || modulus === undefined || read === undefined) {
    throw place.refuse(
      "The file does not hold an RSA public key. Expected one PEM block (BEGIN PUBLIC KEY) and nothing else.",
    );
  }
  const joined = base64.replaceAll("\n", "");
  if (read.modulus !== modulus)
    throw place.refuse("Two implementations read different keys from the file. Fetch the key again.");
  if (read.der.toString("base64") !== joined) {
    throw place.refuse(
      "The RSA public key in the file is not in its only encoding (DER): the file holds extra bytes. " +
        "Fetch the key again.",
    );
  }
  if (BigInt(`0x${modulus}`) % 2n === 0n) throw place.refuse("The modulus of the RSA public key must be odd.");
}

function readWithForge(pem: string): string | undefined {
  try {
    const hex = forge.pki.publicKeyFromPem(pem).n.toString(16);
    return hex.length % 2 === 0 ? hex : `0${hex}`;
  } catch {
    return undefined;
  }
}

function readWithNode(pem: string): { readonly modulus: string; readonly der: Buffer } | undefined {
  try {
    const key = createPublicKey(pem);
    const { n } = key.export({ format: "jwk" });
    if (key.asymmetricKeyType !== "rsa" || n === undefined) return undefined;
    return { modulus: Buffer.from(n, "base64url").toString("hex"), der: key.export({ type: "spki", format: "der" }) };
  } catch {
    return undefined;
  }
}
