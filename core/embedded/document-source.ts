/** Reads the source of a document in the format that its media type names, or in the one that its beginning shows. */
import { FieldsealError } from "../errors.ts";
import type { TokenSight } from "../formats/codec.ts";
import { formatsByBeginning } from "../formats/table.ts";
import type { Format } from "../rule/formats.ts";
import type { MediaType } from "../text/media-type.ts";
import { plainNode } from "../text/text-node.ts";
import { type EmbeddedOptions, expandNodes } from "./embedded-texts.ts";
import { attemptNodes, type ReadNodes, readNodes } from "./format-nodes.ts";
import { mayHold } from "./gzip-base64.ts";
import type { TextDocument } from "./text-document.ts";

/** What reading a document has to know. */
export interface SourceOptions extends EmbeddedOptions {
  /** Whether a text is, as a whole, what is looked for: a part of a form that is has no format of its own. */
  readonly isWhole: TokenSight["isWhole"];
}

/** A media type and the format that it names: `text` where that is none. */
export interface NamedFormat {
  readonly mediaType: MediaType;
  readonly format: Format;
}

/** A source as it was read. */
export interface SourceDocument extends TextDocument {
  readonly format: Format;
  /** Whether it is markup that is not taken apart, so that characters have to be spelt in entities all over it. */
  readonly isMarkup: boolean;
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

/**
 * The nodes of a source, with those of the texts within them. Throws `body_malformed`, `body_ambiguous` and `too_deep`
 * where the media type names a format; without one only `too_deep`, since what reads as nothing else is text.
 */
export function readSource(source: string, named: NamedFormat | undefined, options: SourceOptions): SourceDocument {
  if (named?.mediaType.essence === "text/html") return markupDocument(source);
  if (named !== undefined && named.format !== "text") {
    const { mediaType, format } = named;
    const tokens = { isWhole: options.isWhole, mayHold: (part: string) => mayHold(part, options.mayMatter) };
    return expandedDocument(source, format, readNodes(source, format, options, { mediaType, tokens }), options);
  }
  // What reads as JSON or XML is that, under text's name too, which many send with everything; and in any other text
  // each JSON text is.
  for (const { format, begins } of formatsByBeginning) {
    const nodes = begins.test(source) ? attemptNodes(source, format, options) : undefined;
    if (nodes instanceof FieldsealError && nodes.code === "too_deep") throw nodes;
    if (nodes === undefined || nodes instanceof FieldsealError) continue;
    return expandedDocument(source, format, nodes, options);
  }
  // What no parser of XML takes, or what is HTML, is markup all the same.
  if (isMarkup(source)) return markupDocument(source);
  return expandedDocument(source, "text", () => [plainNode(source, 0, source.length)], options);
}

function expandedDocument(source: string, format: Format, nodes: ReadNodes, options: EmbeddedOptions): SourceDocument {
  return { source, nodes: () => expandNodes(nodes(), options), format, isMarkup: false };
}

function markupDocument(source: string): SourceDocument {
  return { source, nodes: () => [plainNode(source, 0, source.length)], format: "text", isMarkup: true };
}
