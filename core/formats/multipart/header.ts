/** The header fields of a part (RFC 7578, section 4.2). Refuses fields in which parsers may find different names. */
import { FieldsealError } from "../../errors.ts";
import { trimBlanks } from "../../text/media-type.ts";
import type { TextNode } from "../../text/text-node.ts";
import { readUtf8 } from "./parts.ts";

/**
 * The values of a part's header fields, by name in lower case. Throws `body_ambiguous` with the given offset for
 * malformed lines and repeated names.
 */
export function readFields(header: string, offset: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of header.split("\r\n")) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\n\u0000]*)$/.exec(line) ?? [];
    const key = name?.toLowerCase();
    if (key === undefined || value === undefined || fields.has(key))
      throw new FieldsealError("body_ambiguous", { offset });
    fields.set(key, trimBlanks(value));
  }
  return fields;
}

const parameterPattern =
  /;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\\r\n]|\\[^"])*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))[ \t]*/y;

/** Some parsers read this as the name anywhere, even in the value of another parameter. */
const namePattern = /(?<!file)name[ \t]*(?:\*[ \t]*)?=/gi;

/** An encoded word (RFC 2047), which some parsers decode even within quotes. */
const encodedWordPattern = /=\?[^?]*\?[bq]\?/i;

/** The contents of a Content-Disposition. */
export interface Disposition {
  readonly name: TextNode;
  /** It names a file. */
  readonly file: boolean;
}

/**
 * Parses the value of a Content-Disposition at an offset of the source. Throws `body_ambiguous` for names and
 * parameters that parsers read differently.
 */
export function readDisposition(value: string, offset: number): Disposition {
  const refuse = (): FieldsealError => new FieldsealError("body_ambiguous", { offset });
  const [head = ""] = /^form-data[ \t]*/i.exec(value) ?? [];
  if (head === "" || (value.match(namePattern) ?? []).length > 1) throw refuse();
  const seen = new Set<string>();
  let name: TextNode | undefined;
  parameterPattern.lastIndex = head.length;
  while (parameterPattern.lastIndex < value.length) {
    const found = parameterPattern.exec(value);
    if (found === null) throw refuse();
    const [whole, parameter = "", quoted, plain] = found;
    const key = parameter.toLowerCase();
    if (seen.has(key) || key.startsWith("name*")) throw refuse();
    seen.add(key);
    if (key !== "name") continue;
    const spelling = quoted ?? plain ?? "";
    const start = offset + found.index + whole.indexOf("=") + (quoted === undefined ? 1 : 2);
    name = readUtf8(spelling, start);
    if (name === undefined || /[\\\u0000-\u001f\u007f]/.test(name.text) || encodedWordPattern.test(name.text))
      throw refuse();
  }
  if (name === undefined) throw refuse();
  return { name, file: seen.has("filename") || seen.has("filename*") };
}

/**
 * The texts of header fields: whole lines, and for a Content-Disposition the texts within and between quotes. Throws
 * `body_not_utf8`.
 */
export function* readHeader(source: string, start: number, end: number): Generator<TextNode> {
  for (let line = start; line < end; ) {
    const found = source.indexOf("\r\n", line);
    const lineEnd = found < 0 || found > end ? end : found;
    const text = source.slice(line, lineEnd);
    // Every second piece is within quotes. Parts with unpaired quotes are refused elsewhere.
    const pieces = /^content-disposition:/i.test(text) ? text.split(/"((?:[^"\\]|\\.)*)"/) : ["", text];
    let at = line;
    for (const [index, piece] of pieces.entries()) {
      const quoted = index % 2 === 1;
      const place = quoted && pieces.length > 2 ? at + 1 : at;
      const node = readUtf8(piece, place);
      if (node === undefined) throw new FieldsealError("body_not_utf8", { offset: start });
      if (piece !== "") yield { ...node, encode: quoted ? encodeHeader : refuseUnquoted };
      at = place + piece.length + (place > at ? 1 : 0);
    }
    line = lineEnd + 2;
  }
}

/** Escapes quotes and line ends as browsers do. */
function encodeHeader(characters: string): string {
  const escaped = characters.replace(/["\\\u0000-\u001f\u007f]/g, (character) => encodeURIComponent(character));
  return Buffer.from(escaped, "utf8").toString("latin1");
}

/** A parameter without quotes cannot hold a token. */
function refuseUnquoted(): never {
  throw new FieldsealError("value_unwritable");
}
