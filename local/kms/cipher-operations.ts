/** Operations that use a key: Encrypt, Decrypt and ReEncrypt. */

import {
  arnOf,
  type Context,
  keyIdLength,
  type Operation,
  requireKey,
  requireNoDryRun,
  requireUsable,
} from "./context.ts";
import { KmsError } from "./errors.ts";
import { isHmacSpec } from "./hmac.ts";
import {
  type Input,
  isGiven,
  parseBlob,
  parseChoice,
  parseFlag,
  parseText,
  parseTexts,
  requireMember,
} from "./input.ts";
import type { KeyRecord } from "./key-store.ts";
import { capacityOf, decryptOaep, encryptOaep, type KeySpec, type OaepAlgorithm, oaepAlgorithms } from "./rsa-oaep.ts";

/** A key and the algorithm that a request uses it with, both checked. */
interface Cipher {
  readonly key: KeyRecord;
  readonly spec: KeySpec;
  readonly algorithm: OaepAlgorithm;
}

/** The members that say which key, algorithm and context one half of a request uses. */
interface CipherMembers {
  readonly key: string;
  readonly algorithm: string;
  readonly context: string;
}

const ownMembers = { key: "KeyId", algorithm: "EncryptionAlgorithm", context: "EncryptionContext" };
const sourceMembers = {
  key: "SourceKeyId",
  algorithm: "SourceEncryptionAlgorithm",
  context: "SourceEncryptionContext",
};
const destinationMembers = {
  key: "DestinationKeyId",
  algorithm: "DestinationEncryptionAlgorithm",
  context: "DestinationEncryptionContext",
};

/** Encrypt: from 1 byte to the capacity of key and algorithm. */
export const encrypt: Operation = (input, context) => {
  const plaintext = requireMember(parseBlob(input, "Plaintext", { min: 1, max: 4096 }), "Plaintext");
  const cipher = requireCipher(input, ownMembers, context);
  const ciphertext = encryptWith(cipher, plaintext, context);
  requireNoDryRun(input);
  return {
    CiphertextBlob: ciphertext.toString("base64"),
    KeyId: arnOf(cipher.key, context),
    EncryptionAlgorithm: cipher.algorithm,
  };
};

/** Decrypt. Every ciphertext that does not open gives InvalidCiphertextException, whatever the cause. */
export const decrypt: Operation = (input, context) => {
  const ciphertext = parseCiphertext(input, ownMembers);
  const cipher = requireCipher(input, ownMembers, context);
  if (isGiven(input, "Recipient")) throw new KmsError("UnsupportedOperationException", "Recipient is not supported.");
  const plaintext = ciphertext && decryptWith(cipher, ciphertext, context);
  requireNoDryRun(input);
  return {
    KeyId: arnOf(cipher.key, context),
    Plaintext: plaintext?.toString("base64"),
    EncryptionAlgorithm: cipher.algorithm,
  };
};

/** ReEncrypt: from one key and algorithm to another, whose capacity must suffice for the plaintext. */
export const reEncrypt: Operation = (input, context) => {
  const ciphertext = parseCiphertext(input, sourceMembers);
  const source = requireCipher(input, sourceMembers, context);
  const destination = requireCipher(input, destinationMembers, context);
  const reencrypted = ciphertext && encryptWith(destination, decryptWith(source, ciphertext, context), context);
  requireNoDryRun(input);
  return {
    CiphertextBlob: reencrypted?.toString("base64"),
    SourceKeyId: arnOf(source.key, context),
    KeyId: arnOf(destination.key, context),
    SourceEncryptionAlgorithm: source.algorithm,
    DestinationEncryptionAlgorithm: destination.algorithm,
  };
};

/** The ciphertext; `undefined` only in a dry run whose modifier says to ignore it. */
function parseCiphertext(input: Input, members: CipherMembers): Buffer | undefined {
  const ciphertext = parseBlob(input, "CiphertextBlob", { min: 1, max: 6144 });
  const isDryRun = parseFlag(input, "DryRun");
  if (isDryRun && parseTexts(input, "DryRunModifiers").includes("IGNORE_CIPHERTEXT")) return undefined;
  const isKeyNamed = parseText(input, members.key, keyIdLength) !== undefined;
  const isSymmetric = parseAlgorithm(input, members) === "SYMMETRIC_DEFAULT";
  // A symmetric ciphertext names its key itself. This KMS makes none, so a ciphertext without a key is not one.
  if (ciphertext !== undefined && isSymmetric && !isKeyNamed) throw new KmsError("InvalidCiphertextException");
  return requireMember(ciphertext, "CiphertextBlob");
}

function requireCipher(input: Input, members: CipherMembers, context: Context): Cipher {
  const name = parseAlgorithm(input, members);
  const key = requireKey(input, members.key, context);
  requireUsable(key, context);
  const { spec } = key;
  if (isHmacSpec(spec)) {
    throw new KmsError(
      "InvalidKeyUsageException",
      `${arnOf(key, context)} key usage is GENERATE_VERIFY_MAC which is not valid for this operation.`,
    );
  }
  const algorithm = oaepAlgorithms.find((candidate) => candidate === name);
  if (algorithm === undefined) {
    throw new KmsError("InvalidKeyUsageException", `Algorithm ${name} is incompatible with key spec ${spec}.`);
  }
  if (isGiven(input, members.context)) {
    throw new KmsError("ValidationException", `${members.context} is not supported by algorithm ${algorithm}.`);
  }
  return { key, spec, algorithm };
}

function parseAlgorithm(input: Input, { algorithm }: CipherMembers): string {
  const algorithms = ["SYMMETRIC_DEFAULT", ...oaepAlgorithms, "SM2PKE"];
  return parseChoice(input, algorithm, algorithms) ?? "SYMMETRIC_DEFAULT";
}

function encryptWith({ key, spec, algorithm }: Cipher, plaintext: Uint8Array, { store }: Context): Buffer {
  const capacity = capacityOf(spec, algorithm);
  if (plaintext.length > capacity) {
    throw new KmsError(
      "ValidationException",
      `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${capacity} bytes.`,
    );
  }
  return encryptOaep(store.findKeyPair(key).publicKey, algorithm, plaintext);
}

function decryptWith({ key, algorithm }: Cipher, ciphertext: Uint8Array, { store }: Context): Buffer {
  const plaintext = decryptOaep(store.findKeyPair(key).privateKey, algorithm, ciphertext);
  if (plaintext === undefined) throw new KmsError("InvalidCiphertextException");
  return plaintext;
}
