/** The operation that creates keys: CreateKey. */

import { randomUUID } from "node:crypto";
import type { Operation } from "./context.ts";
import { KmsError } from "./errors.ts";
import { generateHmacKey, type HmacSpec, hmacSpecs, isHmacSpec } from "./hmac.ts";
import { type Input, parseChoice, parseFlag, parseText } from "./input.ts";
import { formatKeyMetadata, usageOf } from "./key-metadata.ts";
import { type KeyOrigin, type KeyRecord, keyOrigins } from "./key-store.ts";
import { generatePrivateKey, type KeySpec, keySpecs } from "./rsa-oaep.ts";

/** The specs that the real service has too. */
const otherSpecs = [
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
  "SYMMETRIC_DEFAULT",
  "SM2",
  "ML_DSA_44",
  "ML_DSA_65",
  "ML_DSA_87",
  "ECC_NIST_EDWARDS25519",
];
const specs: readonly string[] = [...keySpecs, ...hmacSpecs, ...otherSpecs];
const usages = ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];
const origins: readonly string[] = [...keyOrigins, "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];

/**
 * CreateKey, for RSA keys that encrypt and decrypt, with or without material, and for HMAC keys. Throws
 * UnsupportedOperationException for other keys of the real service. It accepts a policy and tags but ignores them,
 * since it denies nobody anything.
 */
export const createKey: Operation = async (input, context) => {
  const spec = parseSpec(input);
  const origin = parseOrigin(input, spec);
  requireSupported(input);
  const description = parseText(input, "Description", { min: 0, max: 8192 }) ?? "";
  const material =
    origin === "EXTERNAL" ? undefined : isHmacSpec(spec) ? generateHmacKey(spec) : await generatePrivateKey(spec);
  const { scope, store, now } = context;
  const identity = { region: scope.region, keyId: randomUUID(), spec, description, origin };
  const key: KeyRecord = {
    ...identity,
    state: material ? "Enabled" : "PendingImport",
    createdAt: now,
    deletionAt: undefined,
    materialDigest: undefined,
  };
  store.insertKey(key, material);
  return { KeyMetadata: formatKeyMetadata(key, context) };
};

function parseSpec(input: Input): KeySpec | HmacSpec {
  const current = parseChoice(input, "KeySpec", specs);
  const deprecated = parseChoice(input, "CustomerMasterKeySpec", specs);
  if (current !== undefined && deprecated !== undefined) {
    throw new KmsError(
      "ValidationException",
      "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    );
  }
  const name = current ?? deprecated ?? "SYMMETRIC_DEFAULT";
  const spec = [...keySpecs, ...hmacSpecs].find((candidate) => candidate === name);
  if (spec === undefined) throw new KmsError("UnsupportedOperationException", `KeySpec ${name} is not supported.`);
  requireUsage(input, spec);
  return spec;
}

function requireUsage(input: Input, spec: KeySpec | HmacSpec): void {
  const usage = parseChoice(input, "KeyUsage", usages);
  if (usage === usageOf(spec)) return;
  if (usage === undefined) {
    throw new KmsError(
      "ValidationException",
      "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    );
  }
  if (usage === "SIGN_VERIFY" && !isHmacSpec(spec)) {
    throw new KmsError("UnsupportedOperationException", `KeyUsage ${usage} is not supported.`);
  }
  throw new KmsError("ValidationException", `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
}

function parseOrigin(input: Input, spec: KeySpec | HmacSpec): KeyOrigin {
  const name = parseChoice(input, "Origin", origins) ?? "AWS_KMS";
  const origin = keyOrigins.find((candidate) => candidate === name);
  if (origin !== undefined && (origin === "AWS_KMS" || !isHmacSpec(spec))) return origin;
  throw new KmsError("UnsupportedOperationException", `Origin ${name} is not supported for ${spec}.`);
}

function requireSupported(input: Input): void {
  if (parseFlag(input, "MultiRegion")) {
    throw new KmsError("UnsupportedOperationException", "Multi-Region keys are not supported.");
  }
  for (const member of ["CustomKeyStoreId", "XksKeyId"]) {
    if (parseText(input, member, { min: 1, max: 128 }) === undefined) continue;
    throw new KmsError("UnsupportedOperationException", `${member} is not supported.`);
  }
}
