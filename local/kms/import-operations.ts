/**
 * Operations that bring a key's material from outside: GetParametersForImport, ImportKeyMaterial,
 * DeleteImportedKeyMaterial.
 */

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import {
  arnOf,
  type Context,
  formatTime,
  type Operation,
  requireKeyItself,
  requireNotPendingDeletion,
} from "./context.ts";
import { KmsError } from "./errors.ts";
import { type Input, parseBlob, parseChoice, requireMember } from "./input.ts";
import type { KeyRecord } from "./key-store.ts";
import {
  decryptOaep,
  digestMaterial,
  generatePrivateKey,
  keySpecs,
  type OaepAlgorithm,
  readKeySpec,
} from "./rsa-oaep.ts";

// RSA material is longer than the capacity of RSAES_OAEP, so KMS accepts it in these two wrappings only.
const oaepOf: Readonly<Record<string, OaepAlgorithm>> = {
  RSA_AES_KEY_WRAP_SHA_1: "RSAES_OAEP_SHA_1",
  RSA_AES_KEY_WRAP_SHA_256: "RSAES_OAEP_SHA_256",
};
const wrappingAlgorithms = [
  "RSAES_PKCS1_V1_5",
  "RSAES_OAEP_SHA_1",
  "RSAES_OAEP_SHA_256",
  ...Object.keys(oaepOf),
  "SM2PKE",
];
const wrappingSpecs = [...keySpecs, "SM2"];
const blobLength = { min: 1, max: 6144 };
const dayMs = 86_400_000;

/** The content of an import token: the key, the wrapping, and until when it is valid. */
interface Wrapping {
  readonly keyArn: string;
  readonly algorithm: OaepAlgorithm;
  readonly validTo: number;
  readonly wrappingKey: KeyObject;
}

// An import token is a ciphertext of the server, which therefore keeps no state. It is valid until the process ends.
const tokenKey = randomBytes(32);

/** GetParametersForImport: a new wrapping key and its import token, valid for a day. */
export const getParametersForImport: Operation = async (input, context) => {
  const algorithm = requireMember(parseChoice(input, "WrappingAlgorithm", wrappingAlgorithms), "WrappingAlgorithm");
  const name = requireMember(parseChoice(input, "WrappingKeySpec", wrappingSpecs), "WrappingKeySpec");
  const key = requireImportable(input, context);
  const oaep = oaepOf[algorithm];
  const spec = keySpecs.find((candidate) => candidate === name);
  if (oaep === undefined || spec === undefined) {
    throw new KmsError("ValidationException", `${algorithm} with ${name} is not valid for key spec ${key.spec}.`);
  }
  const wrappingKey = await generatePrivateKey(spec);
  const validTo = context.now + dayMs;
  const keyArn = arnOf(key, context);
  return {
    KeyId: keyArn,
    ImportToken: encryptToken({ keyArn, algorithm: oaep, validTo, wrappingKey }).toString("base64"),
    PublicKey: createPublicKey(wrappingKey).export({ type: "spki", format: "der" }).toString("base64"),
    ParametersValidTo: formatTime(validTo),
  };
};

/** ImportKeyMaterial, for material that does not expire. A key accepts only the same material as the first time. */
export const importKeyMaterial: Operation = (input, context) => {
  const token = requireMember(parseBlob(input, "ImportToken", blobLength), "ImportToken");
  const wrapped = requireMember(parseBlob(input, "EncryptedKeyMaterial", blobLength), "EncryptedKeyMaterial");
  const model = parseChoice(input, "ExpirationModel", ["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"]);
  const key = requireImportable(input, context);
  if (model !== "KEY_MATERIAL_DOES_NOT_EXPIRE") {
    throw new KmsError("UnsupportedOperationException", "Material that expires is not supported.");
  }
  const wrapping = decryptToken(token);
  const keyArn = arnOf(key, context);
  if (wrapping.keyArn !== keyArn) throw new KmsError("InvalidImportTokenException");
  if (wrapping.validTo < context.now) throw new KmsError("ExpiredImportTokenException");
  const material = unwrapMaterial(wrapped, wrapping);
  const digest = digestMaterial(material);
  if (readKeySpec(material) !== key.spec || (key.materialDigest ?? digest) !== digest)
    throw new KmsError("IncorrectKeyMaterialException");
  context.store.writeMaterial(key, material, digest);
  if (key.state === "PendingImport") context.store.writeState(key, "Enabled");
  return { KeyId: keyArn };
};

/** DeleteImportedKeyMaterial. Then the key waits for the same material. */
export const deleteImportedKeyMaterial: Operation = (input, context) => {
  const key = requireImportable(input, context);
  context.store.deleteMaterial(key);
  context.store.writeState(key, "PendingImport");
  return { KeyId: arnOf(key, context) };
};

function requireImportable(input: Input, context: Context): KeyRecord {
  const key = requireKeyItself(input, "KeyId", context);
  if (key.origin !== "EXTERNAL") {
    throw new KmsError(
      "UnsupportedOperationException",
      `${arnOf(key, context)} origin is ${key.origin} which is not valid for this operation.`,
    );
  }
  requireNotPendingDeletion(key, context);
  return key;
}

function encryptToken({ keyArn, algorithm, validTo, wrappingKey }: Wrapping): Buffer {
  const text = JSON.stringify({
    keyArn,
    algorithm,
    validTo,
    pkcs8: wrappingKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  });
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", tokenKey, iv);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function decryptToken(token: Buffer): Wrapping {
  try {
    const decipher = createDecipheriv("aes-256-gcm", tokenKey, token.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(token.subarray(12, 28));
    const { pkcs8, ...wrapping } = JSON.parse(
      Buffer.concat([decipher.update(token.subarray(28)), decipher.final()]).toString("utf8"),
    );
    return {
      ...wrapping,
      wrappingKey: createPrivateKey({ key: Buffer.from(pkcs8, "base64"), format: "der", type: "pkcs8" }),
    };
  } catch {
    throw new KmsError("InvalidImportTokenException");
  }
}

/** PKCS #8 under an AES-256 key (RFC 5649), and that key under the wrapping key (PKCS #11, CKM_RSA_AES_KEY_WRAP). */
function unwrapMaterial(wrapped: Buffer, { wrappingKey, algorithm }: Wrapping): KeyObject {
  const byteCount = (wrappingKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const aesKey = decryptOaep(wrappingKey, algorithm, wrapped.subarray(0, byteCount));
  try {
    const unwrap = createDecipheriv("id-aes256-wrap-pad", aesKey ?? "", Buffer.from("a65959a6", "hex"));
    const material = Buffer.concat([unwrap.update(wrapped.subarray(byteCount)), unwrap.final()]);
    return createPrivateKey({ key: material, format: "der", type: "pkcs8" });
  } catch {
    throw new KmsError("InvalidCiphertextException");
  }
}
