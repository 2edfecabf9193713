/** RSA-OAEP encryption as KMS decrypts it: SHA-256 for the hash and for MGF1, and an empty label. */
import { constants, type KeyObject, publicEncrypt } from "node:crypto";

const padding = constants.RSA_PKCS1_OAEP_PADDING;

/** node's default for `oaepHash` is SHA-1, which KMS would not open under RSAES_OAEP_SHA_256. */
const oaepHash = "sha256";

/**
 * Encryption under a public key, of as many bytes as the recipient's capacity. node reads the padding and the hash from
 * the very argument that holds the key, and newer releases of node 24 take half as long again where that is an object
 * around a KeyObject instead of a KeyObject. So they are put on the KeyObject, provided that this node is seen to read
 * them there.
 */
export function createOaepEncrypt(key: KeyObject): (plaintext: Buffer) => Buffer {
  const wrapped = { key, padding, oaepHash };
  if (!readsOptionsFromKey(key)) return (plaintext) => publicEncrypt(wrapped, plaintext);
  const marked = Object.assign(key, { padding, oaepHash });
  return (plaintext) => publicEncrypt(marked, plaintext);
}

/** Whether node refuses a hash that does not exist when it is a property of the key, and takes SHA-256. */
function readsOptionsFromKey(key: KeyObject): boolean {
  const probe = Buffer.alloc(1);
  try {
    publicEncrypt(Object.assign(key, { padding, oaepHash: "no such hash" }), probe);
    return false;
  } catch {
    // node read the hash: it knows none of that name.
  }
  try {
    return publicEncrypt(Object.assign(key, { padding, oaepHash }), probe).length > 0;
  } catch {
    return false;
  }
}
