/** A recipient: the RSA public key of a KMS key, and encryption to it as KMS decrypts it (RSAES_OAEP_SHA_256). */
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { FieldsealError } from "../errors.ts";
import { isKeyArn } from "./key-arn.ts";
import type { Markers } from "./marker.ts";
import { createOaepEncrypt } from "./rsa-oaep.ts";

/** What a policy says of a recipient, besides its public key. */
export interface RecipientIdentity extends Markers {
  readonly id: string;
  readonly keyArn: string;
}

/** A recipient that values can be encrypted to. */
export interface Recipient extends RecipientIdentity {
  /** SHA-256 of the key's SubjectPublicKeyInfo, in hexadecimal digits. */
  readonly fingerprint: string;
  /** Bytes of the modulus: the size of every ciphertext. */
  readonly modulusBytes: (typeof modulusSizes)[number];
  /** Bytes of plaintext that one RSA-OAEP-SHA256 operation takes: 190, 318 or 446 (RFC 8017, section 7.1.1). */
  readonly capacity: number;
  /** RSA-OAEP with SHA-256 for the hash and for MGF1, and an empty label. */
  readonly encrypt: (plaintext: Buffer) => Buffer;
}

/** Bytes of the modulus of RSA 2048, 3072 and 4096. */
const modulusSizes = [256, 384, 512] as const;

/** What an id of a recipient looks like. */
export const recipientIdPattern = /^[A-Za-z0-9_-]{1,32}$/;
const pemPattern = /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n?$/;

/**
 * A recipient from its identity and its public key, a SubjectPublicKeyInfo in PEM. Throws `recipient_invalid` unless
 * the key is RSA of 2048, 3072 or 4096 bits with the exponent 65537, as KMS makes them. The markers are checked
 * elsewhere, against those of all other recipients.
 */
export function createRecipient({ id, prefix, suffix, keyArn }: RecipientIdentity, publicKeyPem: string): Recipient {
  const refuse = (reason: string): FieldsealError =>
    new FieldsealError("recipient_invalid", { reason: `Recipient ${JSON.stringify(id)}: ${reason}` });
  if (!recipientIdPattern.test(id)) throw refuse("the id must be 1 to 32 characters of A-Z a-z 0-9 _ -.");
  if (!isKeyArn(keyArn)) throw refuse("keyArn must be the ARN of a KMS key (arn:aws:kms:…:key/…).");
  if (!pemPattern.test(publicKeyPem.replaceAll("\r\n", "\n"))) {
    throw refuse("the public key must be one PEM block that begins with BEGIN PUBLIC KEY.");
  }
  const key = readPublicKey(publicKeyPem);
  if (key?.asymmetricKeyType !== "rsa") throw refuse("the public key must be an RSA key.");
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  const modulusBytes = modulusSizes.find((bytes) => bytes * 8 === modulusLength);
  if (modulusBytes === undefined) throw refuse("the public key must have 2048, 3072 or 4096 bits.");
  if (publicExponent !== 65537n) throw refuse("the exponent of the public key must be 65537.");
  return {
    id,
    keyArn,
    prefix,
    suffix,
    fingerprint: createHash("sha256")
      .update(key.export({ type: "spki", format: "der" }))
      .digest("hex"),
    modulusBytes,
    capacity: modulusBytes - 66,
    encrypt: createOaepEncrypt(key),
  };
}

function readPublicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
