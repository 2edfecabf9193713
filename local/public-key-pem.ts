/** Public keys as text. */

/**
 * The PEM (RFC 7468, section 13) of a DER SubjectPublicKeyInfo, in lines of 64 characters, with a line feed at the end.
 */
export function formatPublicKeyPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n");
}
