/** Percent-encoding (RFC 3986, section 2.1; URL Standard, "application/x-www-form-urlencoded parsing"). */
import { isUtf8 } from "node:buffer";
import { FieldsealError } from "../errors.ts";
import { mappedNode, plainNode, type TextNode } from "./text-node.ts";

const escapesPattern = /(?:%[0-9A-Fa-f]{2})+/y;

/**
 * Reads a percent-encoded span as a node. `plusIsSpace` is for forms and query strings. Throws `body_malformed` for an
 * incomplete escape, and `body_not_utf8` for bytes that are not UTF-8.
 */
export function readPercent(source: string, start: number, end: number, plusIsSpace: boolean): TextNode {
  const spelling = source.slice(start, end);
  if (!spelling.includes("%")) {
    const node = plainNode(source, start, end, encodePercent);
    return plusIsSpace && spelling.includes("+") ? { ...node, text: spelling.replaceAll("+", " ") } : node;
  }
  let text = "";
  // An escape is longer than its character, which leaves room for the end.
  const offsets = new Uint32Array(spelling.length);
  const copy = (characters: string, placeOf: (index: number) => number): void => {
    for (let index = 0; index < characters.length; index++) offsets[text.length + index] = placeOf(index);
    text += characters;
  };
  for (let at = start; at < end; ) {
    const found = source.indexOf("%", at);
    const plainEnd = found < 0 || found > end ? end : found;
    const plain = source.slice(at, plainEnd);
    copy(plusIsSpace ? plain.replaceAll("+", " ") : plain, (index) => at + index);
    at = plainEnd;
    if (at === end) break;
    escapesPattern.lastIndex = at;
    const escapes = escapesPattern.exec(source)?.[0];
    if (escapes === undefined) throw new FieldsealError("body_malformed", { offset: at });
    const bytes = Buffer.from(escapes.replaceAll("%", ""), "hex");
    if (!isUtf8(bytes)) throw new FieldsealError("body_not_utf8", { offset: at });
    let place = at;
    for (const character of bytes.toString("utf8")) {
      // Both halves of a surrogate pair begin at the first byte of the character.
      copy(character, () => place);
      place += Buffer.byteLength(character, "utf8") * 3;
    }
    at += escapes.length;
  }
  offsets[text.length] = end;
  return mappedNode(text, offsets.subarray(0, text.length + 1), encodePercent);
}

/** Percent-encodes all characters except those that need no escape anywhere in a URL or form. */
export function encodePercent(characters: string): string {
  return encodeURIComponent(characters.toWellFormed()).replace(
    /[!'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}

/** Decodes the well-formed escapes of a text. */
export function decodeAgain(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
