/** Sealed tokens' content: AES-256-GCM under a content key, which RSA-OAEP wraps for the recipient (RFC 7516). */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { FieldsealError } from "./errors.ts";
import type { Recipient } from "./recipient.ts";
import { formatHeader, type SealedHeader, type SealedPayload } from "./token.ts";

const contentKeyOctets = 32;
const ivOctets = 12;
const tagOctets = 16;

/** JSON content is padded with spaces to a multiple of this, so that its length gives little away. */
const paddingOctets = 32;

/** One fresh content key, wrapped for one recipient: it lives no longer than one invocation. */
export interface ContentKey {
  readonly key: KeyObject;
  readonly wrapped: string;
}

export function createContentKey(recipient: Recipient): ContentKey {
  const bytes = randomBytes(contentKeyOctets);
  const contentKey = { key: createSecretKey(bytes), wrapped: recipient.encrypt(bytes).toString("base64url") };
  bytes.fill(0);
  return contentKey;
}

/** The payload of a sealed token for one JSON text. */
export function sealJson({ key, wrapped }: ContentKey, label: string | undefined, text: string): string {
  const header = headerFor(label);
  const iv = randomBytes(ivOctets);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: tagOctets });
  cipher.setAAD(Buffer.from(header, "latin1"));
  const content = cipher.update(padJson(text), "utf8", "base64url") + cipher.final("base64url");
  return `${header}.${wrapped}.${iv.toString("base64url")}.${content}.${cipher.getAuthTag().toString("base64url")}`;
}

/** How many characters `sealJson` will give for a text of so many octets. */
export function measureSealedJson(recipient: Recipient, label: string | undefined, octets: number): number {
  const padded = Math.ceil(octets / paddingOctets) * paddingOctets;
  const parts = [recipient.modulusOctets, ivOctets, padded, tagOctets];
  return headerFor(label).length + parts.reduce((sum, part) => sum + 1 + Math.ceil((part * 4) / 3), 0);
}

/** The content of a sealed token. Throws `token_invalid` unless the content key is right and the content authentic. */
export function openSealed(contentKey: Uint8Array, payload: SealedPayload): Buffer {
  if (contentKey.length !== contentKeyOctets) throw new FieldsealError("token_invalid");
  const decipher = createDecipheriv("aes-256-gcm", contentKey, payload.iv, { authTagLength: tagOctets });
  decipher.setAAD(Buffer.from(payload.encodedHeader, "latin1"));
  decipher.setAuthTag(payload.tag);
  try {
    return Buffer.concat([decipher.update(payload.content), decipher.final()]);
  } catch {
    throw new FieldsealError("token_invalid");
  }
}

function padJson(text: string): string {
  const octets = Buffer.byteLength(text, "utf8");
  return text + " ".repeat((paddingOctets - (octets % paddingOctets)) % paddingOctets);
}

const unlabelledHeader = formatHeader({ contentType: "json" });

function headerFor(label: string | undefined): string {
  const header: SealedHeader = { contentType: "json", ...(label === undefined ? {} : { label }) };
  return label === undefined ? unlabelledHeader : formatHeader(header);
}
