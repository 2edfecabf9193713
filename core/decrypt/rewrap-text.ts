/** Moves tokens to another recipient, without anybody seeing a value: only RSA ciphertexts change. */
import { listBroken, listSites, sortByOffset, writeDocument } from "../embedded/visited-document.ts";
import { type ErrorCode, FieldsealError } from "../errors.ts";
import { formatPayload, formatToken, type Payload } from "../token/grammar.ts";
import { ciphertextOf } from "./open-tokens.ts";
import type { ReadableRecipient, Reader } from "./reader/reader.ts";
import { locateTokens, type PlacedToken, type TokenDocument, type TokenSite } from "./token-document.ts";
import { writeToken } from "./write-token.ts";

/** RSA ciphertexts for another key: for each, in order, the new one or the error that it met. It does not reject. */
export type MoveCiphertexts = (ciphertexts: readonly Buffer[]) => Promise<readonly (Uint8Array | FieldsealError)[]>;

/** From which recipient to which tokens move, and by what. */
export interface Move {
  readonly from: ReadableRecipient;
  readonly to: ReadableRecipient;
  /** Bytes of the new key's modulus. */
  readonly modulusBytes: number;
  readonly move: MoveCiphertexts;
}

/** A text whose tokens have moved. */
export interface RewrappedText {
  readonly body: Buffer;
  /** How many tokens of each kind have moved. */
  readonly direct: number;
  readonly sealed: number;
  /** Tokens of other recipients, those of the new one among them, by the recipient's id. */
  readonly left: ReadonlyMap<string, number>;
  /** Tokens that stay, since they themselves cannot be moved. Offsets are bytes of the body, behind its compression. */
  readonly failed: readonly { readonly offset: number; readonly code: ErrorCode }[];
}

/**
 * Whether a token itself cannot be moved; what else goes wrong is wrong with KMS or the text, and may be mended before
 * another try.
 */
export function isTokenFault(code: ErrorCode): boolean {
  return (
    code === "content_coding_malformed" ||
    code === "token_damaged" ||
    code === "token_invalid" ||
    code === "value_too_long"
  );
}

/**
 * A text with the tokens of one recipient as tokens of another: a direct token is encrypted anew by KMS, of sealed ones
 * only the content key, once for all that share it. A direct token is refused as `value_too_long` where the new key is
 * smaller than its own, since what fitted there need not fit here. Throws what reading throws, what KMS cannot do for
 * the time being, and with `fail` the code of the first token that cannot be moved, at its offset in bytes.
 */
export async function rewrapText(
  input: { readonly body: Buffer; readonly contentType: string | undefined; readonly onFailure: "fail" | "keep" },
  reader: Reader,
  move: Move,
): Promise<RewrappedText> {
  const document = locateTokens(input.body, input.contentType, reader);
  const placed = listSites(document, sortByOffset);
  const isOwn = ({ site }: PlacedToken): boolean => site.token.recipient.id === move.from.id;
  const own = placed.filter(isOwn);
  const moved = await moveDistinct(own, move);
  const replacements = new Map<TokenSite, string>();
  const failed: { readonly offset: number; readonly code: ErrorCode }[] = [];
  const fail = (code: ErrorCode, offset: number): void => {
    if (input.onFailure === "fail") throw new FieldsealError(code, { offset });
    failed.push({ offset, code });
  };
  const counts = { direct: 0, sealed: 0 };
  const offsetIn = createByteCounter(document);
  for (const each of own) {
    const payload = rewrap(each.site, move, moved);
    if (!(payload instanceof FieldsealError)) {
      counts[payload.kind]++;
      replacements.set(each.site, writeToken(each, formatToken(move.to, formatPayload(payload))));
      continue;
    }
    if (!isTokenFault(payload.code)) throw payload;
    fail(payload.code, offsetIn(each.offset));
  }
  const brokenOffsetIn = createByteCounter(document);
  for (const { offset, code } of listBroken(document)) fail(code, brokenOffsetIn(offset));
  return {
    body: writeDocument(document, replacements) ?? input.body,
    ...counts,
    left: countRecipients(placed.filter((each) => !isOwn(each))),
    failed,
  };
}

/** Moved RSA ciphertexts, or the errors that they met, by the base64 of the old ones. */
type Moved = ReadonlyMap<string, Uint8Array | FieldsealError | undefined>;

async function moveDistinct(own: readonly PlacedToken[], { modulusBytes, move }: Move): Promise<Moved> {
  const distinct = new Map<string, Buffer>();
  for (const { site } of own) {
    if (site.token.kind === "damaged" || isTooLarge(site.token.payload, modulusBytes)) continue;
    const ciphertext = ciphertextOf(site.token.payload);
    distinct.set(ciphertext.toString("base64"), ciphertext);
  }
  const results = await move([...distinct.values()]);
  return new Map([...distinct.keys()].map((key, index) => [key, results[index]]));
}

/** The same moves, each made once: whatever has one wrapped key keeps having one. The latest `most` are remembered. */
export function rememberMoves(move: MoveCiphertexts, most: number): MoveCiphertexts {
  const known = new Map<string, Uint8Array>();
  return async (ciphertexts) => {
    const names = ciphertexts.map((ciphertext) => ciphertext.toString("base64"));
    const found = names.map((name) => known.get(name));
    const moved = await move(ciphertexts.filter((_, index) => found[index] === undefined));
    let next = 0;
    return names.map((name, index) => {
      const result = found[index] ?? moved[next++] ?? new FieldsealError("internal_error");
      if (result instanceof FieldsealError) return result;
      known.set(name, result);
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
      return result;
    });
  };
}

/** Bytes before a place of the document's text. Linear where the places come in order. */
function createByteCounter({ source, binary }: TokenDocument): (offset: number) => number {
  let [at, byteCount] = [0, 0];
  return (offset) => {
    if (binary) return offset;
    byteCount += Buffer.byteLength(source.slice(at, offset), "utf8");
    at = offset;
    return byteCount;
  };
}

function countRecipients(placed: readonly PlacedToken[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { site } of placed) {
    const { id } = site.token.recipient;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function isTooLarge(payload: Payload, modulusBytes: number): boolean {
  return payload.kind === "direct" && payload.ciphertext.length > modulusBytes;
}

/** The payload for the new recipient. */
function rewrap({ token }: TokenSite, { to, modulusBytes }: Move, moved: Moved): Payload | FieldsealError {
  if (token.kind === "damaged") return new FieldsealError("token_damaged");
  const { payload } = token;
  if (isTooLarge(payload, modulusBytes)) return new FieldsealError("value_too_long");
  const result = moved.get(ciphertextOf(payload).toString("base64"));
  if (result === undefined) return new FieldsealError("internal_error");
  if (result instanceof FieldsealError) return result;
  const ciphertext = Buffer.from(result);
  if (ciphertext.length !== modulusBytes)
    return new FieldsealError("kms_key_mismatch", { reason: `Recipient ${to.id}.` });
  return payload.kind === "direct" ? { ...payload, ciphertext } : { ...payload, wrappedKey: ciphertext };
}
