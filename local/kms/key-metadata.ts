/** The facts about a key in answers. */

import { arnOf, type Context, formatTime } from "./context.ts";
import { algorithmOf, type HmacSpec, isHmacSpec } from "./hmac.ts";
import type { KeyRecord } from "./key-store.ts";
import { type KeySpec, oaepAlgorithms } from "./rsa-oaep.ts";

/** The member `KeyMetadata` of answers. */
export function formatKeyMetadata(key: KeyRecord, context: Context) {
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

/** The `KeyUsage` of a spec: each spec here has exactly one. */
export function usageOf(spec: KeySpec | HmacSpec): string {
  return isHmacSpec(spec) ? "GENERATE_VERIFY_MAC" : "ENCRYPT_DECRYPT";
}
