/** Moves tokens to another recipient, without anybody seeing a value: only RSA ciphertexts change. */

import { type ErrorCode, FieldsealError } from "../errors.ts";
import type { Span } from "../text/edit.ts";
import { formatPayload, formatToken, type Payload } from "../token/grammar.ts";
import type { ReadableRecipient, Reader } from "./reader/reader.ts";
import {
  brokenIn,
  isEdited,
  isWhole,
  type LocatedDocument,
  locateTokens,
  offsetOf,
  type TokenSite,
  writeDocument,
} from "./token-document.ts";
import { createCharacterDecoder } from "./tokens/character-decoder.ts";
import { escapeCharacters, escapeVisibly } from "./tokens/escape-characters.ts";
import { mostLayers } from "./tokens/escape-layers.ts";

/** RSA ciphertexts for another key: for each, in order, the new one or the error that it met. It does not reject. */
export type MoveCiphertexts = (ciphertexts: readonly Buffer[]) => Promise<readonly (Uint8Array | FieldsealError)[]>;

export interface Move {
  readonly from: ReadableRecipient;
  readonly to: ReadableRecipient;
  /** Bytes of the new key's modulus. */
  readonly modulusBytes: number;
  readonly move: MoveCiphertexts;
}

export interface RewrappedText {
  readonly body: Buffer;
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
  { from, to, modulusBytes, move }: Move,
): Promise<RewrappedText> {
  const document = locateTokens(input.body, input.contentType, reader);
  const all = placesIn(document);
  const offsetIn = createByteCounter(document);
  const own = all.filter(({ site }) => site.token.recipient.id === from.id);
  const distinct = new Map<string, Buffer>();
  for (const {
    site: { token },
  } of own) {
    if (token.kind === "damaged" || isTooLarge(token.payload, modulusBytes)) continue;
    const ciphertext = ciphertextOf(token.payload);
    distinct.set(ciphertext.toString("base64"), ciphertext);
  }
  const results = await move([...distinct.values()]);
  const moved = new Map([...distinct.keys()].map((key, index) => [key, results[index]]));
  const replacements = new Map<TokenSite, string>();
  const failed: { readonly offset: number; readonly code: ErrorCode }[] = [];
  const counts = { direct: 0, sealed: 0 };
  for (const place of own) {
    const { site, offset } = place;
    const result = rewrap(site, to, modulusBytes, moved);
    if (result instanceof FieldsealError) {
      const { code } = result;
      if (!isTokenFault(code)) throw result;
      if (input.onFailure === "fail") throw new FieldsealError(code, { offset: offsetIn(offset) });
      failed.push({ offset: offsetIn(offset), code });
    } else {
      counts[result.kind]++;
      replacements.set(site, write(place, formatToken(to, formatPayload(result))));
    }
  }
  const brokenOffsetIn = createByteCounter(document);
  for (const { offset, code } of brokenIn(document)) {
    if (input.onFailure === "fail") throw new FieldsealError(code, { offset: brokenOffsetIn(offset) });
    failed.push({ offset: brokenOffsetIn(offset), code });
  }
  return {
    body: isEdited(document, replacements) ? writeDocument(document, replacements) : input.body,
    ...counts,
    left: countBy(
      all.filter(({ site }) => site.token.recipient.id !== from.id).map(({ site }) => site.token.recipient.id),
    ),
    failed,
  };
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

/** A token, where it begins in the document, and the text of its own. */
interface Place {
  readonly site: TokenSite;
  readonly offset: number;
  readonly source: string;
}

function placesIn({ sites, inner, source }: LocatedDocument): Place[] {
  return [
    ...sites.map((site) => ({ site, source, offset: offsetOf(site) })),
    ...inner.flatMap(({ node, document }) => placesIn(document).map((place) => ({ ...place, offset: node.start }))),
  ].sort((a, b) => a.offset - b.offset);
}

/** Bytes before a place of the document's text. Linear where the places come in order. */
function createByteCounter({ source, binary }: LocatedDocument): (offset: number) => number {
  let [at, byteCount] = [0, 0];
  return (offset) => {
    if (binary) return offset;
    byteCount += Buffer.byteLength(source.slice(at, offset), "utf8");
    at = offset;
    return byteCount;
  };
}

function countBy(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function isTooLarge(payload: Payload, modulusBytes: number): boolean {
  return payload.kind === "direct" && payload.ciphertext.length > modulusBytes;
}

function ciphertextOf(payload: Payload): Buffer {
  return payload.kind === "direct" ? payload.ciphertext : payload.wrappedKey;
}

/** The payload for the new recipient. */
function rewrap(
  { token }: TokenSite,
  to: ReadableRecipient,
  modulusBytes: number,
  moved: ReadonlyMap<string, Uint8Array | FieldsealError | undefined>,
): Payload | FieldsealError {
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

/** A token in the place of another one, in its spelling: by that a reader tells how a value is written there. */
function write({ site, source }: Place, token: string): string {
  const { node } = site;
  const { start, end, layers } = site.token;
  const literal = isWhole(site) ? node.literal : undefined;
  const encode = {
    briefly: (characters: string) => escapeCharacters(characters, layers),
    visibly: (character: string) => escapeVisibly(character, layers),
  };
  if (literal === undefined && !node.divisible) return spellAs(node.text, { start, end }, token, encode);
  const span = { start: node.at(start), end: node.at(end) };
  const spelt = spellAs(source, span, token, {
    briefly: (characters) => node.encode(encode.briefly(characters)),
    visibly: (character) => node.encode(encode.visibly(character)),
  });
  return literal === undefined
    ? spelt
    : source.slice(literal.start, span.start) + spelt + source.slice(span.end, literal.end);
}

/** How characters are spelt in a place: as it demands, or with every layer showing. */
interface CharacterEncoding {
  readonly briefly: (characters: string) => string;
  readonly visibly: (character: string) => string;
}

/** Those of a token and of the codecs around it. */
const allLayers = mostLayers + 2;

/**
 * A token in the spelling of what stands in a span of a text. No character shows a layer that the old token did not,
 * and together they show all that it did.
 */
function spellAs(text: string, { start, end }: Span, token: string, { briefly, visibly }: CharacterEncoding): string {
  const old = text.slice(start, end);
  const wrap = (characters: string): string =>
    old.includes("\n") ? wrapAs(old, start - text.lastIndexOf("\n", start - 1) - 1, characters) : characters;
  if (!/[\\%&]/.test(old)) return wrap(briefly(token));
  const spellings = new Map<string, string>();
  let layers = 0;
  for (const { value, spelling, layers: own } of readCharacters(old)) {
    if (own === 0 || value === "\n" || value === "\r") continue;
    layers |= own;
    if (!spellings.has(value)) spellings.set(value, spelling);
  }
  const encode = (character: string): string => {
    const candidates = [briefly(character), visibly(character), escapeVisibly(character, layers)];
    return candidates.find((candidate) => (layersIn(candidate) & ~layers) === 0) ?? briefly(character);
  };
  const [first = "", ...others] = Array.from(token, (character) => spellings.get(character) ?? encode(character));
  const spelt = first + others.join("");
  if (layers === 0) return wrap(spelt);
  const missing = layers & ~layersIn(spelt);
  if (missing === 0) return spelt;
  // None of the characters that showed it are in this token.
  const shown = [visibly(token[0] ?? ""), escapeVisibly(token[0] ?? "", missing)].map(
    (character) => character + others.join(""),
  );
  return shown.find((candidate) => (layers & ~layersIn(candidate)) === 0) ?? spelt;
}

function layersIn(text: string): number {
  return [...readCharacters(text)].reduce((layers, character) => layers | character.layers, 0);
}

function* readCharacters(
  text: string,
): Generator<{ readonly value: string; readonly spelling: string; readonly layers: number }> {
  const read = createCharacterDecoder(text);
  for (let at = 0; at < text.length; ) {
    const { value, end, layers } = read(at, allLayers);
    yield { value, spelling: text.slice(at, end), layers };
    at = end;
  }
}

/**
 * A token in lines that are as wide as those of the one it replaces, which begins at a column. Where all of its lines
 * end with `=`, the text is quoted-printable (RFC 2045, section 6.7).
 */
function wrapAs(old: string, column: number, token: string): string {
  const breaks = [...old.matchAll(/(=?)(\r?\n[ \t]*)/g)];
  const [first] = breaks;
  if (first === undefined) return token;
  const [, , end = ""] = first;
  const isQuoted = breaks.every(([, soft]) => soft === "=");
  const units = (isQuoted ? token.replaceAll("=", "=3D") : token).match(/=3D|[^]/g) ?? [];
  const width = column + first.index;
  const indent = end.replace(/^\r?\n/, "").length;
  let at = column;
  let wrapped = "";
  for (const unit of units) {
    if (at + unit.length > width && at > indent) {
      wrapped += (isQuoted ? "=" : "") + end;
      at = indent;
    }
    wrapped += unit;
    at += unit.length;
  }
  return wrapped;
}
