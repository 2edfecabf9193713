/**
 * A text with tokens in it, as the readers of its format read it: its leaves, and the texts that are wrapped up in
 * them.
 */
import { isUtf8 } from "node:buffer";
import { expandNodes, labelJson, readWhole } from "../embedded/embedded-texts.ts";
import {
  type Envelope,
  findEnvelopes,
  mayHoldEnvelopes,
  nestEnvelope,
  openGzip,
  type UnfoldingBudget,
} from "../embedded/gzip-base64.ts";
import { type ErrorCode, FieldsealError } from "../errors.ts";
import { findPartCodec, formatOf } from "../formats/media-types.ts";
import { allCodecs, formatsByBeginning } from "../formats/table.ts";
import type { Format } from "../rule/formats.ts";
import { isGzip } from "../text/content-coding.ts";
import { applyEdits, type Edit } from "../text/edit.ts";
import { type MediaType, parseMediaType, plainText } from "../text/media-type.ts";
import { liftNode, type NameAt, plainNode, type TextNode } from "../text/text-node.ts";
import { isOneToken } from "../token/grammar.ts";
import { labelsBefore, labelsOfField } from "./reader/expected-label.ts";
import type { ReadableRecipient, Reader } from "./reader/reader.ts";
import { layersInMarkup } from "./tokens/escape-layers.ts";
import { layersOfQuotes } from "./tokens/escaped-quotes.ts";
import { type FoundToken, findTokens, mayHoldTokens } from "./tokens/find-tokens.ts";
import { isInMarkup } from "./tokens/markup-context.ts";

export type Token = FoundToken<ReadableRecipient>;

/** A token and where it stands. */
export interface TokenSite {
  readonly node: TextNode;
  readonly token: Token;
  readonly format: Format;
  /** The labels that a token has to have here. */
  readonly expected: readonly string[];
  /** What a value is escaped in here, for `escapeCharacters`. */
  readonly layers: number;
  /** The same for the quotes of a JSON string that the token stands in by itself, where its node is not that string. */
  readonly quotes: number | undefined;
}

/** A document and what was found in it. */
export interface LocatedDocument {
  readonly source: string;
  /** Whether the source's characters are bytes. */
  readonly binary: boolean;
  readonly sites: readonly TokenSite[];
  /** Texts that are wrapped up in leaves. */
  readonly inner: readonly WrappedDocument[];
  /** Wrapped texts that nobody can unwrap. */
  readonly broken: readonly BrokenText[];
  /** What is around it as a whole. */
  readonly envelope: Envelope | undefined;
}

export interface BrokenText {
  readonly node: TextNode;
  readonly code: ErrorCode;
}

export interface WrappedDocument {
  readonly node: TextNode;
  readonly document: LocatedDocument;
}

/** More than any chain of services puts around a text, which takes two or three. */
const mostEnvelopes = 8;

/** What is around a text that is wrapped up in another one. */
interface Outer {
  readonly level: number;
  /** Those that tokens in it have to have because of where it stands. */
  readonly labels: readonly string[];
}

/**
 * Everything at the markers of a body. Throws `request_invalid`, `body_malformed`, `body_ambiguous`, `body_not_utf8`,
 * `too_deep`, `content_coding_malformed` and `decoded_too_large`. What gzip unfolds to is taken from the budget.
 */
export function locateTokens(
  body: Buffer,
  contentType: string | undefined,
  reader: Reader,
  budget: UnfoldingBudget = { left: reader.limits.decoded },
  outer: Outer = { level: 0, labels: [] },
): LocatedDocument {
  const { level } = outer;
  const mediaType = contentType === undefined ? undefined : parseMediaType(contentType);
  if (contentType !== undefined && mediaType === undefined) {
    throw new FieldsealError("request_invalid", { reason: "contentType is malformed." });
  }
  const named = mediaType === undefined ? undefined : (formatOf(mediaType) ?? "text");
  if (named !== "multipart" && isGzip(body)) {
    if (level >= mostEnvelopes) throw new FieldsealError("too_deep");
    const envelope = openGzip(body, budget);
    const inner = locateTokens(envelope.content, isArchive(mediaType) ? undefined : contentType, reader, budget, {
      ...outer,
      level: level + 1,
    });
    return { ...inner, envelope: nestEnvelope(envelope, inner.envelope) };
  }
  const binary = named === "multipart";
  if (!binary && !isUtf8(body)) throw new FieldsealError("body_not_utf8");
  const source = body.toString(binary ? "latin1" : "utf8");
  const { recipients } = reader;
  const holdsEnvelopes = mayHoldEnvelopes(source, recipients);
  if (!holdsEnvelopes && !mayHoldTokens(source, recipients))
    return { source, binary, sites: [], inner: [], broken: [], envelope: undefined };
  if (holdsEnvelopes && level >= mostEnvelopes) throw new FieldsealError("too_deep");
  const sites: TokenSite[] = [];
  const inner: WrappedDocument[] = [];
  const broken: BrokenText[] = [];
  const { nodes, format, place } = readSource(source, named, mediaType, reader);
  const expectedAt = rememberLabels(reader);
  for (const node of nodes) {
    const isPlain = node.literal === undefined && node.nameAt === undefined;
    const labels = (at: number): readonly string[] => [
      ...outer.labels,
      ...expectedAt(node),
      ...(isPlain ? labelsBefore(reader.expectedLabels, node.text, at) : []),
    ];
    if (node.isText === true) {
      if (level >= mostEnvelopes) throw new FieldsealError("too_deep");
      inner.push({
        node,
        document: locateTokens(Buffer.from(node.text, "utf8"), undefined, reader, budget, {
          level: level + 1,
          labels: labels(0),
        }),
      });
      continue;
    }
    const tokens = findTokens(node.text, recipients);
    for (const token of tokens) {
      const quotes = token.kind === "damaged" ? undefined : layersOfQuotes(node.text, token);
      const placeToken = node.divisible && isInMarkup(node.text, token) ? layersInMarkup : place;
      sites.push({
        node,
        token,
        format,
        expected: labels(token.start),
        layers: placeToken(token.layers),
        quotes: quotes === undefined ? undefined : placeToken(quotes),
      });
    }
    for (const { start, end, envelope } of holdsEnvelopes ? findEnvelopes(node.text, tokens, recipients, budget) : []) {
      const isAll = start === 0 && end === node.text.length;
      if (!isAll && !node.divisible) continue;
      const own = isAll ? node : liftNode(plainNode(node.text, start, end), node);
      if (envelope instanceof FieldsealError) {
        broken.push({ node: own, code: envelope.code });
        continue;
      }
      const document = locateTokens(envelope.content, undefined, reader, budget, {
        level: level + 1,
        labels: labels(start),
      });
      inner.push({ node: own, document: { ...document, envelope: nestEnvelope(envelope, document.envelope) } });
    }
  }
  return { source, binary, sites, inner, broken, envelope: undefined };
}

function placeAsIs(layers: number): number {
  return layers;
}

function isArchive(mediaType: MediaType | undefined): boolean {
  return mediaType?.essence === "application/gzip" || mediaType?.essence === "application/x-gzip";
}

/** The labels of a node's place. Leaves of one field mostly follow one another. */
function rememberLabels({ expectedLabels }: Reader): (node: TextNode) => readonly string[] {
  let latest: { readonly nameAt: NameAt | undefined; readonly labels: readonly string[] } = {
    nameAt: undefined,
    labels: [],
  };
  return ({ nameAt, labels = [] }) => {
    if (nameAt !== latest.nameAt) latest = { nameAt, labels: labelsOfField(expectedLabels, nameAt) };
    return [...labels, ...latest.labels];
  };
}

interface Source {
  readonly nodes: Iterable<TextNode>;
  readonly format: Format;
  /** What a value is spelt in where a token shows these layers. */
  readonly place: (layers: number) => number;
}

/**
 * Documents that name their kind, and what is markup from its beginning to its end, such as records of XML one behind
 * the other.
 */
const markup = /^\ufeff?[ \t\r\n]*<(?:!doctype|\?xml|html)\b/i;
const markupBegins = /^\ufeff?[ \t\r\n]*<[A-Za-z_][A-Za-z0-9_.:-]*(?:[ \t\r\n/][^<>]*)?>/;
const markupEnds = />[ \t\r\n]{0,64}$/;

function isMarkup(source: string): boolean {
  return markup.test(source) || (markupBegins.test(source) && markupEnds.test(source.slice(-80)));
}

function readSource(
  source: string,
  named: Format | undefined,
  mediaType: MediaType | undefined,
  reader: Reader,
): Source {
  if (mediaType?.essence === "text/html") return readMarkup(source);
  if (named !== undefined && named !== "text") {
    const { nodes } = allCodecs[named].read(source, {
      rules: [],
      budget: { remaining: Number.POSITIVE_INFINITY },
      depth: reader.limits.depth,
      mediaType: mediaType ?? plainText,
      findCodec: (part) => findPartCodec(part, allCodecs),
      ...labelJson(reader),
      tokens: {
        isWhole: (part) => isOneToken(part, reader.recipients),
        mayHold: (part) => mayHoldTokens(part, reader.recipients) || mayHoldEnvelopes(part, reader.recipients),
      },
    });
    return { nodes: expandNodes(nodes(), reader), format: named, place: placeAsIs };
  }
  // What reads as JSON or XML is that, under text's name too, which many send with everything; and in any other text
  // each JSON text is.
  for (const { format, begins } of formatsByBeginning) {
    const nodes = begins.test(source) ? readWhole(source, format, reader) : undefined;
    if (nodes instanceof FieldsealError && nodes.code === "too_deep") throw nodes;
    if (nodes === undefined || nodes instanceof FieldsealError) continue;
    return { nodes: expandNodes(nodes, reader), format, place: placeAsIs };
  }
  // What no parser of XML takes, or what is HTML, is markup all the same.
  if (isMarkup(source)) return readMarkup(source);
  return { nodes: expandNodes([plainNode(source, 0, source.length)], reader), format: "text", place: placeAsIs };
}

/** Markup that is not taken apart: each value is spelt in entities. */
function readMarkup(source: string): Source {
  return { nodes: [plainNode(source, 0, source.length)], format: "text", place: layersInMarkup };
}

/** Whether a token is all that stands in its node, as itself. */
export function isWhole({ node, token }: TokenSite): boolean {
  return token.kind === "token" && token.layers === 0 && token.start === 0 && token.end === node.text.length;
}

/** Where in the source a token begins. */
export function offsetOf(site: TokenSite): number {
  const { node, token } = site;
  return isWhole(site) && node.literal !== undefined ? node.literal.start : node.at(token.start);
}

/** The document with replacements for some of its slots, and whatever was around it around it again. */
export function writeDocument(document: LocatedDocument, replacements: ReadonlyMap<TokenSite, string>): Buffer {
  const edited = writeSource(document, replacements);
  const bytes = Buffer.from(edited, document.binary ? "latin1" : "utf8");
  return document.envelope === undefined ? bytes : document.envelope.wrap(bytes);
}

/** Whether any slot of a document, or of one in it, is replaced. */
export function isEdited({ sites, inner }: LocatedDocument, replacements: ReadonlyMap<TokenSite, string>): boolean {
  return sites.some((site) => replacements.has(site)) || inner.some(({ document }) => isEdited(document, replacements));
}

function writeSource(document: LocatedDocument, replacements: ReadonlyMap<TokenSite, string>): string {
  const edits: Edit[] = [];
  const rewritten = new Map<TextNode, Edit[]>();
  for (const site of document.sites) {
    const { node, token } = site;
    const replacement = replacements.get(site);
    if (replacement === undefined) continue;
    if (isWhole(site) && node.literal !== undefined) {
      edits.push({ start: node.literal.start, end: node.literal.end, replacement });
    } else if (node.divisible) {
      edits.push({ start: node.at(token.start), end: node.at(token.end), replacement });
    } else {
      const inner = rewritten.get(node) ?? [];
      inner.push({ start: token.start, end: token.end, replacement });
      rewritten.set(node, inner);
    }
  }
  for (const [node, inner] of rewritten) {
    edits.push({ start: node.start, end: node.end, replacement: node.encode(applyEdits(node.text, inner)) });
  }
  for (const { node, document: inner } of document.inner) {
    if (!isEdited(inner, replacements)) continue;
    edits.push({
      start: node.start,
      end: node.end,
      replacement: node.encode(writeDocument(inner, replacements).toString("utf8")),
    });
  }
  return applyEdits(
    document.source,
    edits.sort((a, b) => a.start - b.start),
  );
}

/** The broken texts of a document and of those in it, and where they begin in it. */
export function brokenIn({
  broken,
  inner,
}: LocatedDocument): readonly { readonly offset: number; readonly code: ErrorCode }[] {
  return [
    ...broken.map(({ node, code }) => ({ offset: node.start, code })),
    ...inner.flatMap(({ node, document }) => brokenIn(document).map(({ code }) => ({ offset: node.start, code }))),
  ].sort((a, b) => a.offset - b.offset);
}
