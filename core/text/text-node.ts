/** Pieces of text in a body or another part of a request, as the readers of its format get them. */
import type { Span } from "./edit.ts";

/** A value, a name, or a piece of one. The span is that of its characters in the source, without quotes around them. */
export interface TextNode extends Span {
  /** The characters that the format's readers get. */
  readonly text: string;
  /** Where in the source the character at an offset of `text` begins; for `text.length`, where the last one ends. */
  readonly at: (offset: number) => number;
  /** How characters are spelt in this place. */
  readonly encode: (characters: string) => string;
  /** How the bytes of a file are written in this place, where they can be. */
  readonly encodeBytes?: (bytes: Buffer) => string;
  /** What stands here as a whole, where that is more than the characters: a JSON literal with its quotes. */
  readonly literal?: Literal | undefined;
  /** Whether a part of it can be replaced by a token: not so in a number, or in text that markup interrupts. */
  readonly divisible: boolean;
  /** Whether it is a text of its own that has to be written as a whole. */
  readonly isText?: boolean | undefined;
  /** The name of the field that it stands in for 0, that of what the field stands in for 1, and so on. */
  readonly nameAt?: NameAt | undefined;
  /** The labels that a token has to have here, by the places of the JSON texts around it. */
  readonly labels?: readonly string[] | undefined;
}

export type NameAt = (level: number) => string | undefined;

/** The names of a field that stands in others. */
export function nestNames(inner: NameAt | undefined, outer: NameAt | undefined): NameAt | undefined {
  if (inner === undefined || outer === undefined) return inner ?? outer;
  let own = 0;
  return (level) => {
    // As many as are known to be the inner one's.
    while (own <= level && inner(own) !== undefined) own++;
    return level < own ? inner(level) : outer(level - own);
  };
}

/** A node in a field. Names are given from the innermost out. */
export function nameNode(node: TextNode, nameAt: NameAt): TextNode {
  return { ...node, nameAt };
}

export interface Literal extends Span {
  /** The value as one JSON text, in the spelling of the source. */
  readonly json: string;
  /** How a restored value, one JSON text, is written in its place. */
  readonly restore: (json: string) => string;
}

/** A node of a document that stands, encoded, in another node: a JSON text in a string, a form in a part. */
export function liftNode(inner: TextNode, outer: TextNode): TextNode {
  const { text, divisible, isText, literal } = inner;
  return {
    ...liftSpan(inner, outer),
    text,
    divisible,
    isText,
    at: (offset) => outer.at(inner.at(offset)),
    encode: (characters) => outer.encode(inner.encode(characters)),
    literal: literal && {
      ...liftSpan(literal, outer),
      json: literal.json,
      restore: (json) => outer.encode(literal.restore(json)),
    },
    nameAt: nestNames(inner.nameAt, outer.nameAt),
    labels: outer.labels?.concat(inner.labels ?? []) ?? inner.labels,
  };
}

/** The place in the source of a span of a node's text. */
export function liftSpan({ start, end }: Span, outer: TextNode): Span {
  return { start: outer.at(start), end: outer.at(end) };
}

/** A node whose characters stand in the source as they are; others are written as they are too, unless encoded. */
export function plainNode(
  source: string,
  start: number,
  end: number,
  encode: (characters: string) => string = (characters) => characters,
): TextNode {
  return { start, end, text: source.slice(start, end), at: (offset) => start + offset, encode, divisible: true };
}

/**
 * A node whose characters are spelt in pieces: `offsets[i]` is where the character at `i` begins, the last where all
 * end.
 */
export function mappedNode(
  text: string,
  offsets: readonly number[] | Uint32Array,
  encode: (characters: string) => string,
): TextNode {
  const start = offsets[0] ?? 0;
  const end = offsets.at(-1) ?? start;
  return { start, end, text, at: (offset) => offsets[offset] ?? end, encode, divisible: true };
}
