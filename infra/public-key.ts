/** A second opinion on public keys: node-forge reads what node:crypto will use. */
import { createPublicKey } from "node:crypto";
import forge from "node-forge";
import type { Shape } from "../core/shape.ts";

/**
 * Refuses, at its place in the policy, a PEM that holds anything but one RSA public key, or in which the two
 * implementations read different numbers.
 */
export function requireRsaPublicKey(pem: string, place: Shape): void {
  if (pem.includes("PRIVATE KEY")) throw place.refuse("This file holds a private key. The edge needs the public one.");
  const modulus = readWithForge(pem);
  if (modulus === undefined) throw place.refuse("This file does not hold an RSA public key in PEM (BEGIN PUBLIC KEY).");
  const { n } = createPublicKey(pem).export({ format: "jwk" });
  if (n === undefined || Buffer.from(n, "base64url").toString("hex") !== modulus) {
    throw place.refuse("Two implementations read different keys from this file.");
  }
}

function readWithForge(pem: string): string | undefined {
  try {
    const hex = forge.pki.publicKeyFromPem(pem).n.toString(16);
    return hex.length % 2 === 0 ? hex : `0${hex}`;
  } catch {
    return undefined;
  }
}
