/** The tokens of a text: where each one is, and how a value has to be written there. */
import type { Annotate } from "../embedded/format-nodes.ts";
import type { UnfoldingBudget } from "../embedded/gzip-base64.ts";
import { type NodeAction, visitDocument } from "../embedded/visit-document.ts";
import type { NodeSite, PlacedSite, VisitedDocument } from "../embedded/visited-document.ts";
import type { Format } from "../rule/formats.ts";
import type { NameAt, TextNode } from "../text/text-node.ts";
import { isOneToken } from "../token/grammar.ts";
import { type ExpectedLabels, labelsBefore, labelsOfField, labelsOfFragment } from "./reader/expected-label.ts";
import { indexLabels, locateLabels } from "./reader/labelled-spans.ts";
import type { ReadableRecipient, Reader } from "./reader/reader.ts";
import { layersInMarkup } from "./tokens/escape-layers.ts";
import { layersOfQuotes } from "./tokens/escaped-quotes.ts";
import { type FoundToken, findTokens, mayHoldTokens } from "./tokens/find-tokens.ts";
import { isInMarkup } from "./tokens/markup-context.ts";

/** A token, whole or damaged, of a recipient that the reader knows. */
export type Token = FoundToken<ReadableRecipient>;

/** A token and where it is. */
export interface TokenSite extends NodeSite {
  readonly token: Token;
  readonly format: Format;
  /** The labels that a token has to have here. */
  readonly expected: readonly string[];
  /** The layers of escapes here, for `escapeCharacters`. */
  readonly layers: number;
  /** The same for the quotes of a JSON string that the token is in by itself, where its node is not that string. */
  readonly quotes: number | undefined;
}

/** A text whose tokens are known. */
export type TokenDocument = VisitedDocument<TokenSite>;

/** A token, where it is, and the document that it is in. */
export type PlacedToken = PlacedSite<TokenSite>;

/**
 * The tokens of a body, also of the texts that are wrapped up in it. What gzip unfolds to is taken from the budget.
 * Throws `request_invalid`, `body_malformed`, `body_ambiguous`, `body_not_utf8`, `too_deep`, `content_coding_malformed`
 * and `decoded_too_large`.
 */
export function locateTokens(
  body: Buffer,
  contentType: string | undefined,
  reader: Reader,
  budget: UnfoldingBudget = { left: reader.limits.decoded },
): TokenDocument {
  const { recipients, limits, expectedLabels } = reader;
  return visitDocument(body, contentType, createTokenFinder(reader), {
    mayMatter: (text) => mayHoldTokens(text, recipients),
    isWhole: (text) => isOneToken(text, recipients),
    depth: limits.depth,
    budget,
    annotate: annotateLabels(expectedLabels),
  });
}

/** Finds tokens in a text; `outer` are the labels that they have to have because of where that text is. */
function createTokenFinder(
  { recipients, expectedLabels }: Pick<Reader, "recipients" | "expectedLabels">,
  outer: readonly string[] = [],
): NodeAction<TokenSite> {
  const labelsOf = rememberLabels(expectedLabels);
  const labelsAt = (node: TextNode, at: number): readonly string[] => {
    const isPlain = node.literal === undefined && node.nameAt === undefined;
    return [...outer, ...labelsOf(node), ...(isPlain ? labelsBefore(expectedLabels, node.text, at) : [])];
  };
  return {
    find: (node, { format, isMarkup }) =>
      findTokens(node.text, recipients).map((token) => ({
        node,
        part: token,
        literal: isWhole(node, token) ? node.literal : undefined,
        token,
        format,
        expected: labelsAt(node, token.start),
        ...readLayers(node, token, isMarkup),
      })),
    within: (node, at) => createTokenFinder({ recipients, expectedLabels }, labelsAt(node, at)),
  };
}

/** Whether a token is all that its node holds, as itself. */
export function isWhole({ text }: TextNode, { kind, layers, start, end }: Token): boolean {
  return kind === "token" && layers === 0 && start === 0 && end === text.length;
}

function readLayers(node: TextNode, token: Token, isMarkup: boolean): Pick<TokenSite, "layers" | "quotes"> {
  const quotes = token.kind === "damaged" ? undefined : layersOfQuotes(node.text, token);
  if (!isMarkup && !(node.divisible && isInMarkup(node.text, token))) return { layers: token.layers, quotes };
  return { layers: layersInMarkup(token.layers), quotes: quotes === undefined ? undefined : layersInMarkup(quotes) };
}

/** The labels of a node's place. Nodes of one field mostly follow one another. */
function rememberLabels(expectedLabels: ExpectedLabels): (node: TextNode) => readonly string[] {
  let latest: { readonly nameAt: NameAt | undefined; readonly labels: readonly string[] } = {
    nameAt: undefined,
    labels: [],
  };
  return ({ nameAt, labels = [] }) => {
    if (nameAt !== latest.nameAt) latest = { nameAt, labels: labelsOfField(expectedLabels, nameAt) };
    return [...labels, ...latest.labels];
  };
}

/** Gives nodes of JSON the labels that a reader's JSONPath has for their places, where it has any. */
function annotateLabels(expectedLabels: ExpectedLabels): Annotate | undefined {
  if (expectedLabels.selected.length === 0) return undefined;
  return {
    document: function* (document, nodes) {
      const labelsAt = indexLabels(locateLabels(expectedLabels, document));
      for (const node of nodes) {
        const labels = labelsAt(node);
        yield labels.length === 0 ? node : { ...node, labels: [...labels, ...(node.labels ?? [])] };
      }
    },
    fragment: (node, nameAt) => ({
      ...node,
      labels: [...(node.labels ?? []), ...labelsOfFragment(expectedLabels, nameAt)],
    }),
  };
}
