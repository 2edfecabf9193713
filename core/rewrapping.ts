/** Moves tokens to another recipient, without anybody seeing a value: only RSA ciphertexts change. */
import { type LocatedDocument, isEdited, isWhole, locateTokens, offsetOf, type Slot, writeDocument } from "./encrypted-document.ts";
import { type ErrorCode, FieldsealError } from "./errors.ts";
import type { ReadableRecipient, Reader } from "./reader.ts";
import { createCharacterReader, spell, spelledLayers, spellVisibly } from "./character-spelling.ts";
import { formatPayload, formatToken, type Payload } from "./token.ts";

/** RSA ciphertexts for another key: for each, in order, the new one or the error that it met. It does not reject. */
export type MoveCiphertexts = (ciphertexts: readonly Buffer[]) => Promise<readonly (Uint8Array | FieldsealError)[]>;

export interface Move {
  readonly from: ReadableRecipient;
  readonly to: ReadableRecipient;
  /** Octets of the new key's modulus. */
  readonly modulusOctets: number;
  readonly move: MoveCiphertexts;
}

export interface RewrappedText {
  readonly body: Buffer;
  readonly direct: number;
  readonly sealed: number;
  /** Tokens of other recipients, those of the new one among them, by the recipient's id. */
  readonly left: ReadonlyMap<string, number>;
  /** Tokens that stay, since they themselves cannot be moved. Offsets are octets of the body, behind its compression. */
  readonly failed: readonly { readonly offset: number; readonly code: ErrorCode }[];
}

/** Whether a token itself cannot be moved; what else goes wrong is wrong with KMS or the text, and may be mended before another try. */
export function isTokenFault(code: ErrorCode): boolean {
  return code === "token_damaged" || code === "token_invalid" || code === "value_too_long";
}

/**
 * A text with the tokens of one recipient as tokens of another: a direct token is encrypted anew by KMS, of sealed ones only the
 * content key, once for all that share it. A direct token is refused as `value_too_long` where the new key is smaller than its
 * own, since what fitted there need not fit here. Throws what reading throws, what KMS cannot do for the time being, and with
 * `fail` the code of the first token that cannot be moved, at its offset in octets.
 */
export async function rewrapText(
  input: { readonly body: Buffer; readonly contentType: string | undefined; readonly onFailure: "fail" | "keep" },
  reader: Reader,
  { from, to, modulusOctets, move }: Move,
): Promise<RewrappedText> {
  const document = locateTokens(input.body, input.contentType, reader);
  const all = slotsIn(document);
  const offsetIn = createOctetCounter(document);
  const own = all.filter(({ slot }) => slot.token.recipient.id === from.id);
  const distinct = new Map<string, Buffer>();
  for (const { slot: { token } } of own) {
    if (token.kind === "damaged" || isTooLarge(token.payload, modulusOctets)) continue;
    const ciphertext = ciphertextOf(token.payload);
    distinct.set(ciphertext.toString("base64"), ciphertext);
  }
  const results = await move([...distinct.values()]);
  const moved = new Map([...distinct.keys()].map((key, index) => [key, results[index]]));
  const replacements = new Map<Slot, string>();
  const failed: { readonly offset: number; readonly code: ErrorCode }[] = [];
  const counts = { direct: 0, sealed: 0 };
  for (const { slot, source, offset } of own) {
    const result = rewrap(slot, to, modulusOctets, moved);
    if (result instanceof FieldsealError) {
      const { code } = result;
      if (!isTokenFault(code)) throw result;
      if (input.onFailure === "fail") throw new FieldsealError(code, { offset: offsetIn(offset) });
      failed.push({ offset: offsetIn(offset), code });
    } else {
      counts[result.kind]++;
      replacements.set(slot, write(slot, source, formatToken(to, formatPayload(result))));
    }
  }
  return {
    body: isEdited(document, replacements) ? writeDocument(document, replacements) : input.body,
    ...counts,
    left: countBy(all.filter(({ slot }) => slot.token.recipient.id !== from.id).map(({ slot }) => slot.token.recipient.id)),
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

/** With the text that each stands in, which is another one in an envelope. */
function slotsIn({ source, slots, inner }: LocatedDocument): { readonly slot: Slot; readonly source: string; readonly offset: number }[] {
  return [
    ...slots.map((slot) => ({ slot, source, offset: offsetOf(slot) })),
    ...inner.flatMap(({ leaf, document }) => slotsIn(document).map((each) => ({ ...each, offset: leaf.start }))),
  ].sort((a, b) => a.offset - b.offset);
}

/** Octets before a place of the document's text. Linear where the places come in order. */
function createOctetCounter({ source, binary }: LocatedDocument): (offset: number) => number {
  let [at, octets] = [0, 0];
  return (offset) => {
    if (binary) return offset;
    octets += Buffer.byteLength(source.slice(at, offset), "utf8");
    at = offset;
    return octets;
  };
}

function countBy(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function isTooLarge(payload: Payload, modulusOctets: number): boolean {
  return payload.kind === "direct" && payload.ciphertext.length > modulusOctets;
}

function ciphertextOf(payload: Payload): Buffer {
  return payload.kind === "direct" ? payload.ciphertext : payload.wrappedKey;
}

/** The payload for the new recipient. */
function rewrap(
  { token }: Slot,
  to: ReadableRecipient,
  modulusOctets: number,
  moved: ReadonlyMap<string, Uint8Array | FieldsealError | undefined>,
): Payload | FieldsealError {
  if (token.kind === "damaged") return new FieldsealError("token_damaged");
  const { payload } = token;
  if (isTooLarge(payload, modulusOctets)) return new FieldsealError("value_too_long");
  const result = moved.get(ciphertextOf(payload).toString("base64"));
  if (result === undefined) return new FieldsealError("internal_error");
  if (result instanceof FieldsealError) return result;
  const ciphertext = Buffer.from(result);
  if (ciphertext.length !== modulusOctets) return new FieldsealError("kms_key_mismatch", { reason: `Recipient ${to.id}.` });
  return payload.kind === "direct" ? { ...payload, ciphertext } : { ...payload, wrappedKey: ciphertext };
}

/** A token in the place of another one, in its spelling. */
function write(slot: Slot, source: string, token: string): string {
  const { leaf } = slot;
  const { start, end, layers } = slot.token;
  const whole = isWhole(slot) ? leaf.literal : undefined;
  const text = leaf.text.slice(start, end);
  const old = source.slice(leaf.at(start), leaf.at(end));
  if (leaf.divisible && old !== text && charactersOf(old) === charactersOf(text)) {
    // A reader of other formats, or of none, sees escapes that the format's own reader does not.
    const spelt = spellAs(old, layersOf(old), token);
    if (whole === undefined) return spelt;
    return source.slice(whole.start, leaf.at(0)) + spelt + source.slice(leaf.at(leaf.text.length), whole.end);
  }
  if (whole !== undefined) return whole.restore(JSON.stringify(token));
  const spelt = layers === 0 ? wrapAs(text, start - leaf.text.lastIndexOf("\n", start - 1) - 1, token) : spellAs(text, layers, token);
  return leaf.divisible ? leaf.encode(spelt) : spelt;
}

/** A token whose characters are spelt as those of the one it replaces: by them a reader tells how a value is written in its place. */
function spellAs(old: string, layers: number, token: string): string {
  const spellings = new Map<string, string>();
  for (const { value, text } of readCharacters(old)) if (!spellings.has(value)) spellings.set(value, text);
  const spelt = Array.from(token, (character) => spellings.get(character) ?? spell(character, layers));
  return (layersOf(spelt.join("")) === layers ? spelt : [spellVisibly(token[0] ?? "", layers), ...spelt.slice(1)]).join("");
}

function layersOf(text: string): number {
  return [...readCharacters(text)].reduce((sum, { layers }) => sum | layers, 0);
}

function charactersOf(text: string): string {
  return [...readCharacters(text)].map(({ value }) => value).join("");
}

function* readCharacters(text: string): Generator<{ readonly value: string; readonly text: string; readonly layers: number }> {
  const read = createCharacterReader(text);
  for (let at = 0; at < text.length; ) {
    const { value, end, layers } = read(at, spelledLayers);
    yield { value, text: text.slice(at, end), layers };
    at = end;
  }
}

/**
 * A token in lines that are as wide as those of the one it replaces, which begins at a column. Where all of its lines end with
 * `=`, the text is quoted-printable (RFC 2045, section 6.7).
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
