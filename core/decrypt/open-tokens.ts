/** Opens tokens: asks for each distinct RSA ciphertext once, and reads the values that come of it. */
import { isUtf8 } from "node:buffer";
import { FieldsealError, resultOf } from "../errors.ts";
import { endOf, parseJson, startOf } from "../text/json-document.ts";
import type { Payload } from "../token/grammar.ts";
import { openSealed } from "../token/sealed-content.ts";
import type { Reader } from "./reader/reader.ts";
import type { Token, TokenSite } from "./token-document.ts";

/** One RSA ciphertext and the key that it is for. */
export interface DecryptRequest {
  readonly keyArn: string;
  /** Whether the plaintext is a value, or the content key of sealed ones. */
  readonly holds: "value" | "content key";
  readonly ciphertext: Buffer;
}

/**
 * RSA-OAEP-SHA256 decryption by KMS: for each request, in order, the plaintext or the error that it met. It is asked
 * for each distinct ciphertext once. It does not reject.
 */
export type Decrypt = (requests: readonly DecryptRequest[]) => Promise<readonly (Uint8Array | FieldsealError)[]>;

/** A restored value: one JSON text without blanks around it, or the bytes of a file. */
export type OpenedValue =
  | { readonly kind: "json"; readonly json: string }
  | { readonly kind: "bytes"; readonly bytes: Buffer };

/** The value of each token, or the error that keeps it from being opened. */
export type OpenedTokens = ReadonlyMap<TokenSite, OpenedValue | FieldsealError>;

/**
 * The values of tokens. Errors are those of `decrypt`, `token_damaged`, `token_invalid`, and `label_mismatch` for a
 * token that is authentic and has another label than its place expects.
 */
export async function openValues(sites: readonly TokenSite[], decrypt: Decrypt, reader: Reader): Promise<OpenedTokens> {
  const plaintexts = await openCiphertexts(sites, decrypt);
  return new Map(sites.map((site) => [site, openSite(site, plaintexts, reader)]));
}

/** What each distinct ciphertext opened to, by `identify`. */
type Plaintexts = ReadonlyMap<string, Uint8Array | FieldsealError>;

async function openCiphertexts(sites: readonly TokenSite[], decrypt: Decrypt): Promise<Plaintexts> {
  const distinct = new Map<string, DecryptRequest>();
  for (const { token } of sites) {
    if (token.kind === "damaged") continue;
    distinct.set(identify(token), {
      keyArn: token.recipient.keyArn,
      ciphertext: ciphertextOf(token.payload),
      holds: token.payload.kind === "direct" ? "value" : "content key",
    });
  }
  const results = await decrypt([...distinct.values()]);
  return new Map(
    [...distinct.keys()].map((key, index) => [key, results[index] ?? new FieldsealError("internal_error")]),
  );
}

/** The RSA ciphertext of a payload: of the value, or of the key that sealed it. */
export function ciphertextOf(payload: Payload): Buffer {
  return payload.kind === "direct" ? payload.ciphertext : payload.wrappedKey;
}

type WholeToken = Extract<Token, { readonly kind: "token" }>;

function identify({ recipient, payload }: WholeToken): string {
  return `${recipient.id} ${ciphertextOf(payload).toString("base64")}`;
}

function openSite(
  { token, expected }: TokenSite,
  plaintexts: Plaintexts,
  { limits }: Reader,
): OpenedValue | FieldsealError {
  if (token.kind === "damaged") return new FieldsealError("token_damaged");
  return resultOf(() => {
    const plaintext = plaintexts.get(identify(token)) ?? new FieldsealError("internal_error");
    if (plaintext instanceof FieldsealError) throw plaintext;
    const value = readValue(token.payload, plaintext, limits.depth);
    const label = token.payload.kind === "sealed" ? token.payload.header.label : undefined;
    if (expected.some((each) => each !== label)) throw new FieldsealError("label_mismatch");
    return value;
  });
}

function readValue(payload: Payload, plaintext: Uint8Array, maxDepth: number): OpenedValue {
  if (payload.kind === "direct") return stringValue(readUtf8(plaintext));
  const content = openSealed(plaintext, payload);
  return payload.header.contentType === "octet-stream"
    ? { kind: "bytes", bytes: content }
    : { kind: "json", json: readJson(readUtf8(content), maxDepth) };
}

/** The value that is a string. */
export function stringValue(characters: string): OpenedValue {
  return { kind: "json", json: JSON.stringify(characters) };
}

/** The characters of bytes. Throws `token_invalid` where they are not UTF-8. */
export function readUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new FieldsealError("token_invalid");
  return Buffer.from(bytes).toString("utf8");
}

/**
 * The value of exactly one JSON text, without the blanks around it: anything else could change what is around it.
 */
function readJson(content: string, maxDepth: number): string {
  if (content.startsWith("\ufeff")) throw new FieldsealError("token_invalid");
  try {
    const document = parseJson(content, maxDepth);
    return content.slice(startOf(document, 0), endOf(document, 0));
  } catch {
    throw new FieldsealError("token_invalid");
  }
}
