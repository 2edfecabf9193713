/** Restores the values that tokens stand for: the mirror image of encryption, through the same codecs. */
import { isUtf8 } from "node:buffer";
import type { Reading } from "./codecs/codec.ts";
import { findPartCodec, formatOf } from "./codecs/format.ts";
import { allCodecs } from "./codecs/table.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { type ErrorCode, FieldsealError } from "./errors.ts";
import { decodeString, endOf, parseJson, startOf } from "./json/document.ts";
import type { Leaf } from "./leaf.ts";
import { type MediaType, parseMediaType } from "./media-type.ts";
import type { ReadableRecipient, Reader } from "./reader.ts";
import type { Format } from "./rule.ts";
import { openSealed } from "./sealing.ts";
import { isOneToken, type Payload, type ScannedToken, scanTokens } from "./token.ts";

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
  readonly body: Buffer;
  readonly contentType: string | undefined;
  /** What a token that cannot be opened does: fail the whole call, or stay where it is. */
  readonly onFailure: "fail" | "keep";
}

export interface DecryptedText {
  readonly body: Buffer;
  /** Tokens and damaged tokens of the recipients that the reader knows. */
  readonly found: number;
  readonly opened: number;
  /** Tokens of recipients that the reader may not open: left in place. Offsets are UTF-16, in the text that came. */
  readonly withheld: readonly { readonly offset: number; readonly recipient: string }[];
  readonly failed: readonly { readonly offset: number; readonly code: ErrorCode }[];
}

type Token = ScannedToken<ReadableRecipient>;

/** A token in a leaf, at offsets of the leaf's text, and what it opened to. */
interface Slot {
  readonly leaf: Leaf;
  readonly token: Token;
}

/** A restored value. */
type Opened = { readonly kind: "json"; readonly json: string } | { readonly kind: "bytes"; readonly bytes: Buffer };

/**
 * A body with the values of all tokens that the reader may open in their places: in JSON with type and spelling, in other
 * formats as characters, spelt as the format needs them. Restored text is not scanned again. Throws `body_malformed`,
 * `body_ambiguous`, `body_not_utf8`, `too_deep`, `too_many_tokens`, and, unless tokens are to be kept on failure, the
 * code of the first token that failed.
 */
export async function decryptBody(input: EncryptedText, reader: Reader, decrypt: Decrypt): Promise<DecryptedText> {
  const { source, binary, leaves } = readSource(input, reader);
  const slots = locateTokens(leaves, reader.recipients);
  const readable = slots.filter(({ token }) => token.recipient.mayOpen);
  if (readable.length > reader.limits.tokens) throw new FieldsealError("too_many_tokens");
  const keyed = await openCiphertexts(readable, decrypt);
  const failed: { readonly offset: number; readonly code: ErrorCode }[] = [];
  const written: Written[] = [];
  for (const slot of readable) {
    const result = restore(slot, keyed, reader, binary);
    if (!(result instanceof FieldsealError)) {
      written.push({ slot, replacement: result });
      continue;
    }
    const offset = offsetOf(slot);
    if (input.onFailure === "fail") throw new FieldsealError(result.code, { offset });
    failed.push({ offset, code: result.code });
  }
  const withheld = slots
    .filter(({ token }) => !token.recipient.mayOpen && token.kind === "token")
    .map((slot) => ({ offset: offsetOf(slot), recipient: slot.token.recipient.id }));
  return {
    body: Buffer.from(applyEdits(source, writeEdits(written)), binary ? "latin1" : "utf8"),
    found: written.length + failed.length + withheld.length,
    opened: written.length,
    withheld,
    failed,
  };
}

function offsetOf({ leaf, token }: Slot): number {
  return isWhole(leaf, token) && leaf.literal !== undefined ? leaf.literal.start : leaf.at(token.start);
}

interface Source {
  readonly source: string;
  /** Whether the source's characters are octets. */
  readonly binary: boolean;
  readonly leaves: Iterable<Leaf>;
}

function readSource({ body, contentType }: EncryptedText, { recipients, limits }: Reader): Source {
  const mediaType = contentType === undefined ? undefined : parseMediaType(contentType);
  if (contentType !== undefined && mediaType === undefined) {
    throw new FieldsealError("request_invalid", { reason: "contentType is malformed." });
  }
  const named = mediaType === undefined ? undefined : (formatOf(mediaType) ?? "text");
  const binary = named === "multipart";
  if (!binary && !isUtf8(body)) throw new FieldsealError("body_not_utf8");
  const source = body.toString(binary ? "latin1" : "utf8");
  if (!mayHoldTokens(source, recipients)) return { source, binary, leaves: [] };
  const read = (format: Format): Reading =>
    allCodecs[format].read(source, {
      rules: [],
      budget: { remaining: Number.POSITIVE_INFINITY },
      depth: limits.depth,
      mediaType: mediaType ?? plainText,
      findCodec: (part) => findPartCodec(part, allCodecs),
      tokens: { isWhole: (text) => isOneToken(text, recipients), mayHold: (text) => mayHoldTokens(text, recipients) },
    });
  if (named !== undefined) return { source, binary, leaves: read(named).leaves() };
  // Without a content type, what reads as JSON is JSON.
  if (!/^\ufeff?[ \t\r\n]*[[{"]/.test(source)) return { source, binary, leaves: read("text").leaves() };
  try {
    return { source, binary, leaves: read("json").leaves() };
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.code !== "body_malformed") throw error;
    return { source, binary, leaves: read("text").leaves() };
  }
}

const plainText: MediaType = { essence: "text/plain", parameters: new Map() };

/** No character of a marker can be spelt without one of these. */
function mayHoldTokens(source: string, recipients: readonly ReadableRecipient[]): boolean {
  return (
    recipients.some(({ prefix }) => source.includes(prefix)) ||
    source.includes("\\u00") ||
    source.includes("%") ||
    source.includes("&")
  );
}

function locateTokens(leaves: Iterable<Leaf>, recipients: readonly ReadableRecipient[]): readonly Slot[] {
  const slots: Slot[] = [];
  for (const leaf of leaves) {
    if (!recipients.some(({ prefix }) => leaf.text.includes(prefix))) continue;
    for (const token of scanTokens(leaf.text, recipients)) slots.push({ leaf, token });
  }
  return slots;
}

function isWhole({ text }: Leaf, { start, end, kind }: Token): boolean {
  return kind === "token" && start === 0 && end === text.length;
}

/** What is written for a slot: where the leaf cannot be divided, its characters, and elsewhere their spelling. */
interface Written {
  readonly slot: Slot;
  readonly replacement: string;
}

/** What is written for a token, or why nothing is. */
function restore(slot: Slot, keyed: Keyed, reader: Reader, binary: boolean): string | FieldsealError {
  const { token } = slot;
  if (token.kind === "damaged") return new FieldsealError("token_damaged");
  try {
    return write(slot, open(token, keyed, reader), binary);
  } catch (error) {
    return error instanceof FieldsealError ? error : new FieldsealError("internal_error");
  }
}

function write({ leaf, token }: Slot, value: Opened, binary: boolean): string {
  const whole = isWhole(leaf, token);
  if (whole && leaf.literal !== undefined) {
    return leaf.literal.restore(value.kind === "json" ? value.json : JSON.stringify(readUtf8(value.bytes)));
  }
  if (whole && binary && value.kind === "bytes") return leaf.encodeOctets?.(value.bytes) ?? leaf.encode(readUtf8(value.bytes));
  return leaf.divisible ? leaf.encode(charactersOf(value)) : charactersOf(value);
}

/** The edits that put the values in. What stands around a value in a leaf that cannot be divided is written anew. */
function writeEdits(written: readonly Written[]): readonly Edit[] {
  const edits: Edit[] = [];
  const rewritten = new Map<Leaf, Edit[]>();
  for (const { slot, replacement } of written) {
    const { leaf, token } = slot;
    if (isWhole(leaf, token) && leaf.literal !== undefined) {
      edits.push({ start: leaf.literal.start, end: leaf.literal.end, replacement });
    } else if (leaf.divisible) {
      edits.push({ start: leaf.at(token.start), end: leaf.at(token.end), replacement });
    } else {
      const inner = rewritten.get(leaf) ?? [];
      inner.push({ start: token.start, end: token.end, replacement });
      rewritten.set(leaf, inner);
    }
  }
  for (const [leaf, inner] of rewritten) {
    edits.push({ start: leaf.start, end: leaf.end, replacement: leaf.encode(applyEdits(leaf.text, inner)) });
  }
  return edits.sort((a, b) => a.start - b.start);
}

/** The characters that a restored value has in a text: those of a string, the literal of anything else. */
function charactersOf(value: Opened): string {
  if (value.kind === "bytes") return readUtf8(value.bytes);
  return value.json.startsWith('"') ? decodeString(value.json) : value.json;
}

/** What each distinct ciphertext opened to, by `identify`. */
type Keyed = ReadonlyMap<string, Uint8Array | FieldsealError>;

async function openCiphertexts(slots: readonly Slot[], decrypt: Decrypt): Promise<Keyed> {
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

/** The value of a token. Throws the error that its ciphertext met, or `token_invalid`. */
function open(
  { recipient, payload }: { readonly recipient: ReadableRecipient; readonly payload: Payload },
  keyed: Keyed,
  { limits }: Reader,
): Opened {
  const plaintext = keyed.get(identify(recipient, ciphertextOf(payload)));
  if (plaintext === undefined) throw new FieldsealError("internal_error");
  if (plaintext instanceof FieldsealError) throw plaintext;
  if (payload.kind === "direct") return { kind: "json", json: JSON.stringify(readUtf8(plaintext)) };
  const content = openSealed(plaintext, payload);
  return payload.header.contentType === "octet-stream"
    ? { kind: "bytes", bytes: content }
    : { kind: "json", json: readJson(readUtf8(content), limits.depth) };
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
