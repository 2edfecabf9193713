/** Views: what a reader gets of values that it may open, as a whole, masked, or as pseudonyms. */
import { createHash } from "node:crypto";
import { FieldsealError } from "../errors.ts";
import { type OpenedTokens, type OpenedValue, stringValue } from "./open-tokens.ts";
import type { Reader } from "./reader/reader.ts";
import { maskOf, type View, viewOf } from "./reader/view.ts";
import type { Token, TokenSite } from "./token-document.ts";
import { charactersOf } from "./write-value.ts";

/** HMAC-SHA-256 by KMS: for each message, in order, its code or the error that it met. It does not reject. */
export type Authenticate = (messages: readonly Buffer[]) => Promise<readonly (Uint8Array | FieldsealError)[]>;

/** What a reader gets of a value. */
export interface ShownValue {
  readonly value: OpenedValue;
  readonly outcome: "opened" | "masked" | "pseudonym";
}

/** What a reader gets of each token that it may open, or why it gets nothing. */
export type ShownValues = ReadonlyMap<TokenSite, ShownValue | FieldsealError>;

/**
 * What the reader gets of each value. Each distinct value is authenticated once. Throws `too_many_pseudonyms`.
 */
export async function showValues(
  values: OpenedTokens,
  reader: Reader,
  authenticate: Authenticate | undefined,
): Promise<ShownValues> {
  const shown = new Map<TokenSite, ShownValue | FieldsealError>();
  const pseudonyms = new Map<TokenSite, OpenedValue>();
  for (const [site, value] of values) {
    const view = value instanceof FieldsealError ? "full" : viewOfToken(site.token, reader);
    if (value instanceof FieldsealError) shown.set(site, value);
    else if (view === "full") shown.set(site, { value, outcome: "opened" });
    else if (view === "pseudonym") pseudonyms.set(site, value);
    else shown.set(site, { value: stringValue(maskValue(value, view)), outcome: "masked" });
  }
  for (const [site, result] of await makePseudonyms(pseudonyms, reader, authenticate)) shown.set(site, result);
  return shown;
}

function viewOfToken(token: Token, reader: Reader): View {
  return token.kind === "damaged" ? "full" : viewOf(reader, token.recipient, token.payload);
}

function maskValue(value: OpenedValue, view: View): string {
  const mask = maskOf(view);
  if (mask === undefined) throw new FieldsealError("internal_error");
  // Of what is no text, and of objects and lists, no part may be told.
  const isText = value.kind === "json" && !/^[[{]/.test(value.json);
  return mask(isText ? charactersOf(value) : "");
}

async function makePseudonyms(
  values: ReadonlyMap<TokenSite, OpenedValue>,
  { limits }: Reader,
  authenticate: Authenticate | undefined,
): Promise<ShownValues> {
  const distinct = new Map<string, { readonly message: Buffer; readonly sites: TokenSite[] }>();
  for (const [site, value] of values) {
    const message = messageOf(value);
    const key = message.toString("base64");
    const known = distinct.get(key) ?? { message, sites: [] };
    known.sites.push(site);
    distinct.set(key, known);
  }
  if (distinct.size > limits.pseudonyms) throw new FieldsealError("too_many_pseudonyms");
  const messages = [...distinct.values()].map(({ message }) => message);
  const codes = authenticate === undefined || messages.length === 0 ? [] : await authenticate(messages);
  return new Map(
    [...distinct.values()].flatMap(({ sites }, index) => {
      const result = readPseudonym(codes[index]);
      return sites.map((site) => [site, result] as const);
    }),
  );
}

function readPseudonym(code: Uint8Array | FieldsealError | undefined): ShownValue | FieldsealError {
  if (code === undefined) return new FieldsealError("kms_key_unusable");
  if (code instanceof FieldsealError) return code;
  return { value: stringValue(Buffer.from(code).toString("base64url")), outcome: "pseudonym" };
}

/** Bytes that KMS takes for one HMAC (KMS API Reference, GenerateMac). */
const longestMessage = 4_096;

/** The value's characters in UTF-8; where they are more than KMS takes, the hexadecimal digits of their SHA-256. */
function messageOf(value: OpenedValue): Buffer {
  const bytes = value.kind === "bytes" ? value.bytes : Buffer.from(charactersOf(value), "utf8");
  if (bytes.length > 0 && bytes.length <= longestMessage) return bytes;
  return Buffer.from(createHash("sha256").update(bytes).digest("hex"), "latin1");
}
