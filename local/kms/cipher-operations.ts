/** Operations that use a key: Encrypt, Decrypt and ReEncrypt. */

import { arnOf, type Context, keyIdLength, type Operation, requireKey, requireUsable } from "./context.ts";
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

/** Encrypt: 1 byte to as many as the key and algorithm hold. */
export const encrypt: Operation = (input, context) => {
  const plaintext = requireMember(parseBlob(input, "Plaintext", { min: 1, max: 4096 }), "Plaintext");
  const cipher = requireCipher(input, ownMembers, context);
  const ciphertext = seal(plaintext, cipher, context);
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
  const plaintext = ciphertext && open(ciphertext, cipher, context);
  requireNoDryRun(input);
  return {
    KeyId: arnOf(cipher.key, context),
    Plaintext: plaintext?.toString("base64"),
    EncryptionAlgorithm: cipher.algorithm,
  };
};

/** ReEncrypt: from one key and algorithm to another, which must hold what comes out of the first. */
export const reEncrypt: Operation = (input, context) => {
  const ciphertext = parseCiphertext(input, sourceMembers);
  const source = requireCipher(input, sourceMembers, context);
  const destination = requireCipher(input, destinationMembers, context);
  const resealed = ciphertext && seal(open(ciphertext, source, context), destination, context);
  requireNoDryRun(input);
  return {
    CiphertextBlob: resealed?.toString("base64"),
    SourceKeyId: arnOf(source.key, context),
    KeyId: arnOf(destination.key, context),
    SourceEncryptionAlgorithm: source.algorithm,
    DestinationEncryptionAlgorithm: destination.algorithm,
  };
};

/** The ciphertext; undefined only in a dry run that is told to ignore it. */
function parseCiphertext(input: Input, members: CipherMembers): Buffer | undefined {
  const ciphertext = parseBlob(input, "CiphertextBlob", { min: 1, max: 6144 });
  const isDryRun = parseFlag(input, "DryRun");
  if (isDryRun && parseTexts(input, "DryRunModifiers").includes("IGNORE_CIPHERTEXT")) return undefined;
  const isKeyNamed = parseText(input, members.key, keyIdLength) !== undefined;
  const isSymmetric = parseAlgorithm(input, members) === "SYMMETRIC_DEFAULT";
  // A symmetric ciphertext names its key itself. None is ever made here, so what comes without a key is not one.
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

function seal(plaintext: Uint8Array, { key, spec, algorithm }: Cipher, { store }: Context): Buffer {
  const capacity = capacityOf(spec, algorithm);
  if (plaintext.length > capacity) {
    throw new KmsError(
      "ValidationException",
      `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${capacity} bytes.`,
    );
  }
  return encryptOaep(store.findKeyPair(key).publicKey, algorithm, plaintext);
}

function open(ciphertext: Uint8Array, { key, algorithm }: Cipher, { store }: Context): Buffer {
  const plaintext = decryptOaep(store.findKeyPair(key).privateKey, algorithm, ciphertext);
  if (plaintext === undefined) throw new KmsError("InvalidCiphertextException");
  return plaintext;
}

function requireNoDryRun(input: Input): void {
  if (!parseFlag(input, "DryRun")) return;
  throw new KmsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}
