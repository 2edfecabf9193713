/** A request's body: which format it is read in, and how it goes back after its values were replaced. */
import { isUtf8 } from "node:buffer";
import type { Budget } from "../core/budget.ts";
import { measureEncryption, type Plan, type PlanContext, planEncryption } from "../core/encrypt/encrypt-text.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { Codec, FormatReading, TokenSight } from "../core/formats/codec.ts";
import { findPartCodec, formatOf } from "../core/formats/media-types.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Format } from "../core/rule/formats.ts";
import type { Rule } from "../core/rule/rule.ts";
import { detectsIn, readsBodies, readsFormat } from "../core/rule/scope.ts";
import { applyCodings, type ContentCoding, parseContentCodings, undoCodings } from "../core/text/content-coding.ts";
import { isAsciiCompatible, isUtf8 as isUtf8Type, type MediaType, parseMediaType } from "../core/text/media-type.ts";
import { plainNode, type TextNode } from "../core/text/text-node.ts";
import { isOneToken, scanTokens } from "../core/token/grammar.ts";
import { type EdgeRequest, headerValues, readBodyBytes } from "./event.ts";

/** CloudFront answers 502 to a replaced body of over 1 MB, a number that it does not define further. */
export const cloudFrontBodyBytes = 1_000_000;

function roomOf({ room }: Policy): number {
  return room ?? cloudFrontBodyBytes;
}

export interface BodyPlan {
  readonly plan: Plan;
  readonly format: Format;
  readonly codings: readonly ContentCoding[];
  /** Bytes that it may have with its tokens. */
  readonly room: number;
  /** Why the body was let through without being read in its format, where a rule allows that. */
  readonly unreadable: ErrorCode | undefined;
}

const plainText: MediaType = { essence: "text/plain", parameters: new Map() };

/** What a rule may decide upon with `unreadable`: the body is there, whole, and cannot be understood. */
const unreadableCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "body_malformed",
  "body_ambiguous",
  "body_not_utf8",
  "content_type_missing",
  "content_type_unsupported",
  "charset_unsupported",
  "content_coding_unsupported",
  "content_coding_malformed",
  "part_unreadable",
]);

/**
 * Finds what rules protect in a body; `undefined` where no rule looks into bodies. Throws whatever keeps the body from
 * being understood, unless every rule that looks into it lets that pass, and `marker_in_input` in any case.
 */
export function planBody(
  request: EdgeRequest,
  rules: readonly Rule[],
  policy: Policy,
  budget: Budget,
): BodyPlan | undefined {
  if (request.body === undefined) return undefined;
  const looking = rules.filter(readsBodies);
  const bytes = readBodyBytes(request.body);
  if (looking.length === 0) {
    requireNoMarkers(request, bytes, { rules, policy, budget });
    return undefined;
  }
  try {
    return readBody(request, bytes, looking, policy, budget);
  } catch (error) {
    if (!(error instanceof FieldsealError) || !unreadableCodes.has(error.code)) throw error;
    if (looking.some(({ unreadable }) => unreadable === "refuse")) throw error;
    const scanning = looking.filter(({ unreadable }) => unreadable === "scan");
    return scanBody(request, bytes, { rules: scanning, policy, budget, error });
  }
}

function readBody(
  { headers }: EdgeRequest,
  bytes: Buffer,
  looking: readonly Rule[],
  policy: Policy,
  budget: Budget,
): BodyPlan {
  const codings = parseContentCodings(headerValues(headers, "content-encoding"));
  const { mediaType, format, rules } = chooseFormat(headerValues(headers, "content-type"), looking);
  const decoded = undoCodings(bytes, codings, policy.limits.decoded);
  if (decoded.length > policy.limits.decoded) throw new FieldsealError("decoded_too_large");
  const source = decodeText(decoded, format, mediaType);
  const read = (): FormatReading => readFormat(source, { format, mediaType, rules }, policy, budget);
  const plan = planEncryption(source, read, contextOf(rules, policy, budget));
  const room = roomOf(policy);
  requireRoom(plan, decoded, codings, room);
  return { plan, format, codings, room, unreadable: undefined };
}

function readFormat(
  source: string,
  { format, mediaType, rules }: Choice,
  policy: Policy,
  budget: Budget,
): FormatReading {
  const { codecs, limits, recipients } = policy;
  const codec = codecs[format];
  if (codec === undefined) throw new FieldsealError("content_type_unsupported");
  const findCodec = (part: MediaType): Codec | undefined => findPartCodec(part, codecs);
  const tokens: TokenSight = { isWhole: (text) => isOneToken(text, recipients), mayHold: () => true };
  return codec.read(source, { rules, budget, depth: limits.depth, mediaType, findCodec, tokens });
}

function contextOf(rules: readonly Rule[], { recipients, detect }: Policy, budget: Budget): PlanContext {
  return {
    detecting: rules.filter((rule) => detectsIn(rule, "body")),
    detect,
    acceptTokens: rules.length > 0 && rules.every(({ tokens }) => tokens === "accept"),
    recipients,
    budget,
  };
}

interface Choice {
  readonly mediaType: MediaType;
  readonly format: Format;
  /** Those that have selectors or detectors for the format. */
  readonly rules: readonly Rule[];
}

/**
 * The format that the rules force, or the content type's. A format that none of the rules has selectors for is refused.
 */
function chooseFormat(contentTypes: readonly string[], looking: readonly Rule[]): Choice {
  const forced = new Set(looking.flatMap(({ format }) => (format === undefined ? [] : [format])));
  if (forced.size > 1) throw new FieldsealError("rule_conflict");
  const [only] = forced;
  if (only !== undefined && only !== "multipart") {
    return { mediaType: chooseCharset(contentTypes), format: only, rules: requireReaders(looking, only) };
  }
  const [contentType, ...repeated] = contentTypes;
  const mediaType = contentType === undefined || repeated.length > 0 ? undefined : parseMediaType(contentType);
  if (mediaType === undefined) throw new FieldsealError("content_type_missing");
  const format = only ?? formatOf(mediaType);
  if (format === undefined) throw new FieldsealError("content_type_unsupported");
  return { mediaType, format, rules: requireReaders(looking, format) };
}

/**
 * Of content types that say nothing of the format, the one whose charset differs from UTF-8. Throws
 * `charset_unsupported`.
 */
function chooseCharset(contentTypes: readonly string[]): MediaType {
  const mediaTypes = contentTypes.map((contentType) => {
    const mediaType = parseMediaType(contentType);
    if (mediaType === undefined && /charset/i.test(contentType)) throw new FieldsealError("charset_unsupported");
    return mediaType ?? plainText;
  });
  return mediaTypes.find((mediaType) => !isUtf8Type(mediaType)) ?? mediaTypes[0] ?? plainText;
}

function requireReaders(looking: readonly Rule[], format: Format): readonly Rule[] {
  const rules = looking.filter((rule) => readsFormat(rule, format));
  if (rules.length === 0) throw new FieldsealError("content_type_unsupported");
  return rules;
}

/** UTF-8, whatever the charset is called: in other charsets only what every one of them reads as the same ASCII. */
function decodeText(bytes: Buffer, format: Format, mediaType: MediaType): string {
  if (!isUtf8Type(mediaType)) {
    if (!isAsciiCompatible(mediaType) || bytes.some((byte) => byte > 0x7f))
      throw new FieldsealError("charset_unsupported");
  }
  // Files are no text, and each part of a form has a charset of its own.
  if (format === "multipart") return bytes.toString("latin1");
  if (isWide(bytes, format)) throw new FieldsealError("charset_unsupported");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new FieldsealError(format === "xml" && declaresEncoding(bytes) ? "charset_unsupported" : "body_not_utf8");
}

/**
 * Whether an XML declaration names another encoding than UTF-8: which of them are ASCII alone, the reader of XML
 * decides.
 */
function declaresEncoding(bytes: Buffer): boolean {
  const [, encoding] = /^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)/.exec(bytes.toString("latin1", 0, 200)) ?? [];
  return encoding !== undefined && !/^utf-?8$/i.test(encoding);
}

/**
 * Whether a body is one of UTF-16 or UTF-32, marked or not: ASCII characters, with which all formats of markup begin,
 * leave NULs in the first four bytes (RFC 4627, section 3). Where any character may stand first, no NUL may stand
 * anywhere.
 */
function isWide(bytes: Buffer, format: Format): boolean {
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return marked || (format === "csv" || format === "text" ? bytes : bytes.subarray(0, 4)).includes(0);
}

/** Throws `body_too_large`. A compressed body's size is known only afterwards. */
function requireRoom(plan: Plan, decoded: Buffer, codings: readonly ContentCoding[], room: number): void {
  if (plan.findings.length === 0) return;
  const byteCount = measureEncryption(plan, decoded.length);
  if (codings.length === 0 && byteCount > room) throw new FieldsealError("body_too_large");
}

interface Covered {
  readonly rules: readonly Rule[];
  readonly policy: Policy;
  readonly budget: Budget;
}

interface Scan extends Covered {
  readonly error: FieldsealError;
}

/**
 * Throws `marker_in_input` where a body that no rule looks into holds a marker, as it is or without the content codings
 * that this function knows, or what keeps them from being undone.
 */
function requireNoMarkers({ headers }: EdgeRequest, bytes: Buffer, { rules, policy, budget }: Covered): void {
  const source = undoKnownCodings(headerValues(headers, "content-encoding"), bytes, policy.limits.decoded).toString(
    "latin1",
  );
  const nodes = (): TextNode[] =>
    [...scanTokens(source, policy.recipients)].map(({ start, end }) => plainNode(source, start, end, (text) => text));
  planEncryption(source, () => ({ findings: [], nodes }), contextOf(rules, policy, budget));
}

function undoKnownCodings(values: readonly string[], bytes: Buffer, limit: number): Buffer {
  let codings: readonly ContentCoding[];
  try {
    codings = parseContentCodings(values);
  } catch {
    return bytes;
  }
  return undoCodings(bytes, codings, limit);
}

/** A body that cannot be read in its format: looked through as text by the rules that say so, or let through. */
function scanBody({ headers }: EdgeRequest, bytes: Buffer, { rules, policy, budget, error }: Scan): BodyPlan {
  const unreadable = error.code;
  if (rules.length === 0) {
    const nothing: FormatReading = { findings: [], nodes: () => [] };
    const plan = planEncryption(bytes.toString("latin1"), () => nothing, contextOf(rules, policy, budget));
    return { plan, format: "text", codings: [], room: roomOf(policy), unreadable };
  }
  const { source, decoded, codings } = readScanned(headers, bytes, policy, error);
  const read = (): FormatReading => readFormat(source, { format: "text", mediaType: plainText, rules }, policy, budget);
  const plan = planEncryption(source, read, contextOf(rules, policy, budget));
  const room = roomOf(policy);
  requireRoom(plan, decoded, codings, room);
  return { plan, format: "text", codings, room, unreadable };
}

/**
 * A body as text without its content codings. Throws the error that kept it from being read in its format where it is
 * none.
 */
function readScanned(
  headers: EdgeRequest["headers"],
  bytes: Buffer,
  { limits }: Policy,
  error: FieldsealError,
): { readonly source: string; readonly decoded: Buffer; readonly codings: readonly ContentCoding[] } {
  try {
    const codings = parseContentCodings(headerValues(headers, "content-encoding"));
    const decoded = undoCodings(bytes, codings, limits.decoded);
    const named = headerValues(headers, "content-type").map((contentType) => parseMediaType(contentType) ?? plainText);
    const [source = ""] = [plainText, ...named].map((mediaType) => decodeText(decoded, "text", mediaType));
    return { source, decoded, codings };
  } catch (problem) {
    if (problem instanceof FieldsealError && problem.code === "decoded_too_large") throw problem;
    throw error;
  }
}

/** The bytes of a body whose text was written anew. Throws `body_too_large`. */
export function encodeBody(text: string, { format, codings, room }: BodyPlan): Buffer {
  const bytes = applyCodings(Buffer.from(text, format === "multipart" ? "latin1" : "utf8"), codings);
  if (bytes.length > room) throw new FieldsealError("body_too_large");
  return bytes;
}
