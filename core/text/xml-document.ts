/**
 * Reads XML 1.0 into elements, attributes and texts with their offsets. Refuses malformed documents, document type
 * declarations, and all but the five predefined entities.
 */
import { FieldsealError } from "../errors.ts";

/** An element with its attributes and its own text, without the elements in it. */
export interface XmlElement {
  readonly name: string;
  /** The index of its parent; -1 for the root. */
  readonly parent: number;
  readonly attributes: readonly XmlAttribute[];
  /** The runs of its own text between child elements. */
  readonly runs: XmlRun[];
}

/** An attribute of an element. */
export interface XmlAttribute {
  readonly name: string;
  /** The span of the value between its quotes. */
  readonly start: number;
  readonly end: number;
  readonly quote: '"' | "'";
}

/** The text between two tags: characters, CDATA sections, comments and instructions. */
export interface XmlRun {
  readonly pieces: XmlPiece[];
}

/** A piece of a run, of one kind. */
export interface XmlPiece {
  readonly kind: "characters" | "cdata" | "comment" | "instruction";
  /** The span of the content; for a CDATA section the text between its brackets. */
  readonly start: number;
  readonly end: number;
  /** The span with the markup around it. */
  readonly outerStart: number;
  readonly outerEnd: number;
}

/** The content of an XML document. */
export interface XmlDocument {
  readonly source: string;
  /** In document order, so a parent comes before its children. */
  readonly elements: readonly XmlElement[];
  /** Comments and processing instructions outside the root element. */
  readonly outside: readonly XmlPiece[];
}

/** The first characters of a name (XML 1.0, fifth edition, production 4). */
const nameStart =
  ":A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}" +
  "\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}" +
  "\\u{10000}-\\u{EFFFF}";
const namePattern = new RegExp(`[${nameStart}][${nameStart}.\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}0-9-]*`, "uy");
const spacePattern = /[ \t\r\n]*/y;
const forbiddenPattern = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const blank = "[ \\t\\r\\n]";
const equals = `${blank}*=${blank}*`;
const encodingName = "([A-Za-z][A-Za-z0-9._-]*)";
const declarationPattern = new RegExp(
  `^<\\?xml${blank}+version${equals}(?:"1\\.0"|'1\\.0')` +
    `(?:${blank}+encoding${equals}(?:"${encodingName}"|'${encodingName}'))?` +
    `(?:${blank}+standalone${equals}(?:"(?:yes|no)"|'(?:yes|no)'))?${blank}*\\?>`,
);

interface Cursor {
  readonly source: string;
  at: number;
}

/**
 * Parses an XML text with at most `maxDepth` levels of elements. Throws `body_malformed` or `body_ambiguous` with an
 * offset, `too_deep`, or `charset_unsupported` for a declared encoding other than UTF-8.
 */
export function parseXml(source: string, maxDepth: number): XmlDocument {
  const forbidden = forbiddenPattern.exec(source);
  if (forbidden !== null) throw malformed(forbidden.index);
  const cursor: Cursor = { source, at: source.startsWith("\ufeff") ? 1 : 0 };
  readDeclaration(cursor);
  const outside: XmlPiece[] = [];
  readMisc(cursor, outside);
  const elements: XmlElement[] = [];
  readElements(cursor, elements, maxDepth);
  readMisc(cursor, outside);
  if (cursor.at !== source.length) throw malformed(cursor.at);
  return { source, elements, outside };
}

function malformed(offset: number): FieldsealError {
  return new FieldsealError("body_malformed", { offset });
}

function readDeclaration(cursor: Cursor): void {
  if (!/^<\?xml[ \t\r\n]/.test(cursor.source.slice(cursor.at, cursor.at + 6))) return;
  const found = declarationPattern.exec(cursor.source.slice(cursor.at, cursor.at + 300));
  if (found === null) throw malformed(cursor.at);
  const encoding = (found[1] ?? found[2] ?? "utf-8").toLowerCase();
  // ASCII text is the same in all encodings that extend ASCII.
  const ascii = /^[\u0000-\u007f]*$/.test(cursor.source);
  if (
    encoding !== "utf-8" &&
    encoding !== "utf8" &&
    !(ascii && /^(?:us-ascii|iso-8859-\d+|windows-125\d)$/.test(encoding))
  ) {
    throw new FieldsealError("charset_unsupported", { offset: cursor.at });
  }
  cursor.at += found[0].length;
}

/** Skips white space, comments and processing instructions, but no document type declaration. */
function readMisc(cursor: Cursor, pieces: XmlPiece[]): void {
  for (;;) {
    skipSpace(cursor);
    const piece = readComment(cursor) ?? readInstruction(cursor);
    if (piece === undefined) return;
    pieces.push(piece);
  }
}

function readElements(cursor: Cursor, elements: XmlElement[], maxDepth: number): void {
  const { source } = cursor;
  const open: number[] = [];
  let run: XmlRun = { pieces: [] };
  const endRun = (): void => {
    const element = elements[open.at(-1) ?? -1];
    if (element !== undefined && run.pieces.length > 0) element.runs.push(run);
    run = { pieces: [] };
  };
  do {
    if (source.startsWith("</", cursor.at)) {
      endRun();
      const element = elements[open.pop() ?? -1];
      cursor.at += 2;
      if (element === undefined || readName(cursor) !== element.name) throw malformed(cursor.at);
      skipSpace(cursor);
      require(cursor, ">");
    } else {
      const piece =
        open.length === 0
          ? undefined
          : (readCharacters(cursor) ?? readCdata(cursor) ?? readComment(cursor) ?? readInstruction(cursor));
      if (piece !== undefined) {
        run.pieces.push(piece);
        continue;
      }
      endRun();
      const { element, closed } = readStartTag(cursor, open.at(-1) ?? -1);
      elements.push(element);
      if (!closed) open.push(elements.length - 1);
      if (open.length > maxDepth) throw new FieldsealError("too_deep", { offset: cursor.at });
    }
  } while (open.length > 0);
}

function readStartTag(cursor: Cursor, parent: number): { readonly element: XmlElement; readonly closed: boolean } {
  require(cursor, "<");
  const name = readQualifiedName(cursor);
  const attributes: XmlAttribute[] = [];
  const names = new Set<string>();
  for (;;) {
    const before = cursor.at;
    skipSpace(cursor);
    const closed = cursor.source.startsWith("/>", cursor.at);
    if (closed || cursor.source[cursor.at] === ">") {
      cursor.at += closed ? 2 : 1;
      return { element: { name, parent, attributes, runs: [] }, closed };
    }
    if (cursor.at === before) throw malformed(before);
    const attribute = readAttribute(cursor);
    if (names.has(attribute.name)) throw malformed(before);
    names.add(attribute.name);
    attributes.push(attribute);
  }
}

function readAttribute(cursor: Cursor): XmlAttribute {
  const { source } = cursor;
  const name = readQualifiedName(cursor);
  skipSpace(cursor);
  require(cursor, "=");
  skipSpace(cursor);
  const quote = source[cursor.at];
  if (quote !== '"' && quote !== "'") throw malformed(cursor.at);
  const start = cursor.at + 1;
  const end = source.indexOf(quote, start);
  if (end < 0) throw malformed(start);
  const value = source.slice(start, end);
  if (value.includes("<")) throw malformed(start);
  requireReferences(value, start);
  cursor.at = end + 1;
  return { name, start, end, quote };
}

function readCharacters(cursor: Cursor): XmlPiece | undefined {
  const start = cursor.at;
  const next = cursor.source.indexOf("<", start);
  const end = next < 0 ? cursor.source.length : next;
  if (end === start) return undefined;
  const characters = cursor.source.slice(start, end);
  const close = characters.indexOf("]]>");
  if (close >= 0) throw malformed(start + close);
  requireReferences(characters, start);
  cursor.at = end;
  return { kind: "characters", start, end, outerStart: start, outerEnd: end };
}

function readCdata(cursor: Cursor): XmlPiece | undefined {
  return readDelimited(cursor, "cdata", "<![CDATA[", "]]>");
}

function readComment(cursor: Cursor): XmlPiece | undefined {
  const comment = readDelimited(cursor, "comment", "<!--", "-->");
  if (comment !== undefined) {
    const content = cursor.source.slice(comment.start, comment.end);
    if (content.includes("--") || content.endsWith("-")) throw malformed(comment.start);
  }
  return comment;
}

function readInstruction(cursor: Cursor): XmlPiece | undefined {
  const instruction = readDelimited(cursor, "instruction", "<?", "?>");
  if (instruction !== undefined) {
    const target = readName({ source: cursor.source, at: instruction.start });
    const after = cursor.source[instruction.start + target.length] ?? "";
    const blank = instruction.start + target.length === instruction.end || /[ \t\r\n]/.test(after);
    if (target.toLowerCase() === "xml" || !blank) throw malformed(instruction.start);
  }
  return instruction;
}

function readDelimited(cursor: Cursor, kind: XmlPiece["kind"], open: string, close: string): XmlPiece | undefined {
  const { source, at: outerStart } = cursor;
  if (!source.startsWith(open, outerStart)) return undefined;
  const start = outerStart + open.length;
  const end = source.indexOf(close, start);
  if (end < 0) throw malformed(outerStart);
  cursor.at = end + close.length;
  return { kind, start, end, outerStart, outerEnd: cursor.at };
}

const referencePattern = /&(?:(?:amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));|&/g;

function requireReferences(text: string, start: number): void {
  for (const { 0: reference, 1: decimal, 2: hex, index } of text.matchAll(referencePattern)) {
    const code = decimal === undefined ? (hex === undefined ? undefined : Number.parseInt(hex, 16)) : Number(decimal);
    const valid = code === undefined || (code <= 0x10ffff && !forbiddenPattern.test(String.fromCodePoint(code)));
    if (reference === "&" || !valid) throw malformed(start + index);
  }
}

function readName(cursor: Cursor): string {
  namePattern.lastIndex = cursor.at;
  const name = namePattern.exec(cursor.source)?.[0];
  if (name === undefined) throw malformed(cursor.at);
  cursor.at += name.length;
  return name;
}

/** Throws if parsers may disagree on the local name (Namespaces in XML 1.0, section 4). */
function readQualifiedName(cursor: Cursor): string {
  const start = cursor.at;
  const name = readName(cursor);
  const colon = name.indexOf(":");
  if (colon === 0 || (colon > 0 && (colon === name.length - 1 || name.includes(":", colon + 1)))) {
    throw new FieldsealError("body_ambiguous", { offset: start });
  }
  return name;
}

function skipSpace(cursor: Cursor): void {
  spacePattern.lastIndex = cursor.at;
  cursor.at += spacePattern.exec(cursor.source)?.[0].length ?? 0;
}

function require(cursor: Cursor, text: string): void {
  if (!cursor.source.startsWith(text, cursor.at)) throw malformed(cursor.at);
  cursor.at += text.length;
}
