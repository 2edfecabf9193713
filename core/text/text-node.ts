/** Texts of a body or another part of a request, decoded by their format. */
import type { Span } from "./edit.ts";

/** A value, a name, or a part of one. The span covers its characters in the source, without quotes around them. */
export interface TextNode extends Span {
  /** The decoded characters. */
  readonly text: string;
  /** Maps an offset in `text` to the offset in the source; `text.length` to the end of the last character. */
  readonly at: (offset: number) => number;
  /** Encodes characters for this place. */
  readonly encode: (characters: string) => string;
  /** Writes the bytes of a file in this place, if possible. */
  readonly encodeBytes?: (bytes: Buffer) => string;
  /** The whole literal, if it is more than the characters: a JSON literal with its quotes. */
  readonly literal?: Literal | undefined;
  /** True if a token can replace a part of it: not of a number, and not of text that markup interrupts. */
  readonly divisible: boolean;
  /** It is a text of its own that must be written as a whole. */
  readonly isText?: boolean | undefined;
  /** The names of the fields around it. */
  readonly nameAt?: NameAt | undefined;
  /** The labels that a token must have here, by its paths in the JSON texts around it. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * The names of the fields around a node: level 0 is its own field, higher levels go outwards; `undefined` after the
 * outermost.
 */
export type NameAt = (level: number) => string | undefined;

/** Joins the names of a field and of the fields around it. */
export function nestNames(inner: NameAt | undefined, outer: NameAt | undefined): NameAt | undefined {
  if (inner === undefined || outer === undefined) return inner ?? outer;
  let own = 0;
  return (level) => {
    // The number of names that are known to belong to `inner`.
    while (own <= level && inner(own) !== undefined) own++;
    return level < own ? inner(level) : outer(level - own);
  };
}

/** Puts a node into a field. `nameAt` gives names from the innermost field outwards. */
export function nameNode(node: TextNode, nameAt: NameAt): TextNode {
  return { ...node, nameAt };
}

/** A value as it is written in its format, for example with quotes. */
export interface Literal extends Span {
  /** The value as one JSON text, written as in the source. */
  readonly json: string;
  /** Writes a restored value, which is one JSON text, in this place. */
  readonly restore: (json: string) => string;
}

/** Turns a node of a document within another node, such as a JSON text in a string, into a node of the source. */
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

/** The span in the source of a span of a node's text. */
export function liftSpan({ start, end }: Span, outer: TextNode): Span {
  return { start: outer.at(start), end: outer.at(end) };
}

/** The `encode` of places without escapes. */
export function asIs(characters: string): string {
  return characters;
}

/** A node whose characters the source holds without escapes. `encode` writes other characters there. */
export function plainNode(
  source: string,
  start: number,
  end: number,
  encode: (characters: string) => string = asIs,
): TextNode {
  return { start, end, text: source.slice(start, end), at: (offset) => start + offset, encode, divisible: true };
}

/** A node with escapes: `offsets[i]` is where the character at `i` begins in the source; the last offset is the end. */
export function mappedNode(
  text: string,
  offsets: readonly number[] | Uint32Array,
  encode: (characters: string) => string,
): TextNode {
  const start = offsets[0] ?? 0;
  const end = offsets.at(-1) ?? start;
  return { start, end, text, at: (offset) => offsets[offset] ?? end, encode, divisible: true };
}
