/** What a format's codec does: it finds values in a text, and how a value stands in it. */
import type { Budget } from "../budget.ts";
import type { Finding } from "../find/finding.ts";
import type { Rule } from "../rule/rule.ts";
import type { JsonDocument } from "../text/json-document.ts";
import type { MediaType } from "../text/media-type.ts";
import type { TextNode } from "../text/text-node.ts";

export interface Codec {
  /**
   * Reads a whole body. Throws `body_malformed`, `body_ambiguous`, `too_deep`, `too_complex`, and what the format's
   * selectors throw.
   */
  readonly read: (source: string, context: ReadContext) => FormatReading;
}

export interface ReadContext {
  /** Whose selectors to apply; none, to read nodes only. */
  readonly rules: readonly Rule[];
  readonly budget: Budget;
  /** Nested containers. */
  readonly depth: number;
  readonly mediaType: MediaType;
  /** The codec for the content of a part; `undefined` for types that are no text or not known. */
  readonly findCodec: (mediaType: MediaType) => Codec | undefined;
  /** What is known of tokens that stand in the body already; where it is absent there are none. */
  readonly tokens?: TokenSight;
  /** What is done with the leaves of each JSON text, also of one that stands in a string of another. */
  readonly refineJson?: (document: JsonDocument, nodes: Iterable<TextNode>) => Iterable<TextNode>;
}

export interface TokenSight {
  /** Whether a text is one token as a whole. */
  readonly isWhole: (text: string) => boolean;
  /** Whether a text can hold tokens, in any spelling. */
  readonly mayHold: (text: string) => boolean;
}

export interface FormatReading {
  /** What the rules' selectors find, detectors apart. */
  readonly findings: readonly Finding[];
  /** Every piece of text that the body holds, names as well as values. */
  readonly nodes: () => Iterable<TextNode>;
}
