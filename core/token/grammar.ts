/**
 * The grammar of tokens, and the only place that knows it:
 *
 *     token   = prefix payload suffix
 *     payload = direct | sealed
 *     direct  = base64( RSA-OAEP-SHA256( UTF-8 ) )                 344, 512 or 684 characters
 *     sealed  = header "." wrapped key "." iv "." content "." tag  JWE compact serialization (RFC 7516, section 7.1)
 */
import type { Markers } from "./marker.ts";

/** What a sealed token's protected header may say. */
export interface SealedHeader {
  /** `json`: one JSON text, padded with spaces. `octet-stream`: the bytes of a whole file. */
  readonly contentType: "json" | "octet-stream";
  readonly label?: string;
}

/** A payload that is the RSA-OAEP ciphertext of the value itself. */
export interface DirectPayload {
  readonly kind: "direct";
  readonly ciphertext: Buffer;
}

/** A payload that is the value encrypted under a content key, and that key wrapped for the recipient. */
export interface SealedPayload {
  readonly kind: "sealed";
  readonly header: SealedHeader;
  /** The header as the token has it, base64url-encoded, which the content's tag authenticates. */
  readonly encodedHeader: string;
  readonly wrappedKey: Buffer;
  readonly iv: Buffer;
  readonly content: Buffer;
  readonly tag: Buffer;
}

/** What is between the markers of a token. */
export type Payload = DirectPayload | SealedPayload;

/** What a scan met at a known prefix. Offsets are UTF-16, `end` is exclusive. */
export type ScannedToken<R extends Markers> =
  | {
      readonly kind: "token";
      readonly start: number;
      readonly end: number;
      readonly recipient: R;
      readonly payload: Payload;
    }
  | { readonly kind: "damaged"; readonly start: number; readonly end: number; readonly recipient: R };

/** A prefix with fewer characters of a payload behind it is plain text; with as many or more, it is a damaged token. */
export const damagedLength = 16;

/** Bytes of the modulus of RSA 2048, 3072 and 4096, which is what ciphertexts and wrapped keys measure. */
const modulusBytes: ReadonlySet<number> = new Set([256, 384, 512]);

const labelPattern = /^[A-Za-z0-9_.-]{1,64}$/;
const payloadPattern = /[A-Za-z0-9+/=._-]*/y;

/** Whether a text may be a label: 1 to 64 of `A-Za-z0-9_.-`. */
export function isLabel(text: string): boolean {
  return labelPattern.test(text);
}

/** A token around a payload. */
export function formatToken({ prefix, suffix }: Markers, payload: string): string {
  return prefix + payload + suffix;
}

/** The only way to write a payload: `parsePayload` takes no other. */
export function formatPayload(payload: Payload): string {
  if (payload.kind === "direct") return payload.ciphertext.toString("base64");
  const parts = [payload.wrappedKey, payload.iv, payload.content, payload.tag].map((part) =>
    part.toString("base64url"),
  );
  return [payload.encodedHeader, ...parts].join(".");
}

/** The only way to write a sealed token's protected header, base64url-encoded. */
export function formatHeader({ contentType, label }: SealedHeader): string {
  // Without a label, `fld` is undefined, and JSON leaves it out.
  const header = { alg: "RSA-OAEP-256", enc: "A256GCM", cty: contentType, fld: label };
  return Buffer.from(JSON.stringify(header), "utf8").toString("base64url");
}

/**
 * Everything at the known prefixes of a text, in order and without overlaps: whole tokens, and places where a prefix is
 * followed by 16 or more characters of a payload but by no well-formed token. Linear in the text.
 */
export function* scanTokens<R extends Markers>(text: string, recipients: readonly R[]): Generator<ScannedToken<R>> {
  const ahead = recipients.map((recipient) => ({ recipient, at: text.indexOf(recipient.prefix) }));
  for (;;) {
    let nearest: (typeof ahead)[number] | undefined;
    for (const candidate of ahead) {
      if (candidate.at >= 0 && (nearest === undefined || candidate.at < nearest.at)) nearest = candidate;
    }
    if (nearest === undefined) return;
    const { recipient, at: start } = nearest;
    const from = start + recipient.prefix.length;
    payloadPattern.lastIndex = from;
    const run = payloadPattern.exec(text)?.[0] ?? "";
    const end = from + run.length;
    const payload = text.startsWith(recipient.suffix, end) ? parsePayload(run) : undefined;
    let next = start + 1;
    if (payload !== undefined) {
      next = end + recipient.suffix.length;
      yield { kind: "token", start, end: next, recipient, payload };
    } else if (run.length >= damagedLength) {
      yield { kind: "damaged", start, end, recipient };
      // No prefix begins inside the run: its first character is none of a payload's.
      next = end;
    }
    for (const candidate of ahead) {
      if (candidate.at >= 0 && candidate.at < next) candidate.at = text.indexOf(candidate.recipient.prefix, next);
    }
  }
}

/** Whether a text is one token, whole or damaged, and nothing else. */
export function isOneToken(text: string, recipients: readonly Markers[]): boolean {
  if (!recipients.some(({ prefix }) => text.startsWith(prefix))) return false;
  const [token] = scanTokens(text, recipients);
  return token?.start === 0 && (token.kind === "damaged" || token.end === text.length);
}

/** The payload between two markers; `undefined` for what `formatPayload` would not give. */
export function parsePayload(text: string): Payload | undefined {
  return text.includes(".") ? parseSealed(text) : parseDirect(text);
}

function parseDirect(text: string): DirectPayload | undefined {
  const ciphertext = Buffer.from(text, "base64");
  if (!modulusBytes.has(ciphertext.length) || ciphertext.toString("base64") !== text) return undefined;
  return { kind: "direct", ciphertext };
}

const empty = Buffer.alloc(0);

function parseSealed(text: string): SealedPayload | undefined {
  const parts = text.split(".", 6);
  if (parts.length !== 5) return undefined;
  const decoded = parts.map((part) => Buffer.from(part, "base64url"));
  if (!parts.every((part, index) => decoded[index]?.toString("base64url") === part)) return undefined;
  const [encodedHeader = ""] = parts;
  const [headerBytes = empty, wrappedKey = empty, iv = empty, content = empty, tag = empty] = decoded;
  if (!modulusBytes.has(wrappedKey.length) || iv.length !== 12 || tag.length !== 16) return undefined;
  const header = parseHeader(headerBytes.toString("utf8"));
  if (header === undefined) return undefined;
  return { kind: "sealed", header, encodedHeader, wrappedKey, iv, content, tag };
}

/** Exactly what `formatHeader` writes. */
const headerPattern =
  /^\{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"(json|octet-stream)"(?:,"fld":"([A-Za-z0-9_.-]{1,64})")?\}$/;

function parseHeader(text: string): SealedHeader | undefined {
  const [, contentType, label] = headerPattern.exec(text) ?? [];
  if (contentType !== "json" && contentType !== "octet-stream") return undefined;
  return { contentType, ...(label === undefined ? {} : { label }) };
}
