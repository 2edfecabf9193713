/** Percent-encoding (RFC 3986, section 2.1; URL Standard, "application/x-www-form-urlencoded parsing"). */
import { isUtf8 } from "node:buffer";
import { FieldsealError } from "./errors.ts";
import { type Leaf, plainLeaf, spelledLeaf } from "./leaf.ts";

const escapesPattern = /(?:%[0-9A-Fa-f]{2})+/y;

/**
 * A percent-encoded span as a leaf. In forms and query strings a plus sign is a space. Throws `body_malformed` for half
 * an escape, `body_not_utf8` for octets that are no UTF-8.
 */
export function readPercent(source: string, start: number, end: number, plusIsSpace: boolean): Leaf {
  const spelling = source.slice(start, end);
  if (!spelling.includes("%")) {
    const leaf = plainLeaf(source, start, end, encodePercent);
    return plusIsSpace && spelling.includes("+") ? { ...leaf, text: spelling.replaceAll("+", " ") } : leaf;
  }
  let text = "";
  const offsets: number[] = [];
  for (let at = start; at < end; ) {
    if (source[at] !== "%") {
      offsets.push(at);
      text += source[at] === "+" && plusIsSpace ? " " : (source[at] ?? "");
      at++;
      continue;
    }
    escapesPattern.lastIndex = at;
    const escapes = escapesPattern.exec(source)?.[0];
    if (escapes === undefined) throw new FieldsealError("body_malformed", { offset: at });
    text += decodeRun(escapes, at, offsets);
    at += escapes.length;
  }
  offsets.push(end);
  return spelledLeaf(text, offsets, encodePercent);
}

/** The characters of a run of escapes; the place of each one's first escape is added to the offsets. */
function decodeRun(escapes: string, start: number, offsets: number[]): string {
  const octets = Buffer.from(escapes.replaceAll("%", ""), "hex");
  if (!isUtf8(octets)) throw new FieldsealError("body_not_utf8", { offset: start });
  const decoded = octets.toString("utf8");
  let octet = 0;
  for (const character of decoded) {
    // Both halves of a surrogate pair stand at the character's first octet.
    for (let unit = 0; unit < character.length; unit++) offsets.push(start + octet * 3);
    octet += Buffer.byteLength(character, "utf8");
  }
  return decoded;
}

/** Percent-encodes all characters but those that stand for themselves everywhere in a URL and in a form. */
export function encodePercent(characters: string): string {
  return encodeURIComponent(characters.toWellFormed()).replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A text whose own escapes are undone, as far as they are well-formed. */
export function decodeAgain(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => Buffer.from(escapes.replaceAll("%", ""), "hex").toString("utf8"));
}
