/** A text with tokens in it, as the readers of its format read it: its leaves, and the texts that are wrapped up in them. */
import { isUtf8 } from "node:buffer";
import type { Reading } from "./codecs/codec.ts";
import { findPartCodec, formatOf } from "./codecs/format.ts";
import { allCodecs } from "./codecs/table.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { type Envelope, isGzip, mayHoldEnvelopes, openBase64, openGzip } from "./envelope.ts";
import { FieldsealError } from "./errors.ts";
import { type LabelledSpan, labelsOfField, locateLabels } from "./expected-label.ts";
import { parseJson } from "./json/document.ts";
import { type Leaf, liftLeaf, plainLeaf } from "./leaf.ts";
import { type FoundToken, findTokens, mayHoldTokens } from "./mangled-token.ts";
import { type MediaType, parseMediaType } from "./media-type.ts";
import type { ReadableRecipient, Reader } from "./reader.ts";
import type { Format } from "./rule.ts";
import { isOneToken } from "./token.ts";
import { escapeMarkup } from "./character-spelling.ts";

export type Token = FoundToken<ReadableRecipient>;

/** A token and where it stands. */
export interface Slot {
  readonly leaf: Leaf;
  readonly token: Token;
  readonly format: Format;
  /** The labels that a token has to have here. */
  readonly expected: readonly string[];
}

/** A document and what was found in it. */
export interface LocatedDocument {
  readonly source: string;
  /** Whether the source's characters are octets. */
  readonly binary: boolean;
  readonly slots: readonly Slot[];
  /** Texts that are wrapped up in leaves. */
  readonly inner: readonly WrappedDocument[];
  /** What is around it as a whole. */
  readonly envelope: Envelope | undefined;
}

export interface WrappedDocument {
  readonly leaf: Leaf;
  readonly document: LocatedDocument;
}

/** A text, a record in it, a text in that: as CloudWatch Logs put into a stream. */
const mostEnvelopes = 3;

/**
 * Everything at the markers of a body. Throws `request_invalid`, `body_malformed`, `body_ambiguous`, `body_not_utf8`,
 * `too_deep`, `content_coding_malformed` and `decoded_too_large`.
 */
export function locateTokens(body: Buffer, contentType: string | undefined, reader: Reader, level = 0): LocatedDocument {
  const mediaType = contentType === undefined ? undefined : parseMediaType(contentType);
  if (contentType !== undefined && mediaType === undefined) {
    throw new FieldsealError("request_invalid", { reason: "contentType is malformed." });
  }
  const named = mediaType === undefined ? undefined : (formatOf(mediaType) ?? "text");
  if (named !== "multipart" && isGzip(body)) {
    const envelope = openGzip(body, reader.limits.decoded);
    return { ...locateTokens(envelope.content, isArchive(mediaType) ? undefined : contentType, reader, level + 1), envelope };
  }
  const binary = named === "multipart";
  if (!binary && !isUtf8(body)) throw new FieldsealError("body_not_utf8");
  const source = body.toString(binary ? "latin1" : "utf8");
  const { recipients } = reader;
  const holdsEnvelopes = level < mostEnvelopes && mayHoldEnvelopes(source, recipients);
  if (!holdsEnvelopes && !mayHoldTokens(source, recipients)) return { source, binary, slots: [], inner: [], envelope: undefined };
  const slots: Slot[] = [];
  const inner: WrappedDocument[] = [];
  const { leaves, format, labels } = readSource(source, named, mediaType, reader);
  for (const leaf of leaves) {
    const envelope = holdsEnvelopes ? openBase64(leaf.text, recipients, reader.limits.decoded) : undefined;
    if (envelope !== undefined) {
      inner.push({ leaf, document: { ...locateTokens(envelope.content, undefined, reader, level + 1), envelope } });
      continue;
    }
    for (const token of findTokens(leaf.text, recipients)) {
      slots.push({ leaf, token, format, expected: expectedAt(leaf, labels, reader) });
    }
  }
  return { source, binary, slots, inner, envelope: undefined };
}

function isArchive(mediaType: MediaType | undefined): boolean {
  return mediaType?.essence === "application/gzip" || mediaType?.essence === "application/x-gzip";
}

function expectedAt({ start, end, nameAt }: Leaf, labels: readonly LabelledSpan[], { expectedLabels }: Reader): readonly string[] {
  const placed = labels.filter((each) => each.start <= start && end <= each.end).map(({ label }) => label);
  return [...placed, ...labelsOfField(expectedLabels, nameAt)];
}

interface Source {
  readonly leaves: Iterable<Leaf>;
  readonly format: Format;
  /** Places of JSON that a reader's JSONPath gives labels to. */
  readonly labels: readonly LabelledSpan[];
}

function readSource(source: string, named: Format | undefined, mediaType: MediaType | undefined, reader: Reader): Source {
  const { depth } = reader.limits;
  const read = (format: Format, text = source): Reading =>
    allCodecs[format].read(text, {
      rules: [],
      budget: { remaining: Number.POSITIVE_INFINITY },
      depth,
      mediaType: mediaType ?? plainText,
      findCodec: (part) => findPartCodec(part, allCodecs),
      tokens: {
        isWhole: (part) => isOneToken(part, reader.recipients),
        mayHold: (part) => mayHoldTokens(part, reader.recipients) || mayHoldEnvelopes(part, reader.recipients),
      },
    });
  if (mediaType !== undefined && named === "text") {
    const markup = mediaType.essence === "text/html";
    return { leaves: [plainLeaf(source, 0, source.length, markup ? escapeMarkup : asIs)], format: "text", labels: [] };
  }
  if (named !== undefined) {
    const refined = refineLeaves(read(named).leaves(), depth);
    return { leaves: refined, format: named, labels: labelsIn(source, named, reader) };
  }
  // Without a content type, what reads as JSON is JSON.
  if (!/^\ufeff?[ \t\r\n]*[[{"]/.test(source)) return readLines(source, reader);
  try {
    const { leaves } = read("json");
    return { leaves: refineLeaves(leaves(), depth), format: "json", labels: labelsIn(source, "json", reader) };
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.code !== "body_malformed") throw error;
    return readLines(source, reader);
  }
}

const plainText: MediaType = { essence: "text/plain", parameters: new Map() };

function asIs(characters: string): string {
  return characters;
}

function labelsIn(source: string, format: Format, { expectedLabels, limits }: Reader): readonly LabelledSpan[] {
  if (expectedLabels.selected.length === 0) return [];
  if (format === "json") return locateLabels(expectedLabels, parseJson(source, limits.depth));
  if (format !== "ndjson") return [];
  return [...splitLines(source)].flatMap(({ start, end }) => {
    const line = source.slice(start, end).replace(/^\ufeff/, " ");
    if (line.trim() === "") return [];
    const spans = locateLabels(expectedLabels, parseJson(line, limits.depth));
    return spans.map((span) => ({ ...span, start: span.start + start, end: span.end + start }));
  });
}

/**
 * Text of no known format: in lines that hold a JSON text, alone or behind something as in logs, its values are leaves of
 * their own, so that no value can change it.
 */
function readLines(source: string, reader: Reader): Source {
  const leaves: Leaf[] = [];
  const labels: LabelledSpan[] = [];
  let done = 0;
  for (const { start, end } of splitLines(source)) {
    const line = source.slice(start, end);
    if (!mayHoldTokens(line, reader.recipients) && !mayHoldEnvelopes(line, reader.recipients)) continue;
    const found = findJson(line, reader);
    if (found === undefined) continue;
    const at = start + found.start;
    leaves.push(plainLeaf(source, done, at, asIs));
    const host = plainLeaf(source, at, start + found.end, asIs);
    for (const leaf of refineLeaves(found.reading.leaves(), reader.limits.depth)) leaves.push(liftLeaf(leaf, host));
    labels.push(...labelsIn(host.text, "json", reader).map((span) => ({ ...span, start: span.start + at, end: span.end + at })));
    done = start + found.end;
  }
  leaves.push(plainLeaf(source, done, source.length, asIs));
  return { leaves: trimEnvelope(leaves), format: "text", labels };
}

/** Base64 alone may end with the end of a line. */
function trimEnvelope(leaves: readonly Leaf[]): readonly Leaf[] {
  const [only, ...others] = leaves;
  if (only === undefined || others.length > 0) return leaves;
  const text = only.text.trimEnd();
  return text.length === only.text.length || !/^[A-Za-z0-9+/=\r\n]*$/.test(text) ? leaves : [plainLeaf(only.text, 0, text.length, asIs)];
}

interface JsonInLine {
  readonly start: number;
  readonly end: number;
  readonly reading: Reading;
}

/** From the first bracket to the last one: two attempts a line, so that the work stays linear. */
function findJson(line: string, { limits }: Reader): JsonInLine | undefined {
  for (const [open, close] of [["{", "}"], ["[", "]"]] as const) {
    const start = line.indexOf(open);
    const end = line.lastIndexOf(close) + 1;
    if (start < 0 || end <= start) continue;
    const text = line.slice(start, end);
    try {
      const reading = allCodecs.ndjson.read(text, {
        rules: [],
        budget: { remaining: Number.POSITIVE_INFINITY },
        depth: limits.depth,
        mediaType: plainText,
        findCodec: () => undefined,
      });
      return { start, end, reading };
    } catch (error) {
      if (!(error instanceof FieldsealError)) throw error;
    }
  }
  return undefined;
}

function* splitLines(source: string): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = 0; start < source.length; ) {
    const newline = source.indexOf("\n", start);
    const end = newline < 0 ? source.length : newline;
    yield { start, end };
    start = end + 1;
  }
}

/** JSON texts in fields of any format, however they are spelt there: so many levels beyond those that the format follows. */
const refinedLevels = 2;

function* refineLeaves(leaves: Iterable<Leaf>, depth: number, level = 0): Generator<Leaf> {
  for (const leaf of leaves) {
    const nested = level < refinedLevels && leaf.divisible ? readNested(leaf, depth) : undefined;
    if (nested === undefined) yield leaf;
    else for (const inner of refineLeaves(nested.leaves(), depth, level + 1)) yield liftLeaf(inner, leaf);
  }
}

/** A quoted text is a JSON text where JSON stands around it, and elsewhere just that. */
function readNested({ text, literal }: Leaf, depth: number): Reading | undefined {
  const begins = literal === undefined ? /^[ \t\r\n]*[[{]/ : /^[ \t\r\n]*[[{"]/;
  if (!begins.test(text)) return undefined;
  try {
    return allCodecs.json.read(text, {
      rules: [],
      budget: { remaining: Number.POSITIVE_INFINITY },
      depth,
      mediaType: plainText,
      findCodec: () => undefined,
    });
  } catch (error) {
    if (error instanceof FieldsealError) return undefined;
    throw error;
  }
}

/** Whether a token is all that stands in its leaf, as itself. */
export function isWhole({ leaf, token }: Slot): boolean {
  return token.kind === "token" && token.layers === 0 && token.start === 0 && token.end === leaf.text.length;
}

/** Where in the source a token begins. */
export function offsetOf(slot: Slot): number {
  const { leaf, token } = slot;
  return isWhole(slot) && leaf.literal !== undefined ? leaf.literal.start : leaf.at(token.start);
}

/** The document with replacements for some of its slots, and whatever was around it around it again. */
export function writeDocument(document: LocatedDocument, replacements: ReadonlyMap<Slot, string>): Buffer {
  const edited = writeSource(document, replacements);
  const bytes = Buffer.from(edited, document.binary ? "latin1" : "utf8");
  return document.envelope === undefined ? bytes : document.envelope.wrap(bytes);
}

/** Whether any slot of a document, or of one in it, is replaced. */
export function isEdited({ slots, inner }: LocatedDocument, replacements: ReadonlyMap<Slot, string>): boolean {
  return slots.some((slot) => replacements.has(slot)) || inner.some(({ document }) => isEdited(document, replacements));
}

function writeSource(document: LocatedDocument, replacements: ReadonlyMap<Slot, string>): string {
  const edits: Edit[] = [];
  const rewritten = new Map<Leaf, Edit[]>();
  for (const slot of document.slots) {
    const { leaf, token } = slot;
    const replacement = replacements.get(slot);
    if (replacement === undefined) continue;
    if (isWhole(slot) && leaf.literal !== undefined) {
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
  for (const { leaf, document: inner } of document.inner) {
    if (!isEdited(inner, replacements)) continue;
    edits.push({ start: leaf.start, end: leaf.end, replacement: leaf.encode(writeDocument(inner, replacements).toString("latin1")) });
  }
  return applyEdits(document.source, edits.sort((a, b) => a.start - b.start));
}
