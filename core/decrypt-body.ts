/** Restores the values that tokens stand for: the mirror image of encrypt-body. */
import { isUtf8 } from "node:buffer";
import { locateInJson } from "./codecs/json.ts";
import type { Slot } from "./codecs/slot.ts";
import { locateInText } from "./codecs/text.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { type ErrorCode, FieldsealError } from "./errors.ts";
import { endOf, parseJson, startOf } from "./json/document.ts";
import { isJson, parseMediaType } from "./media-type.ts";
import type { ReadableRecipient, Reader } from "./reader.ts";
import { openSealed } from "./sealing.ts";
import type { Payload } from "./token.ts";

/** One RSA ciphertext and the key that it is for. */
export interface DecryptRequest {
  readonly keyArn: string;
  readonly ciphertext: Buffer;
}

/**
 * RSA-OAEP-SHA256 decryption by KMS: for each request, in order, the plaintext or the error that it met. It is asked for
 * each distinct ciphertext once. It does not reject.
 */
export type Decrypt = (requests: readonly DecryptRequest[]) => Promise<readonly (Uint8Array | FieldsealError)[]>;

export interface EncryptedText {
  readonly body: string;
  readonly contentType: string | undefined;
  /** What a token that cannot be opened does: fail the whole call, or stay where it is. */
  readonly onFailure: "fail" | "keep";
}

export interface DecryptedText {
  readonly body: string;
  /** Tokens and damaged tokens of the recipients that the reader knows. */
  readonly found: number;
  readonly opened: number;
  /** Tokens of recipients that the reader may not open: left in place. Offsets are UTF-16, in the body that came. */
  readonly withheld: readonly { readonly offset: number; readonly recipient: string }[];
  readonly failed: readonly { readonly offset: number; readonly code: ErrorCode }[];
}

/**
 * A text with the values of all tokens that the reader may open in their places: in JSON with type and spelling, in
 * other text as plain characters. Restored text is not scanned again. Throws `body_malformed`, `too_deep`,
 * `too_many_tokens`, and, unless tokens are to be kept on failure, the code of the first token that failed.
 */
export async function decryptText(input: EncryptedText, reader: Reader, decrypt: Decrypt): Promise<DecryptedText> {
  const { body, onFailure } = input;
  const slots = locateSlots(input, reader);
  const readable = slots.filter(({ token }) => token.recipient.mayOpen);
  if (readable.length > reader.limits.tokens) throw new FieldsealError("too_many_tokens");
  const keyed = await openCiphertexts(readable, decrypt);
  const edits: Edit[] = [];
  const failed: { readonly offset: number; readonly code: ErrorCode }[] = [];
  for (const { token, start, end, encode } of readable) {
    const json = token.kind === "damaged" ? new FieldsealError("token_damaged") : open(token, keyed, reader);
    if (json instanceof FieldsealError) {
      if (onFailure === "fail") throw new FieldsealError(json.code, { offset: start });
      failed.push({ offset: start, code: json.code });
    } else {
      edits.push({ start, end, replacement: encode(json) });
    }
  }
  const withheld = slots
    .filter(({ token }) => !token.recipient.mayOpen && token.kind === "token")
    .map(({ token, start }) => ({ offset: start, recipient: token.recipient.id }));
  return {
    body: applyEdits(body, edits),
    found: edits.length + failed.length + withheld.length,
    opened: edits.length,
    withheld,
    failed,
  };
}

function locateSlots({ body, contentType }: EncryptedText, { recipients, limits }: Reader): readonly Slot[] {
  const mediaType = contentType === undefined ? undefined : parseMediaType(contentType);
  if (mediaType !== undefined) {
    return isJson(mediaType) ? locateInJson(body, recipients, limits.depth) : locateInText(body, recipients);
  }
  if (contentType !== undefined) throw new FieldsealError("request_invalid", { reason: "contentType is malformed." });
  // Without a content type, what reads as JSON is JSON.
  if (!/^\ufeff?[ \t\r\n]*[[{"]/.test(body)) return locateInText(body, recipients);
  try {
    return locateInJson(body, recipients, limits.depth);
  } catch (error) {
    if (error instanceof FieldsealError && error.code === "body_malformed") return locateInText(body, recipients);
    throw error;
  }
}

/** What each distinct ciphertext opened to, by `identify`. */
type Opened = ReadonlyMap<string, Uint8Array | FieldsealError>;

async function openCiphertexts(slots: readonly Slot[], decrypt: Decrypt): Promise<Opened> {
  const distinct = new Map<string, DecryptRequest>();
  for (const { token } of slots) {
    if (token.kind === "damaged") continue;
    const ciphertext = ciphertextOf(token.payload);
    distinct.set(identify(token.recipient, ciphertext), { keyArn: token.recipient.keyArn, ciphertext });
  }
  const results = await decrypt([...distinct.values()]);
  return new Map([...distinct.keys()].map((key, index) => [key, results[index] ?? new FieldsealError("internal_error")]));
}

function ciphertextOf(payload: Payload): Buffer {
  return payload.kind === "direct" ? payload.ciphertext : payload.wrappedKey;
}

function identify({ id }: ReadableRecipient, ciphertext: Buffer): string {
  return `${id} ${ciphertext.toString("base64")}`;
}

/** The value of a token as one JSON text, or why there is none. */
function open(
  { recipient, payload }: { readonly recipient: ReadableRecipient; readonly payload: Payload },
  opened: Opened,
  { limits }: Reader,
): string | FieldsealError {
  const plaintext = opened.get(identify(recipient, ciphertextOf(payload)));
  if (plaintext === undefined || plaintext instanceof FieldsealError) {
    return plaintext ?? new FieldsealError("internal_error");
  }
  try {
    if (payload.kind === "direct") return JSON.stringify(readUtf8(plaintext));
    const content = openSealed(plaintext, payload);
    if (payload.header.contentType === "octet-stream") return JSON.stringify(readUtf8(content));
    return readJson(readUtf8(content), limits.depth);
  } catch (error) {
    return error instanceof FieldsealError ? error : new FieldsealError("internal_error");
  }
}

function readUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new FieldsealError("token_invalid");
  return Buffer.from(bytes).toString("utf8");
}

/** The value of exactly one JSON text, without the blanks around it: anything else could change what stands around it. */
function readJson(content: string, maxDepth: number): string {
  if (content.startsWith("\ufeff")) throw new FieldsealError("token_invalid");
  try {
    const document = parseJson(content, maxDepth);
    return content.slice(startOf(document, 0), endOf(document, 0));
  } catch {
    throw new FieldsealError("token_invalid");
  }
}
