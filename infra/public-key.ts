/** A second opinion on public keys: node-forge reads the key that node:crypto will use. */
import { createPublicKey } from "node:crypto";
import forge from "node-forge";
import type { ConfigValue } from "../core/config/config-value.ts";

const onePem = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)-----END PUBLIC KEY-----\n?$/;

/**
 * Refuses, at its place in the policy, a PEM that holds anything but one RSA public key in its one encoding (DER,
 * X.690), or in which the two implementations read different numbers. No message repeats what the file holds.
 */
export function requireRsaPublicKey(pem: string, place: ConfigValue): void {
  if (/PRIVATE\s+KEY/i.test(pem)) throw place.refuse("This file holds a private key. The edge needs the public one.");
  const [, base64] = onePem.exec(pem.replaceAll("\r\n", "\n")) ?? [];
  const modulus = base64 === undefined ? undefined : readWithForge(pem);
  const read = base64 === undefined ? undefined : readWithNode(pem);
  if (base64 === undefined || modulus === undefined || read === undefined) {
    throw place.refuse("This file does not hold an RSA public key: one PEM block (BEGIN PUBLIC KEY) and nothing else.");
  }
  const joined = base64.replaceAll("\n", "");
  if (read.modulus !== modulus) throw place.refuse("Two implementations read different keys from this file.");
  if (read.der.toString("base64") !== joined) {
    throw place.refuse(
      "This file does not hold an RSA public key in its one encoding: " +
        "there is something in or behind it that does not belong there.",
    );
  }
  if (BigInt(`0x${modulus}`) % 2n === 0n) throw place.refuse("The modulus of the RSA public key is not odd.");
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
