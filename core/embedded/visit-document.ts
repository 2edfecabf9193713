/**
 * Visits a document: undoes what is around it, reads it in its format, gives its nodes to an action, and goes on in the
 * same way with the texts that are wrapped up in them.
 */

import { isUtf8 } from "node:buffer";
import { FieldsealError } from "../errors.ts";
import { formatOf } from "../formats/media-types.ts";
import { encodingOf } from "../rule/formats.ts";
import { isGzip } from "../text/content-coding.ts";
import { parseMediaType } from "../text/media-type.ts";
import { liftNode, plainNode, type TextNode } from "../text/text-node.ts";
import { type NamedFormat, readSource, type SourceDocument, type SourceOptions } from "./document-source.ts";
import { type Envelope, findEnvelopes, mayHoldEnvelopes, nestEnvelope, openGzip } from "./gzip-base64.ts";
import { findInNodes } from "./text-document.ts";
import type { BrokenText, NodeSite, VisitedDocument, WrappedDocument } from "./visited-document.ts";

/** What is done with the nodes of a text. */
export interface NodeAction<Site extends NodeSite> {
  /** The places in a node that matter, in order. What is wrapped up in their parts is not looked at. */
  readonly find: (node: TextNode, document: SourceDocument) => readonly Site[];
  /** What is done with the nodes of a text that is wrapped up in a node, from an offset on. */
  readonly within: (node: TextNode, offset: number) => NodeAction<Site>;
}

/** More than any chain of services puts around a text, which takes two or three. */
const mostEnvelopes = 8;

/**
 * Visits a body and, down to 8 levels, the texts that are wrapped up in it: in gzip, in base64, in PHP's counted
 * strings. What gzip unfolds to is taken from the budget. Throws `request_invalid` for a malformed content type,
 * `body_malformed`, `body_ambiguous`, `body_not_utf8`, `too_deep`, `content_coding_malformed` and `decoded_too_large`.
 */
export function visitDocument<Site extends NodeSite>(
  body: Buffer,
  contentType: string | undefined,
  action: NodeAction<Site>,
  options: SourceOptions,
  level = 0,
): VisitedDocument<Site> {
  const named = contentType === undefined ? undefined : readContentType(contentType);
  const binary = named !== undefined && encodingOf(named.format) === "latin1";
  if (!binary && isGzip(body)) {
    if (level >= mostEnvelopes) throw new FieldsealError("too_deep");
    const envelope = openGzip(body, options.budget);
    return putInto(envelope, visitDocument(envelope.content, contentType, action, options, level + 1));
  }
  if (!binary && !isUtf8(body)) throw new FieldsealError("body_not_utf8");
  const source = body.toString(binary ? "latin1" : "utf8");
  return { source, binary, ...visitSource(source, named, action, options, level), envelope: undefined };
}

function readContentType(contentType: string): NamedFormat {
  const mediaType = parseMediaType(contentType);
  if (mediaType === undefined) throw new FieldsealError("request_invalid", { reason: "contentType is malformed." });
  return { mediaType, format: formatOf(mediaType) ?? "text" };
}

function putInto<Site extends NodeSite>(envelope: Envelope, document: VisitedDocument<Site>): VisitedDocument<Site> {
  return { ...document, envelope: nestEnvelope(envelope, document.envelope) };
}

type Visited<Site extends NodeSite> = Pick<VisitedDocument<Site>, "sites" | "inner" | "broken">;

function visitSource<Site extends NodeSite>(
  source: string,
  named: NamedFormat | undefined,
  action: NodeAction<Site>,
  options: SourceOptions,
  level: number,
): Visited<Site> {
  const holdsEnvelopes = mayHoldEnvelopes(source, options.mayMatter);
  if (!holdsEnvelopes && !options.mayMatter(source)) return { sites: [], inner: [], broken: [] };
  const requireLevel = (): void => {
    if (level >= mostEnvelopes) throw new FieldsealError("too_deep");
  };
  if (holdsEnvelopes) requireLevel();
  const inner: WrappedDocument<Site>[] = [];
  const broken: BrokenText[] = [];
  const visitInner = (content: Buffer, node: TextNode, offset: number): VisitedDocument<Site> =>
    visitDocument(content, undefined, action.within(node, offset), options, level + 1);
  const document = readSource(source, named, options);
  const sites = findInNodes(document, (node) => {
    if (node.isText === true) {
      requireLevel();
      inner.push({ node, document: visitInner(Buffer.from(node.text, "utf8"), node, 0) });
      return [];
    }
    const found = action.find(node, document);
    if (!holdsEnvelopes) return found;
    const done = found.map(({ part }) => part);
    for (const { start, end, envelope } of findEnvelopes(node.text, done, options)) {
      const own = takePart(node, start, end);
      if (own === undefined) continue;
      if (envelope instanceof FieldsealError) broken.push({ node: own, code: envelope.code });
      else inner.push({ node: own, document: putInto(envelope, visitInner(envelope.content, node, start)) });
    }
    return found;
  });
  return { sites, inner, broken };
}

/** A part of a node as a node; `undefined` where the node cannot be divided. */
function takePart(node: TextNode, start: number, end: number): TextNode | undefined {
  if (start === 0 && end === node.text.length) return node;
  return node.divisible ? liftNode(plainNode(node.text, start, end), node) : undefined;
}
