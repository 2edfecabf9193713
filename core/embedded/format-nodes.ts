/** Reads the nodes of a text in a format, without any rule: for those who look at every node. */
import { type FieldsealError, resultOf } from "../errors.ts";
import type { FormatReading, ReadContext } from "../formats/codec.ts";
import { findPartCodec } from "../formats/media-types.ts";
import { allCodecs } from "../formats/table.ts";
import type { Format } from "../rule/formats.ts";
import { plainText } from "../text/media-type.ts";
import type { NameAt, TextNode } from "../text/text-node.ts";

/** What is added to nodes by their places in JSON. */
export interface Annotate {
  /** To the nodes of a JSON text, also of one that is a string of another. */
  readonly document: NonNullable<ReadContext["refineJson"]>;
  /** To a node of JSON that breaks off: nobody knows its path, but the names of members around it. */
  readonly fragment: (node: TextNode, nameAt: NameAt) => TextNode;
}

/** How formats are read. */
export interface FormatOptions {
  /** Nested containers that a JSON or XML text may have. */
  readonly depth: number;
  /** `undefined`: nothing is added. */
  readonly annotate: Annotate | undefined;
}

/** What only forms in parts need: their boundary, and which parts are read in formats of their own. */
export type PartOptions = Pick<ReadContext, "mediaType" | "tokens">;

/** Gives the nodes of a text, each time it is called. */
export type ReadNodes = FormatReading["nodes"];

/** Gives the nodes of a text of a format. Throws `body_malformed`, `body_ambiguous` and `too_deep`. */
export function readNodes(
  text: string,
  format: Format,
  { depth, annotate }: FormatOptions,
  parts: PartOptions = { mediaType: plainText },
): ReadNodes {
  const { nodes } = allCodecs[format].read(text, {
    rules: [],
    budget: { remaining: Number.POSITIVE_INFINITY },
    depth,
    findCodec: (part) => findPartCodec(part, allCodecs),
    ...(annotate === undefined ? {} : { refineJson: annotate.document }),
    ...parts,
  });
  return nodes;
}

/** The nodes of a text that is of a format as a whole; where it is not, why. */
export function attemptNodes(text: string, format: Format, options: FormatOptions): ReadNodes | FieldsealError {
  return resultOf(() => readNodes(text, format, options));
}
