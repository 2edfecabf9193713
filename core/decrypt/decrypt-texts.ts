/** Restores the values that tokens stand for: the mirror image of encryption, through the same codecs. */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { UnfoldingBudget } from "../embedded/gzip-base64.ts";
import { type ErrorCode, FieldsealError } from "../errors.ts";
import { decodeString, endOf, parseJson, startOf } from "../text/json-document.ts";
import { formatPayload, formatToken, type Payload } from "../token/grammar.ts";
import { openSealed } from "../token/sealed-content.ts";
import type { ReadableRecipient, Reader } from "./reader/reader.ts";
import { maskOf, type View, viewOf } from "./reader/view.ts";
import {
  brokenIn,
  isEdited,
  isWhole,
  type LocatedDocument,
  locateTokens,
  offsetOf,
  type Token,
  type TokenSite,
  writeDocument,
} from "./token-document.ts";
import { escapeCharacters } from "./tokens/escape-characters.ts";
import { countLayers } from "./tokens/escape-layers.ts";

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

/** HMAC-SHA-256 by KMS: for each message, in order, its code or the error that it met. It does not reject. */
export type Authenticate = (messages: readonly Buffer[]) => Promise<readonly (Uint8Array | FieldsealError)[]>;

/** What opens and authenticates. */
export interface KeyService {
  readonly decrypt: Decrypt;
  /** Under the reader's key for pseudonyms. */
  readonly authenticate?: Authenticate | undefined;
}

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
  /**
   * Tokens that the reader may not open, or gets as they are: left in place. Offsets are UTF-16, in the text that came.
   */
  readonly withheld: readonly { readonly offset: number; readonly recipient: string }[];
  /** Tokens that stay, and gzip in base64 that cannot be opened, which may hold some. */
  readonly failed: readonly { readonly offset: number; readonly code: ErrorCode }[];
  /** What became of each token, for the audit. */
  readonly tokens: readonly TokenOutcome[];
}

export interface TokenOutcome {
  readonly recipient: string;
  /**
   * `discarded` were opened and not given out, since something else failed; `rewrapped` moved to another recipient
   * unopened.
   */
  readonly outcome: "opened" | "masked" | "pseudonym" | "withheld" | "discarded" | "rewrapped" | ErrorCode;
  /** The first 16 hexadecimal digits of the SHA-256 of the token in its one spelling; of a damaged one, "". */
  readonly fingerprint: string;
}

/** A restored value. */
type Opened = { readonly kind: "json"; readonly json: string } | { readonly kind: "bytes"; readonly bytes: Buffer };

/**
 * A body with the values of all tokens that the reader may open in their places, as the reader may see them: in JSON
 * with type and spelling, in other formats as characters, spelt as the place needs them. Restored text is not scanned
 * again. Throws `body_malformed`, `body_ambiguous`, `body_not_utf8`, `too_deep`, `content_coding_malformed`,
 * `decoded_too_large`, `too_many_tokens`, `too_many_pseudonyms`, and, unless tokens are to be kept on failure, the code
 * of the first token that failed.
 */
export async function decryptBody(input: EncryptedText, reader: Reader, decrypt: Decrypt): Promise<DecryptedText> {
  const [result] = await decryptBodies([input], reader, { decrypt });
  if (result === undefined) throw new FieldsealError("internal_error");
  if (result instanceof FieldsealError) throw result;
  return result;
}

/** Told what became of the tokens of a text, or of a call, that failed as a whole. */
export type TellOutcomes = (outcomes: readonly TokenOutcome[]) => void;

/**
 * Several bodies, each as `decryptBody` does it, or the error that it met. Ciphertexts that several of them hold are
 * asked for once. Throws `too_many_tokens` and `too_many_pseudonyms` where all together hold more than the reader may
 * open in a call.
 */
export async function decryptBodies(
  inputs: readonly EncryptedText[],
  reader: Reader,
  keys: KeyService,
  tellFailed: TellOutcomes = () => undefined,
): Promise<readonly (DecryptedText | FieldsealError)[]> {
  const budget = { left: reader.limits.decoded };
  const located = inputs.map((input) => attempt(() => locate(input, reader, budget)));
  const readable = located.flatMap((body) => (body instanceof FieldsealError ? [] : body.readable));
  if (readable.length > reader.limits.tokens) throw new FieldsealError("too_many_tokens");
  const keyed = await openCiphertexts(readable, keys.decrypt);
  const values = new Map(readable.map((site) => [site, openSite(site, keyed, reader)]));
  const shown = await showValues(values, reader, keys).catch((error: unknown) => {
    tellFailed(
      [...values].map(([site, value]) =>
        describeOutcome(site, value instanceof FieldsealError ? value.code : "discarded"),
      ),
    );
    throw error;
  });
  return located.map((body) =>
    body instanceof FieldsealError ? body : attempt(() => finish(body, shown, reader, tellFailed)),
  );
}

function attempt<T>(work: () => T): T | FieldsealError {
  try {
    return work();
  } catch (error) {
    if (error instanceof FieldsealError) return error;
    throw error;
  }
}

interface Located {
  readonly input: EncryptedText;
  readonly document: LocatedDocument;
  /** All tokens, those of texts within the text too, and where they begin in it. */
  readonly places: readonly Place[];
  /** Those that the reader may open. */
  readonly readable: readonly TokenSite[];
}

interface Place {
  readonly site: TokenSite;
  readonly offset: number;
  readonly binary: boolean;
}

function locate(input: EncryptedText, reader: Reader, budget: UnfoldingBudget): Located {
  const document = locateTokens(input.body, input.contentType, reader, budget);
  const places = placesIn(document).sort((a, b) => a.offset - b.offset);
  return { input, document, places, readable: places.flatMap(({ site }) => (isReadable(site, reader) ? [site] : [])) };
}

function placesIn({ sites, inner, binary }: LocatedDocument): Place[] {
  return [
    ...sites.map((site) => ({ site, offset: offsetOf(site), binary })),
    ...inner.flatMap(({ node, document }) => placesIn(document).map((place) => ({ ...place, offset: node.start }))),
  ];
}

/** A damaged token tells no label: it fails whatever the reader would get. */
function isReadable({ token }: TokenSite, reader: Reader): boolean {
  return (
    token.recipient.mayOpen && (token.kind === "damaged" || viewOf(reader, token.recipient, token.payload) !== "token")
  );
}

/** The value of a token, or why there is none. */
function openSite({ token, expected }: TokenSite, keyed: Keyed, reader: Reader): Opened | FieldsealError {
  if (token.kind === "damaged") return new FieldsealError("token_damaged");
  return attempt(() => {
    const value = open(token, keyed, reader);
    const label = token.payload.kind === "sealed" ? token.payload.header.label : undefined;
    if (expected.some((each) => each !== label)) throw new FieldsealError("label_mismatch");
    return value;
  });
}

interface Shown {
  readonly value: Opened;
  readonly outcome: "opened" | "masked" | "pseudonym";
}

type AllShown = ReadonlyMap<TokenSite, Shown | FieldsealError>;

/** What the reader gets of each value. */
async function showValues(
  values: ReadonlyMap<TokenSite, Opened | FieldsealError>,
  reader: Reader,
  { authenticate }: KeyService,
): Promise<AllShown> {
  const shown = new Map<TokenSite, Shown | FieldsealError>();
  const waiting = new Map<string, { readonly message: Buffer; readonly sites: TokenSite[] }>();
  for (const [site, value] of values) {
    const view: View =
      site.token.kind === "damaged" || value instanceof FieldsealError
        ? "full"
        : viewOf(reader, site.token.recipient, site.token.payload);
    if (value instanceof FieldsealError) {
      shown.set(site, value);
    } else if (view === "full") {
      shown.set(site, { value, outcome: "opened" });
    } else if (view === "pseudonym") {
      const message = messageOf(value);
      const key = message.toString("base64");
      const known = waiting.get(key) ?? { message, sites: [] };
      known.sites.push(site);
      waiting.set(key, known);
    } else {
      shown.set(site, { value: textValue(mask(value, view)), outcome: "masked" });
    }
  }
  if (waiting.size === 0) return shown;
  if (waiting.size > reader.limits.pseudonyms) throw new FieldsealError("too_many_pseudonyms");
  const distinct = [...waiting.values()];
  const codes = authenticate === undefined ? [] : await authenticate(distinct.map(({ message }) => message));
  distinct.forEach(({ sites }, index) => {
    const code = codes[index] ?? new FieldsealError("kms_key_unusable");
    const result =
      code instanceof FieldsealError
        ? code
        : { value: textValue(Buffer.from(code).toString("base64url")), outcome: "pseudonym" as const };
    for (const site of sites) shown.set(site, result);
  });
  return shown;
}

function mask(value: Opened, view: View): string {
  const mask = maskOf(view);
  if (mask === undefined) throw new FieldsealError("internal_error");
  // Of what is no text, and of objects and lists, no part may be told.
  const isText = value.kind === "json" && !/^[[{]/.test(value.json);
  return mask(isText ? charactersOf(value) : "");
}

function textValue(text: string): Opened {
  return { kind: "json", json: JSON.stringify(text) };
}

/** What KMS takes for one HMAC (KMS API Reference, GenerateMac). */
const longestMessage = 4_096;

/** The value's characters in UTF-8; where they are more than KMS takes, the hexadecimal digits of their SHA-256. */
function messageOf(value: Opened): Buffer {
  const bytes = value.kind === "bytes" ? value.bytes : Buffer.from(charactersOf(value), "utf8");
  if (bytes.length > 0 && bytes.length <= longestMessage) return bytes;
  return Buffer.from(createHash("sha256").update(bytes).digest("hex"), "latin1");
}

function finish(
  { input, document, places }: Located,
  shown: AllShown,
  reader: Reader,
  tellFailed: TellOutcomes,
): DecryptedText {
  const withheld: { readonly offset: number; readonly recipient: string }[] = [];
  const failed: { readonly offset: number; readonly code: ErrorCode }[] = [];
  const replacements = new Map<TokenSite, string>();
  const tokens: TokenOutcome[] = [];
  for (const { site, offset, binary } of places) {
    const result = shown.get(site);
    const recipient = site.token.recipient.id;
    if (result === undefined) {
      if (site.token.kind === "damaged") continue;
      withheld.push({ offset, recipient });
      tokens.push(describeOutcome(site, "withheld"));
      continue;
    }
    const replacement =
      result instanceof FieldsealError ? result : attempt(() => write(site, result.value, binary, reader));
    if (!(replacement instanceof FieldsealError)) {
      replacements.set(site, replacement);
      tokens.push(describeOutcome(site, result instanceof FieldsealError ? result.code : result.outcome));
      continue;
    }
    failed.push({ offset, code: replacement.code });
    tokens.push(describeOutcome(site, replacement.code));
  }
  const tokensFailed = failed.length;
  failed.push(...brokenIn(document));
  failed.sort((a, b) => a.offset - b.offset);
  const [first] = failed;
  const body =
    first !== undefined && input.onFailure === "fail"
      ? new FieldsealError(first.code, { offset: first.offset })
      : attempt(() => (isEdited(document, replacements) ? writeDocument(document, replacements) : input.body));
  if (body instanceof FieldsealError) {
    tellFailed(tokens.map((token) => (isGiven(token.outcome) ? { ...token, outcome: "discarded" } : token)));
    throw body;
  }
  return {
    body,
    found: replacements.size + tokensFailed + withheld.length,
    opened: replacements.size,
    withheld,
    failed,
    tokens,
  };
}

/** Whether the caller gets something of the token's value. */
export function isGiven(outcome: TokenOutcome["outcome"]): boolean {
  return outcome === "opened" || outcome === "masked" || outcome === "pseudonym";
}

function describeOutcome({ token }: TokenSite, outcome: TokenOutcome["outcome"]): TokenOutcome {
  return { recipient: token.recipient.id, outcome, fingerprint: fingerprintOf(token) };
}

function fingerprintOf(token: Token): string {
  if (token.kind === "damaged") return "";
  return createHash("sha256")
    .update(formatToken(token.recipient, formatPayload(token.payload)))
    .digest("hex")
    .slice(0, 16);
}

/** What is written for a token: where the node cannot be divided, its characters, and elsewhere their spelling. */
function write(site: TokenSite, value: Opened, binary: boolean, { csvFormulas }: Reader): string {
  const { node, token, format, layers, quotes } = site;
  const whole = isWhole(site);
  if (whole && node.literal !== undefined) {
    return node.literal.restore(value.kind === "json" ? value.json : JSON.stringify(readUtf8(value.bytes)));
  }
  if (whole && binary && value.kind === "bytes")
    return node.encodeBytes?.(value.bytes) ?? node.encode(readUtf8(value.bytes));
  const characters = charactersOf(value);
  // Half of a surrogate pair has no UTF-8: where no JSON escape can stand, another character would come back.
  if (!characters.isWellFormed() && (node.literal === undefined || layers !== 0))
    throw new FieldsealError("value_unwritable");
  const guarded =
    format === "csv" && csvFormulas === "escape" && token.start === 0 && isFormula(characters)
      ? `'${characters}`
      : characters;
  const spelt = quotes === undefined ? escapeCharacters(guarded, layers) : spellInQuotes(guarded, layers, quotes);
  return node.divisible ? node.encode(spelt) : spelt;
}

/** The characters of a JSON string whose quotes, and the token in it, are spelt in layers. */
function spellInQuotes(characters: string, layers: number, quotes: number): string {
  const escape = (text: string): string => JSON.stringify(text).slice(1, -1);
  const shown = countLayers(layers);
  const around = countLayers(quotes);
  const isMarkedUp = shown.percent > around.percent || shown.entity > around.entity;
  // What the token shows is what stands around the string, and the string's own escapes, as a solidus of PHP's is.
  if (!isMarkedUp && shown.json <= around.json + 1) return escapeCharacters(escape(characters), quotes);
  if (isMarkedUp && quotes === 0) return escape(escapeCharacters(characters, layers));
  return escapeCharacters(shown.json > around.json ? characters : escape(characters), layers | quotes);
}

/** What spreadsheets take for a formula (OWASP, "CSV Injection"). */
function isFormula(characters: string): boolean {
  return /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/.test(characters);
}

/** The characters that a restored value has in a text: those of a string, the literal of anything else. */
function charactersOf(value: Opened): string {
  if (value.kind === "bytes") return readUtf8(value.bytes);
  return value.json.startsWith('"') ? decodeString(value.json) : value.json;
}

/** What each distinct ciphertext opened to, by `identify`. */
type Keyed = ReadonlyMap<string, Uint8Array | FieldsealError>;

async function openCiphertexts(sites: readonly TokenSite[], decrypt: Decrypt): Promise<Keyed> {
  const distinct = new Map<string, DecryptRequest>();
  for (const { token } of sites) {
    if (token.kind === "damaged") continue;
    const ciphertext = ciphertextOf(token.payload);
    distinct.set(identify(token.recipient, ciphertext), {
      keyArn: token.recipient.keyArn,
      ciphertext,
      holds: token.payload.kind === "direct" ? "value" : "content key",
    });
  }
  const results = await decrypt([...distinct.values()]);
  return new Map(
    [...distinct.keys()].map((key, index) => [key, results[index] ?? new FieldsealError("internal_error")]),
  );
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

/**
 * The value of exactly one JSON text, without the blanks around it: anything else could change what stands around it.
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
