/** Makes nodes of the texts of an XML document: decoded, with the encoding for each place. */
import { FieldsealError } from "../errors.ts";
import { mappedNode, plainNode, type TextNode } from "./text-node.ts";
import type { XmlAttribute, XmlPiece, XmlRun } from "./xml-document.ts";

/** True if a comment or an instruction interrupts the run: for some parsers, the text ends there. */
export function isInterrupted(source: string, { pieces }: XmlRun): boolean {
  if (pieces.every(({ kind }) => kind === "characters" || kind === "cdata")) return false;
  return pieces.some(({ kind, start, end }) => isText(kind) && source.slice(start, end).trim() !== "");
}

/** True if a piece is text, and not a comment or an instruction. */
export function isText(kind: XmlPiece["kind"]): boolean {
  return kind === "characters" || kind === "cdata";
}

/** Makes one node of the text of a run, indivisible if it has several pieces; `undefined` without text. */
export function readRun(source: string, { pieces }: XmlRun): TextNode | undefined {
  const texts = pieces.filter(({ kind }) => isText(kind));
  const [first] = texts;
  const last = texts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (first === last) return readPiece(source, first);
  const nodes = texts.map((piece) => readPiece(source, piece));
  const text = nodes.map((textNode) => textNode.text).join("");
  const { outerStart: start } = first;
  const { outerEnd: end } = last;
  return { start, end, text, at: (offset) => (offset === 0 ? start : end), encode: escapeText, divisible: false };
}

/** Makes a node of a piece of text. */
export function readPiece(source: string, { kind, start, end }: XmlPiece): TextNode {
  if (kind === "cdata")
    return decode(source, start, end, "cdata", (characters) =>
      // What a section cannot hold goes between two sections.
      requireCharacters(characters).replaceAll("]]>", "]]]]><![CDATA[>").replaceAll("\r", "]]>&#13;<![CDATA["),
    );
  return decode(source, start, end, "text", escapeText);
}

/** Makes a node of the value of an attribute. */
export function readAttribute(source: string, { start, end, quote }: XmlAttribute): TextNode {
  return decode(source, start, end, "attribute", (characters) => escapeAttribute(characters, quote));
}

/** Texts that parsers do not read as they are written. */
const patterns = {
  cdata: /\r\n?/g,
  text: /&(?:(amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));|\r\n?/g,
  attribute: /&(?:(amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));|\r\n|[\r\n\t]/g,
} as const;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Decodes a span: references are resolved, line ends become LF (XML 1.0, section 2.11), and in attributes line ends and
 * tabs become spaces (section 3.3.3).
 */
function decode(
  source: string,
  start: number,
  end: number,
  place: keyof typeof patterns,
  encode: (characters: string) => string,
): TextNode {
  const spelling = source.slice(start, end);
  if (!/[&\r\n\t]/.test(spelling)) return plainNode(source, start, end, encode);
  let text = "";
  let done = 0;
  const offsets: number[] = [];
  const copy = (to: number): void => {
    for (let at = done; at < to; at++) offsets.push(start + at);
    text += spelling.slice(done, to);
    done = to;
  };
  for (const { 0: match, 1: entity, 2: decimal, 3: hex, index } of spelling.matchAll(patterns[place])) {
    copy(index);
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const blank = place === "attribute" ? " " : "\n";
    const characters = !match.startsWith("&")
      ? blank
      : entity === undefined
        ? String.fromCodePoint(code)
        : (entities[entity] ?? "");
    for (let unit = 0; unit < characters.length; unit++) offsets.push(start + index);
    text += characters;
    done = index + match.length;
  }
  copy(spelling.length);
  offsets.push(end);
  return mappedNode(text, offsets, encode);
}

/** Throws `value_unwritable` for characters that XML cannot hold, even with escapes (XML 1.0, section 2.2). */
function requireCharacters(characters: string): string {
  if (/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(characters)) {
    throw new FieldsealError("value_unwritable");
  }
  return characters;
}

function escapeText(characters: string): string {
  return requireCharacters(characters)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}

function escapeAttribute(characters: string, quote: '"' | "'"): string {
  const escaped = escapeText(characters).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
  return quote === '"' ? escaped.replaceAll('"', "&quot;") : escaped.replaceAll("'", "&apos;");
}
