/** Where the parts of a form are (RFC 2046, section 5.1.1). Strict where readers could see other delimiters. */
import { isUtf8 } from "node:buffer";
import { FieldsealError } from "../../errors.ts";
import type { MediaType } from "../../text/media-type.ts";
import { mappedNode, type TextNode } from "../../text/text-node.ts";

const boundaryPattern = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/**
 * The boundary that a media type names. Throws `body_malformed` where it names none, and `body_ambiguous` where a
 * reader that looks for the word alone, as PHP does, would find another one.
 */
export function requireBoundary({ parameters }: MediaType): string {
  const boundary = parameters.get("boundary");
  if (boundary === undefined || !boundaryPattern.test(boundary)) throw new FieldsealError("body_malformed");
  for (const [name, value] of parameters) {
    if (name !== "boundary" && /boundary/i.test(`${name}=${value}`)) throw new FieldsealError("body_ambiguous");
  }
  return boundary;
}

/** Offsets of a part in the source. */
export interface RawPart {
  /** Where its header fields begin. */
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/** A form taken apart. */
export interface Split {
  readonly parts: readonly RawPart[];
  /** What is before the first delimiter and after the last. */
  readonly outside: readonly TextNode[];
}

/**
 * The parts of a form. Throws `body_ambiguous` where some reader could see a delimiter that is none here, or in another
 * spelling, and `body_malformed`.
 */
export function splitParts(source: string, boundary: string): Split {
  const delimiter = `--${boundary}`;
  requireWholeLines(source, delimiter);
  const parts: RawPart[] = [];
  const outside: TextNode[] = [];
  let open: number | undefined;
  for (let at = source.indexOf(delimiter); at >= 0; at = source.indexOf(delimiter, at + 1)) {
    const after = at + delimiter.length;
    const starts = at === 0 || source.startsWith("\r\n", at - 2);
    const closes = source.startsWith("--", after);
    const next = closes ? after + 2 : after;
    const ends = source.startsWith("\r\n", next) || (closes && next === source.length);
    if (!starts || !ends) {
      // Inside of a line it is content, unless somebody takes a lone CR or LF for a line's end, or the first for a
      // start.
      const inLine = at > 0 && source[at - 1] !== "\n" && source[at - 1] !== "\r";
      if (inLine && open !== undefined) continue;
      throw new FieldsealError("body_ambiguous", { offset: at });
    }
    if (open === undefined) outside.push(...readOutside(source, 0, Math.max(0, at - 2)));
    else parts.push(splitHeader(source, open, at - 2));
    open = next + 2;
    if (!closes) continue;
    if (source.includes(delimiter, next)) throw new FieldsealError("body_ambiguous", { offset: next });
    return { parts, outside: [...outside, ...readOutside(source, next, source.length)] };
  }
  throw new FieldsealError("body_malformed");
}

const loneLineEnd = /\r(?!\n)|(?<!\r)\n/;

/** Throws where a reader that overlooks a lone CR or LF would see a delimiter that is none. */
function requireWholeLines(source: string, delimiter: string): void {
  if (!loneLineEnd.test(source)) return;
  const count = (text: string): number => text.split(delimiter).length;
  if (count(source.replace(new RegExp(loneLineEnd, "g"), "")) !== count(source))
    throw new FieldsealError("body_ambiguous");
}

/**
 * Content of a part, as it is. Throws `value_unwritable` where it would end the part: at a delimiter after a line's
 * end, or where a line may begin.
 */
export function requireNoDelimiter(raw: string, boundary: string): string {
  const delimiter = `--${boundary}`;
  for (let at = raw.indexOf(delimiter); at >= 0; at = raw.indexOf(delimiter, at + 1)) {
    if (at === 0 || raw[at - 1] === "\r" || raw[at - 1] === "\n") throw new FieldsealError("value_unwritable");
  }
  return raw;
}

function readOutside(source: string, start: number, end: number): TextNode[] {
  if (start === end) return [];
  const node = readUtf8(source.slice(start, end), start);
  if (node === undefined) throw new FieldsealError("body_ambiguous", { offset: start });
  return [node];
}

function splitHeader(source: string, start: number, end: number): RawPart {
  const blank = source.indexOf("\r\n\r\n", start);
  if (blank < 0 || blank + 4 > end) throw new FieldsealError("body_malformed", { offset: start });
  return { start, contentStart: blank + 4, end };
}

/** The node of bytes, one character each, from an offset on; `undefined` where they are no UTF-8. */
export function readUtf8(raw: string, start: number): TextNode | undefined {
  const encode = (characters: string): string => Buffer.from(characters, "utf8").toString("latin1");
  const end = start + raw.length;
  if (/^[\u0000-\u007f]*$/.test(raw))
    return { start, end, text: raw, at: (offset) => start + offset, encode, divisible: true };
  const bytes = Buffer.from(raw, "latin1");
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  const offsets: number[] = [];
  let at = start;
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit++) offsets.push(at);
    at += Buffer.byteLength(character, "utf8");
  }
  offsets.push(end);
  return mappedNode(text, offsets, encode);
}
