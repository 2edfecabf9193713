/** The codec of a format: it finds values in a text, and knows how to write a value there. */
import type { Budget } from "../budget.ts";
import type { Finding } from "../find/finding.ts";
import type { Format } from "../rule/formats.ts";
import type { Rule } from "../rule/rule.ts";
import type { JsonDocument } from "../text/json-document.ts";
import type { MediaType } from "../text/media-type.ts";
import type { TextNode } from "../text/text-node.ts";

/** Reads the bodies of a format. */
export interface Codec {
  /**
   * Reads a whole body. Throws `body_malformed`, `body_ambiguous`, `too_deep`, `too_complex`, and what the format's
   * selectors throw.
   */
  readonly read: (source: string, context: ReadContext) => FormatReading;
}

/** Codecs by format. */
export type Codecs = Readonly<Partial<Record<Format, Codec>>>;

/** What a codec needs besides the text of a body. */
export interface ReadContext {
  /** The rules whose selectors apply; empty to read only nodes. */
  readonly rules: readonly Rule[];
  readonly budget: Budget;
  /** The most levels of nesting. */
  readonly depth: number;
  readonly mediaType: MediaType;
  /** Finds the codec for the content of a part; `undefined` for types that are unknown or not text. */
  readonly findCodec: (mediaType: MediaType) => Codec | undefined;
  /** Recognises tokens that are already in the body. Absent: there are no such tokens. */
  readonly tokens?: TokenSight;
  /** Transforms the nodes of each JSON text, including those in strings. */
  readonly refineJson?: (document: JsonDocument, nodes: Iterable<TextNode>) => Iterable<TextNode>;
}

/** Recognises tokens in a text. */
export interface TokenSight {
  /** True if the whole text is one token. */
  readonly isWhole: (text: string) => boolean;
  /** True if a text may hold tokens, in any encoding. */
  readonly mayHold: (text: string) => boolean;
}

/** What a codec finds in a body. Findings and nodes refer to the given source. */
export interface FormatReading {
  /** The values that the rules' selectors select. Detectors run later, over `nodes`. */
  readonly findings: readonly Finding[];
  /** Every text of the body, names and values. */
  readonly nodes: () => Iterable<TextNode>;
}
