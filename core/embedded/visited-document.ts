/** A document after a visit: the places that an action found, also in texts within the text, and how it is written. */
import type { ErrorCode } from "../errors.ts";
import { applyEdits, type Edit, type Span } from "../text/edit.ts";
import type { Literal, TextNode } from "../text/text-node.ts";
import type { Envelope } from "./gzip-base64.ts";

/** A part of a node for which an action may write something else. */
export interface NodeSite {
  readonly node: TextNode;
  /** Offsets in the node's text. */
  readonly part: Span;
  /** The node's literal, where that is replaced with its quotes, and not the part's characters alone. */
  readonly literal: Literal | undefined;
}

/** A document and what was found in it. */
export interface VisitedDocument<Site extends NodeSite> {
  readonly source: string;
  /** Whether the source's characters are bytes. */
  readonly binary: boolean;
  readonly sites: readonly Site[];
  /** Texts that are wrapped up in nodes. */
  readonly inner: readonly WrappedDocument<Site>[];
  /** Wrapped texts that nobody can unwrap. */
  readonly broken: readonly BrokenText[];
  /** What is around the document as a whole. */
  readonly envelope: Envelope | undefined;
}

/** A document that is wrapped up in a node of another one. */
export interface WrappedDocument<Site extends NodeSite> {
  readonly node: TextNode;
  readonly document: VisitedDocument<Site>;
}

/** A wrapped text that cannot be unwrapped, and why. */
export interface BrokenText {
  readonly node: TextNode;
  readonly code: ErrorCode;
}

/** A site and where it is. */
export interface PlacedSite<Site extends NodeSite> {
  readonly site: Site;
  /** The document that the site is in. */
  readonly document: VisitedDocument<Site>;
  /** Where the site begins in the outermost source, or what is wrapped up and holds the site. */
  readonly offset: number;
}

/**
 * The sites of a document, and then those of the texts wrapped up in it. `arrange` gets the sites of each document, and
 * of all within it, to put them in another order.
 */
export function listSites<Site extends NodeSite>(
  document: VisitedDocument<Site>,
  arrange: (sites: PlacedSite<Site>[]) => PlacedSite<Site>[] = (sites) => sites,
): PlacedSite<Site>[] {
  return arrange([
    ...document.sites.map((site) => ({ site, document, offset: offsetOf(site) })),
    ...document.inner.flatMap(({ node, document: inner }) =>
      listSites(inner, arrange).map((placed) => ({ ...placed, offset: node.start })),
    ),
  ]);
}

/** Puts sites, or anything else that has an offset, in the order of their offsets. */
export function sortByOffset<Placed extends { readonly offset: number }>(placed: Placed[]): Placed[] {
  return placed.sort((a, b) => a.offset - b.offset);
}

function offsetOf({ node, part, literal }: NodeSite): number {
  return literal === undefined ? node.at(part.start) : literal.start;
}

/** The broken texts of a document and of those in it, in order. Offsets are those of the outermost source. */
export function listBroken<Site extends NodeSite>({
  broken,
  inner,
}: VisitedDocument<Site>): { readonly offset: number; readonly code: ErrorCode }[] {
  return sortByOffset([
    ...broken.map(({ node, code }) => ({ offset: node.start, code })),
    ...inner.flatMap(({ node, document }) => listBroken(document).map(({ code }) => ({ offset: node.start, code }))),
  ]);
}

/**
 * The bytes of the document with replacements for some of its sites, with whatever was around it around it again;
 * `undefined` where no site of it has a replacement. A replacement is written as it is, except in a node that is not
 * divisible: there it is characters, and the node is spelt anew as a whole.
 */
export function writeDocument<Site extends NodeSite>(
  { source, binary, sites, inner, envelope }: VisitedDocument<Site>,
  replacements: ReadonlyMap<Site, string>,
): Buffer | undefined {
  const edits = [...editNodes(sites, replacements), ...editWrapped(inner, replacements)];
  if (edits.length === 0) return undefined;
  const edited = applyEdits(
    source,
    edits.sort((a, b) => a.start - b.start),
  );
  const bytes = Buffer.from(edited, binary ? "latin1" : "utf8");
  return envelope === undefined ? bytes : envelope.wrap(bytes);
}

function* editNodes<Site extends NodeSite>(
  sites: readonly Site[],
  replacements: ReadonlyMap<Site, string>,
): Generator<Edit> {
  const indivisible = new Map<TextNode, Edit[]>();
  for (const site of sites) {
    const { node, part, literal } = site;
    const replacement = replacements.get(site);
    if (replacement === undefined) continue;
    if (literal !== undefined) {
      yield { start: literal.start, end: literal.end, replacement };
    } else if (node.divisible) {
      yield { start: node.at(part.start), end: node.at(part.end), replacement };
    } else {
      const edits = indivisible.get(node) ?? [];
      edits.push({ start: part.start, end: part.end, replacement });
      indivisible.set(node, edits);
    }
  }
  for (const [node, edits] of indivisible)
    yield { start: node.start, end: node.end, replacement: node.encode(applyEdits(node.text, edits)) };
}

function* editWrapped<Site extends NodeSite>(
  inner: readonly WrappedDocument<Site>[],
  replacements: ReadonlyMap<Site, string>,
): Generator<Edit> {
  for (const { node, document } of inner) {
    const bytes = writeDocument(document, replacements);
    if (bytes !== undefined)
      yield { start: node.start, end: node.end, replacement: node.encode(bytes.toString("utf8")) };
  }
}
