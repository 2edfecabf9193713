/** What a format's codec does: it finds values in a text, and how a value is written there. */
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

/** The codecs that there are, by format. */
export type Codecs = Readonly<Partial<Record<Format, Codec>>>;

/** What a codec has to know of a body besides its text. */
export interface ReadContext {
  /** Whose selectors to apply; none, to read nodes only. */
  readonly rules: readonly Rule[];
  readonly budget: Budget;
  /** How deep containers may be nested. */
  readonly depth: number;
  readonly mediaType: MediaType;
  /** The codec for the content of a part; `undefined` for types that are no text or not known. */
  readonly findCodec: (mediaType: MediaType) => Codec | undefined;
  /** How to tell the tokens that are in the body already; absent where there are none. */
  readonly tokens?: TokenSight;
  /** What is done with the nodes of each JSON text, also of one in a string of another. */
  readonly refineJson?: (document: JsonDocument, nodes: Iterable<TextNode>) => Iterable<TextNode>;
}

/** Tells the tokens that a text holds. */
export interface TokenSight {
  /** Whether a text is one token as a whole. */
  readonly isWhole: (text: string) => boolean;
  /** Whether a text can hold tokens, in any spelling. */
  readonly mayHold: (text: string) => boolean;
}

/** What a codec reads in a body. Findings and nodes refer to the source that it was given. */
export interface FormatReading {
  /** What the rules' selectors find, detectors apart. */
  readonly findings: readonly Finding[];
  /** Every piece of text that the body holds, names as well as values. */
  readonly nodes: () => Iterable<TextNode>;
}
