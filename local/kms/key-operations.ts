/** Operations on keys: making, describing, enabling, disabling and deleting them. */

import { randomUUID } from "node:crypto";
import {
  arnOf,
  type Context,
  formatTime,
  type Operation,
  requireKey,
  requireKeyItself,
  requireNotPendingDeletion,
  requireNotPendingImport,
  requireUsable,
} from "./context.ts";
import { KmsError } from "./errors.ts";
import { algorithmOf, generateHmacKey, type HmacSpec, hmacSpecs, isHmacSpec } from "./hmac.ts";
import { type Input, parseChoice, parseFlag, parseInteger, parseText } from "./input.ts";
import { type KeyOrigin, type KeyRecord, keyOrigins } from "./key-store.ts";
import { type Page, parsePage, readPage } from "./pages.ts";
import { generatePrivateKey, type KeySpec, keySpecs, oaepAlgorithms } from "./rsa-oaep.ts";

const dayMs = 86_400_000;
const otherSpecs = [
  ...["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "SYMMETRIC_DEFAULT"],
  ...["SM2", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ECC_NIST_EDWARDS25519"],
];
const specs: readonly string[] = [...keySpecs, ...hmacSpecs, ...otherSpecs];
const usages = ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];
const origins: readonly string[] = [...keyOrigins, "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];

/**
 * CreateKey, for RSA keys that encrypt and decrypt, also without their material, and for HMAC keys. What the real
 * service would make and this one cannot gives UnsupportedOperationException. A policy and tags are taken and
 * forgotten: nobody is denied anything here.
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
  return { KeyMetadata: formatMetadata(key, context) };
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

function usageOf(spec: KeySpec | HmacSpec): string {
  return isHmacSpec(spec) ? "GENERATE_VERIFY_MAC" : "ENCRYPT_DECRYPT";
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

/** DescribeKey. */
export const describeKey: Operation = (input, context) => ({
  KeyMetadata: formatMetadata(requireKey(input, "KeyId", context), context),
});

function formatMetadata(key: KeyRecord, context: Context) {
  return {
    AWSAccountId: context.scope.accountId,
    KeyId: key.keyId,
    Arn: arnOf(key, context),
    CreationDate: formatTime(key.createdAt),
    Enabled: key.state === "Enabled",
    Description: key.description,
    KeyUsage: usageOf(key.spec),
    KeyState: key.state,
    ...(key.deletionAt !== undefined && { DeletionDate: formatTime(key.deletionAt) }),
    Origin: key.origin,
    ...(key.origin === "EXTERNAL" &&
      key.state !== "PendingImport" && { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" }),
    KeyManager: "CUSTOMER",
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    ...(isHmacSpec(key.spec) ? { MacAlgorithms: [algorithmOf(key.spec)] } : { EncryptionAlgorithms: oaepAlgorithms }),
    MultiRegion: false,
  };
}

/** GetPublicKey: the public half as a DER SubjectPublicKeyInfo. */
export const getPublicKey: Operation = (input, context) => {
  const key = requireKey(input, "KeyId", context);
  requireUsable(key, context);
  if (isHmacSpec(key.spec)) {
    throw new KmsError("UnsupportedOperationException", `GetPublicKey is not supported for ${arnOf(key, context)}.`);
  }
  const { publicKey } = context.store.findKeyPair(key);
  return {
    KeyId: arnOf(key, context),
    PublicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    KeyUsage: "ENCRYPT_DECRYPT",
    EncryptionAlgorithms: oaepAlgorithms,
  };
};

/** EnableKey. */
export const enableKey: Operation = writeStateOf("Enabled");

/** DisableKey. */
export const disableKey: Operation = writeStateOf("Disabled");

function writeStateOf(state: "Enabled" | "Disabled"): Operation {
  return (input, context) => {
    const key = requireKeyItself(input, "KeyId", context);
    requireNotPendingDeletion(key, context);
    requireNotPendingImport(key, context);
    context.store.writeState(key, state);
    return undefined;
  };
}

/** ScheduleKeyDeletion: 7 to 30 days ahead, 30 unless told otherwise. */
export const scheduleKeyDeletion: Operation = (input, context) => {
  const key = requireKeyItself(input, "KeyId", context);
  const days = parseInteger(input, "PendingWindowInDays", { min: 1, max: 365 }) ?? 30;
  if (days < 7 || days > 30) {
    throw new KmsError("ValidationException", "PendingWindowInDays must be between 7 and 30");
  }
  requireNotPendingDeletion(key, context);
  const deletionAt = context.now + days * dayMs;
  context.store.writeState(key, "PendingDeletion", deletionAt);
  return {
    KeyId: arnOf(key, context),
    DeletionDate: formatTime(deletionAt),
    KeyState: "PendingDeletion",
    PendingWindowInDays: days,
  };
};

/** CancelKeyDeletion: leaves the key disabled, or waiting for its material. */
export const cancelKeyDeletion: Operation = (input, context) => {
  const key = requireKeyItself(input, "KeyId", context);
  if (key.state !== "PendingDeletion") {
    throw new KmsError("KMSInvalidStateException", `${arnOf(key, context)} is not pending deletion.`);
  }
  context.store.writeState(key, context.store.hasMaterial(key) ? "Disabled" : "PendingImport");
  return { KeyId: arnOf(key, context) };
};

/** ListKeys: 100 to a page unless told otherwise. */
export const listKeys: Operation = (input, context) => {
  const { store, scope } = context;
  const list = (page: Page) => store.listKeys(scope.region, page);
  const { shown, ending } = readPage(parsePage(input, 100), list, ({ keyId }) => keyId);
  return { Keys: shown.map((key) => ({ KeyId: key.keyId, KeyArn: arnOf(key, context) })), ...ending };
};
