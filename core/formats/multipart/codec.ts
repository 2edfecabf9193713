/**
 * Forms in parts (RFC 7578, RFC 2046 section 5.1). The source is the body's bytes as one character each, since files
 * are no text. Strict where readers differ: delimiters, header fields, parameters.
 */
import { isUtf8 } from "node:buffer";
import { spend } from "../../budget.ts";
import { FieldsealError } from "../../errors.ts";
import { type Finding, type FoundBy, findWhole, jsonValue, liftFinding } from "../../find/finding.ts";
import { detectsIn, type Format, type Rule, readsFormat, readsParts } from "../../rule/rule.ts";
import {
  countSteps,
  type FieldName,
  matchesField,
  matchesFieldName,
  readFieldName,
  splitFieldName,
} from "../../selector/field-name.ts";
import { trimBlanks } from "../../text/blanks.ts";
import { isAsciiCompatible, isUtf8 as isUtf8Type, type MediaType, parseMediaType } from "../../text/media-type.ts";
import { decodeAgain } from "../../text/percent.ts";
import { liftNode, mappedNode, nameNode, type TextNode } from "../../text/text-node.ts";
import type { Codec, FormatReading, ReadContext } from "../codec.ts";
import { formatOf } from "../media-types.ts";

export const multipart: Codec = {
  read: (source, context) => {
    const boundary = requireBoundary(context.mediaType);
    const { parts: rawParts, outside } = splitParts(source, boundary);
    const parts = rawParts.map((part) => readPart(source, part, boundary, context));
    const looking = context.rules.filter((rule) => detectsIn(rule, "body"));
    return {
      findings: context.rules.flatMap((rule) =>
        parts.flatMap((part) => findInPart(source, part, rule, `--${boundary}`)),
      ),
      nodes: function* () {
        yield* outside;
        for (const { header, name, content, reading } of parts) {
          yield* header();
          if (content === undefined || (looking.length > 0 && looking.every((rule) => isExempt(rule, name)))) continue;
          const named = nameNode(content, (level) => splitFieldName(name.text).at(-1 - level));
          if (reading === undefined) yield named;
          else for (const node of reading.nodes()) yield liftNode(node, named);
        }
      },
    };
  },
};

/** The contents of all parts, those too that are no text. Throws as reading does. */
export function listContents(
  source: string,
  mediaType: MediaType,
): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  return splitParts(source, requireBoundary(mediaType)).parts.map(({ start, contentStart, end }) => {
    const disposition = readFields(source.slice(start, contentStart - 4), start).get("content-disposition") ?? "";
    return { name: readDisposition(disposition, start).name.text, start: contentStart, end };
  });
}

interface Part {
  readonly header: () => Iterable<TextNode>;
  readonly name: TextNode;
  readonly fieldName: FieldName;
  readonly file: boolean;
  readonly start: number;
  readonly end: number;
  /** `undefined` where the content is no text. */
  readonly content: TextNode | undefined;
  /** Of content that has a format of its own. */
  readonly reading: FormatReading | undefined;
  readonly format: Format | undefined;
}

function findInPart(source: string, part: Part, rule: Rule, delimiter: string): Finding[] {
  const { name, content, reading } = part;
  const named = rule.fields.filter(({ use }) => matchesFieldName(use, part.fieldName));
  const findings = named.map(({ selector }) => findContent(source, part, { rule, selector }));
  if (reading !== undefined && content !== undefined) {
    const own = reading.findings.filter((finding) => finding.rule === rule);
    findings.push(...own.map((finding) => liftFinding(source, content, finding)));
  }
  for (const { start, end } of findings) {
    // Nobody could put it back.
    if (source.slice(start, end).includes(delimiter))
      throw new FieldsealError("body_ambiguous", { rule: rule.name, offset: start });
  }
  const looksInside = detectsIn(rule, "body") && findings.length === 0;
  if (looksInside && content === undefined && !isExempt(rule, name))
    throw new FieldsealError("part_unreadable", { rule: rule.name });
  return findings;
}

function isExempt({ exempt }: Rule, { text }: TextNode): boolean {
  return exempt.some((pattern) => matchesField(pattern, text));
}

/** The whole content of a part: JSON as its value, other text as a string, anything else as the bytes of a file. */
function findContent(source: string, { start, end, file, content, format }: Part, by: FoundBy): Finding {
  if (content !== undefined && !file) return format === "json" ? findJson(content, by) : findWhole(content, by);
  const bytes = Buffer.from(source.slice(start, end), "latin1");
  return { ...by, start, end, value: { kind: "bytes", bytes }, encode: (token) => token };
}

/** The one value of a JSON text, in whose place a token is a string. */
function findJson(content: TextNode, by: FoundBy): Finding {
  const { text, at, encode } = content;
  const [blanks = ""] = /^\ufeff?[ \t\r\n]*/.exec(text) ?? [];
  const json = text.slice(blanks.length).replace(/[ \t\r\n]+$/, "");
  const span = { start: at(blanks.length), end: at(blanks.length + json.length) };
  return { ...by, ...span, value: jsonValue(json), encode: (token) => encode(JSON.stringify(token)) };
}

const boundaryPattern = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/** Throws where a reader that looks for the word alone, as PHP does, would find another boundary. */
function requireBoundary({ parameters }: MediaType): string {
  const boundary = parameters.get("boundary");
  if (boundary === undefined || !boundaryPattern.test(boundary)) throw new FieldsealError("body_malformed");
  for (const [name, value] of parameters) {
    if (name !== "boundary" && /boundary/i.test(`${name}=${value}`)) throw new FieldsealError("body_ambiguous");
  }
  return boundary;
}

interface RawPart {
  /** Of the header fields. */
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

interface Split {
  readonly parts: readonly RawPart[];
  /** What stands before the first delimiter and after the last. */
  readonly outside: readonly TextNode[];
}

/** Throws unless every place where any reader could see a delimiter is one, in its one spelling. */
function splitParts(source: string, boundary: string): Split {
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
 * Throws `value_unwritable` for content that would end the part in which it stands: after a line's end, or where there
 * may be one.
 */
function requireNoDelimiter(raw: string, boundary: string): string {
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

function readPart(source: string, { start, contentStart, end }: RawPart, boundary: string, context: ReadContext): Part {
  const fields = readFields(source.slice(start, contentStart - 4), start);
  const disposition = fields.get("content-disposition");
  if (disposition === undefined) throw new FieldsealError("body_malformed", { offset: start });
  const { name, file } = readDisposition(disposition, start + source.slice(start, contentStart).indexOf(disposition));
  const transfer = fields.get("content-transfer-encoding")?.toLowerCase() ?? "binary";
  if (!["7bit", "8bit", "binary"].includes(transfer)) throw new FieldsealError("body_ambiguous", { offset: start });
  const type = fields.get("content-type");
  const mediaType = type === undefined ? undefined : parseMediaType(type);
  if (type !== undefined && mediaType === undefined) throw new FieldsealError("body_malformed", { offset: start });
  if (mediaType?.essence.startsWith("multipart/") === true)
    throw new FieldsealError("body_ambiguous", { offset: start });
  const text = isLeftAlone(name, context) ? undefined : readContent(source, contentStart, end, mediaType);
  const keepPart = (raw: string): string => requireNoDelimiter(raw, boundary);
  const content: TextNode | undefined = text && {
    ...text,
    encode: (characters) => keepPart(text.encode(characters)),
    encodeBytes: (bytes) => keepPart(bytes.toString("latin1")),
  };
  // Browsers write quotes and line ends in names as percent escapes (HTML, "multipart form data").
  const fieldName = readFieldName(name.text, ...(name.text.includes("%") ? [decodeAgain(name.text)] : []));
  spend(context.budget, countSteps(fieldName) * context.rules.reduce((sum, { fields }) => sum + fields.length, 0));
  const headerEnd = contentStart - 4;
  if (readUtf8(source.slice(start, headerEnd), start) === undefined)
    throw new FieldsealError("body_not_utf8", { offset: start });
  const header = (): Iterable<TextNode> => readHeader(source, start, headerEnd);
  const part = { header, name, fieldName, file, start: contentStart, end, content };
  const codec =
    mediaType === undefined || !hasOwnFormat(name, content, context) ? undefined : context.findCodec(mediaType);
  if (codec === undefined || mediaType === undefined) {
    // The field that names the charset of the others (RFC 7578, section 4.6).
    if (name.text === "_charset_" && !/^(?:utf-?8|us-ascii)?$/i.test(content?.text ?? "?")) {
      throw new FieldsealError("charset_unsupported");
    }
    requireReader(name, undefined, context, start);
    return { ...part, reading: undefined, format: undefined };
  }
  if (content === undefined) throw new FieldsealError("body_not_utf8", { offset: contentStart });
  requireReader(name, formatOf(mediaType), context, start);
  return { ...part, reading: codec.read(content.text, { ...context, mediaType }), format: formatOf(mediaType) };
}

/** Whether all rules leave a part alone, so that nobody has to understand it. */
function isLeftAlone(name: TextNode, { rules }: ReadContext): boolean {
  return (
    rules.length > 0 && rules.every((rule) => rule.fields.length === 0 && !selectsWithin(rule) && isExempt(rule, name))
  );
}

/** Throws `content_type_unsupported` for a part in which no rule has something to look for, as for a whole body. */
function requireReader(name: TextNode, format: Format | undefined, { rules }: ReadContext, offset: number): void {
  const readable = rules.some(
    (rule) => readsParts(rule) || isExempt(rule, name) || (format !== undefined && readsFormat(rule, format)),
  );
  if (rules.length > 0 && !readable) throw new FieldsealError("content_type_unsupported", { offset });
}

function selectsWithin({ json, xml }: Rule): boolean {
  return json.selectors.length + json.inside.length + xml.length > 0;
}

/**
 * Whether a part is to be read as its content type says: not if it was sealed as a whole, nor if nothing of it is asked
 * for.
 */
function hasOwnFormat(name: TextNode, content: TextNode | undefined, context: ReadContext): boolean {
  const { rules, tokens } = context;
  if (isLeftAlone(name, context)) return false;
  if (tokens === undefined) return true;
  if (content === undefined) return rules.length > 0;
  return !tokens.isWhole(content.text) && (rules.length > 0 || tokens.mayHold(content.text));
}

/** Header fields of a part, by name in lower case. */
function readFields(header: string, offset: number): ReadonlyMap<string, string> {
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

/** What some readers take for the name wherever it stands, also in the value of another parameter. */
const namePattern = /(?<!file)name[ \t]*(?:\*[ \t]*)?=/gi;

/** A word of RFC 2047, which some readers decode, also within quotes. */
const encodedWordPattern = /=\?[^?]*\?[bq]\?/i;

/** The name in a Content-Disposition. Names and parameters in which readers differ are refused. */
function readDisposition(value: string, offset: number): { readonly name: TextNode; readonly file: boolean } {
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

/** The texts of header fields: whole lines, and of a Content-Disposition what stands within quotes, and between. */
function* readHeader(source: string, start: number, end: number): Generator<TextNode> {
  for (let line = start; line < end; ) {
    const found = source.indexOf("\r\n", line);
    const lineEnd = found < 0 || found > end ? end : found;
    const text = source.slice(line, lineEnd);
    // Every second piece stands within quotes. A part whose quotes are not in pairs is refused.
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

/** What would end a quoted parameter, or the line, as browsers write it. */
function encodeHeader(characters: string): string {
  const escaped = characters.replace(/["\\\u0000-\u001f\u007f]/g, (character) => encodeURIComponent(character));
  return Buffer.from(escaped, "utf8").toString("latin1");
}

/** Characters of a token end a parameter that has no quotes. */
function refuseUnquoted(): never {
  throw new FieldsealError("value_unwritable");
}

/**
 * The content as text; `undefined` where it is none. Throws `charset_unsupported` for text that readers would read
 * differently.
 */
function readContent(
  source: string,
  start: number,
  end: number,
  mediaType: MediaType | undefined,
): TextNode | undefined {
  const raw = source.slice(start, end);
  const node = readUtf8(raw, start);
  if (node === undefined || node.text.includes("\u0000")) return undefined;
  if (mediaType !== undefined && !isUtf8Type(mediaType)) {
    const ascii = isAsciiCompatible(mediaType) && /^[\u0000-\u007f]*$/.test(raw);
    if (!ascii) throw new FieldsealError("charset_unsupported", { offset: start });
  }
  return node;
}

/** Bytes, as one character each, that are UTF-8. */
function readUtf8(raw: string, start: number): TextNode | undefined {
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
