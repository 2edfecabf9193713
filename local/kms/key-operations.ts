/** Operations that describe keys: DescribeKey, GetPublicKey and ListKeys. */

import { arnOf, type Operation, requireKey, requireUsable } from "./context.ts";
import { KmsError } from "./errors.ts";
import { isHmacSpec } from "./hmac.ts";
import { formatKeyMetadata } from "./key-metadata.ts";
import { type Page, parsePage, readPage } from "./pages.ts";
import { oaepAlgorithms } from "./rsa-oaep.ts";

/** DescribeKey. */
export const describeKey: Operation = (input, context) => ({
  KeyMetadata: formatKeyMetadata(requireKey(input, "KeyId", context), context),
});

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

/** ListKeys: 100 to a page by default. */
export const listKeys: Operation = (input, context) => {
  const { store, scope } = context;
  const list = (page: Page) => store.listKeys(scope.region, page);
  const { shown, ending } = readPage(parsePage(input, 100), list, ({ keyId }) => keyId);
  return { Keys: shown.map((key) => ({ KeyId: key.keyId, KeyArn: arnOf(key, context) })), ...ending };
};
