/** Sealed tokens' content: AES-256-GCM under a content key, which RSA-OAEP wraps for the recipient (RFC 7516). */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { FieldsealError } from "../errors.ts";
import { formatHeader, type SealedHeader, type SealedPayload } from "./grammar.ts";
import type { Recipient } from "./recipient.ts";

const contentKeyBytes = 32;
const ivBytes = 12;
const ivCharacters = 16;
const tagBytes = 16;
const gcmOptions = { authTagLength: tagBytes };

/** JSON content is padded with spaces to a multiple of this, so that its length gives little away. */
const paddingBytes = 32;

/** One fresh content key, wrapped for one recipient: it lives no longer than one invocation. */
export interface ContentKey {
  readonly key: KeyObject;
  readonly wrapped: string;
  readonly nextIv: () => Iv;
}

/** 96 random bits, used for one token. */
interface Iv {
  readonly bytes: Buffer;
  readonly encoded: string;
}

/** A fresh content key for a recipient: 256 random bits. */
export function createContentKey(recipient: Recipient): ContentKey {
  const bytes = randomBytes(contentKeyBytes);
  const key = createSecretKey(bytes);
  const wrapped = recipient.encrypt(bytes).toString("base64url");
  bytes.fill(0);
  return { key, wrapped, nextIv: createIvSource() };
}

const mostIvsAtOnce = 256;

/** Asking for random bytes and encoding them costs as much as sealing does, so it is done for several IVs at once. */
function createIvSource(): () => Iv {
  let pool = Buffer.alloc(0);
  let encoded = "";
  let used = 0;
  let ivs = 1;
  return () => {
    if (used * ivBytes === pool.length) {
      pool = randomBytes(ivs * ivBytes);
      encoded = pool.toString("base64url");
      used = 0;
      ivs = Math.min(ivs * 2, mostIvsAtOnce);
    }
    const at = used++;
    return {
      bytes: pool.subarray(at * ivBytes, (at + 1) * ivBytes),
      // 12 bytes are exactly 16 characters.
      encoded: encoded.slice(at * ivCharacters, (at + 1) * ivCharacters),
    };
  };
}

/** The payload of a sealed token for one JSON text. */
export function sealJson(contentKey: ContentKey, label: string | undefined, text: string): string {
  const plaintext = encodePadded(text);
  const payload = seal(contentKey, encodeHeader("json", label), plaintext);
  // The scratch buffer outlives the request.
  plaintext.fill(0);
  return payload;
}

/** The payload of a sealed token for the bytes of a file, with a label or without one. */
export function sealBytes(contentKey: ContentKey, label: string | undefined, bytes: Buffer): string {
  return seal(contentKey, encodeHeader("octet-stream", label), bytes);
}

function seal(
  { key, wrapped, nextIv }: ContentKey,
  { encoded: header, bytes }: EncodedHeader,
  plaintext: Buffer,
): string {
  const iv = nextIv();
  const cipher = createCipheriv("aes-256-gcm", key, iv.bytes);
  cipher.setAAD(bytes);
  const content = cipher.update(plaintext);
  // GCM is a stream cipher: nothing is left for the end.
  cipher.final();
  const tag = cipher.getAuthTag();
  return `${header}.${wrapped}.${iv.encoded}.${content.toString("base64url")}.${tag.toString("base64url")}`;
}

/** How many characters `sealJson` will give for a text of so many bytes. */
export function measureSealedJson(recipient: Recipient, label: string | undefined, byteCount: number): number {
  return measure(recipient, encodeHeader("json", label), padLength(byteCount));
}

/** How many characters `sealBytes` will give for so many bytes. */
export function measureSealedBytes(recipient: Recipient, label: string | undefined, byteCount: number): number {
  return measure(recipient, encodeHeader("octet-stream", label), byteCount);
}

function measure({ modulusBytes }: Recipient, { encoded }: EncodedHeader, content: number): number {
  const parts = [modulusBytes, ivBytes, content, tagBytes];
  return encoded.length + parts.reduce((sum, part) => sum + 1 + Math.ceil((part * 4) / 3), 0);
}

/**
 * The content of a sealed token: of JSON the text with its padding, of a file its bytes. Throws `token_invalid` unless
 * the content key is right and the content authentic.
 */
export function openSealed(contentKey: Uint8Array, payload: SealedPayload): Buffer {
  if (contentKey.length !== contentKeyBytes) throw new FieldsealError("token_invalid");
  // With a key as bytes node takes four times as long.
  const decipher = createDecipheriv("aes-256-gcm", createSecretKey(contentKey), payload.iv, gcmOptions);
  decipher.setAAD(Buffer.from(payload.encodedHeader, "latin1"));
  decipher.setAuthTag(payload.tag);
  try {
    return Buffer.concat([decipher.update(payload.content), decipher.final()]);
  } catch {
    throw new FieldsealError("token_invalid");
  }
}

/** Where most texts are encoded: a buffer for each would cost a tenth of sealing it. */
const scratch = Buffer.alloc(4096);

/** A text in UTF-8, padded. The next one that is encoded overwrites it. */
function encodePadded(text: string): Buffer {
  // A UTF-16 unit takes up to three bytes.
  const isShort = text.length * 3 + paddingBytes <= scratch.length;
  // A buffer of its own has no byte that is not written here, so that zeroing the text zeroes all of it.
  const buffer = isShort ? scratch : Buffer.allocUnsafe(padLength(Buffer.byteLength(text, "utf8")));
  const byteCount = buffer.write(text, "utf8");
  const padded = padLength(byteCount);
  // For so few bytes a call of fill costs more.
  for (let at = byteCount; at < padded; at++) buffer[at] = 0x20;
  return buffer.subarray(0, padded);
}

function padLength(byteCount: number): number {
  return Math.ceil(byteCount / paddingBytes) * paddingBytes;
}

interface EncodedHeader {
  readonly encoded: string;
  /** What the content's tag authenticates besides the content (RFC 7516, section 5.1, step 14). */
  readonly bytes: Buffer;
}

/** Every header that was asked for: there are no more than labels in the policy, twice. */
const encodedHeaders = new Map<string, EncodedHeader>();

function encodeHeader(contentType: SealedHeader["contentType"], label: string | undefined): EncodedHeader {
  const name = `${contentType} ${label ?? ""}`;
  const known = encodedHeaders.get(name);
  if (known !== undefined) return known;
  const encoded = formatHeader({ contentType, ...(label === undefined ? {} : { label }) });
  const header = { encoded, bytes: Buffer.from(encoded, "latin1") };
  encodedHeaders.set(name, header);
  return header;
}
