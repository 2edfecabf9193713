/** Reads a part of a multipart form: its name, and its content as text, in its own format or as bytes. */
import { spend } from "../../budget.ts";
import { FieldsealError } from "../../errors.ts";
import type { Format } from "../../rule/formats.ts";
import type { Rule } from "../../rule/rule.ts";
import { hasSelectors, readsFormat, readsParts } from "../../rule/scope.ts";
import { countSteps, type FieldName, matchesField, readFieldName } from "../../selector/field-name.ts";
import { isAsciiCompatible, isUtf8 as isUtf8Type, type MediaType, parseMediaType } from "../../text/media-type.ts";
import { decodeAgain } from "../../text/percent.ts";
import type { TextNode } from "../../text/text-node.ts";
import type { FormatReading, ReadContext } from "../codec.ts";
import { formatOf } from "../media-types.ts";
import { type Disposition, readDisposition, readFields, readHeader } from "./header.ts";
import { type RawPart, readUtf8, requireNoDelimiter } from "./parts.ts";

/** A part of a form with its content. */
export interface Part {
  readonly header: () => Iterable<TextNode>;
  readonly name: TextNode;
  readonly fieldName: FieldName;
  readonly file: boolean;
  readonly start: number;
  readonly end: number;
  /** `undefined` if the content is not text, or if no rule needs to read it. */
  readonly content: TextNode | undefined;
  /** The content in its own format, if it has one. */
  readonly reading: FormatReading | undefined;
  readonly format: Format | undefined;
}

/**
 * Reads a part. Throws `body_malformed`, `body_ambiguous`, `body_not_utf8`, `charset_unsupported`,
 * `content_type_unsupported`, `too_complex`, and what the codec of its content throws.
 */
export function readPart(source: string, raw: RawPart, boundary: string, context: ReadContext): Part {
  const { start, contentStart, end } = raw;
  const { name, file, mediaType } = readHead(source, raw);
  const text = isLeftAlone(name, context) ? undefined : readContent(source, contentStart, end, mediaType);
  const keepPart = (characters: string): string => requireNoDelimiter(characters, boundary);
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
    // This field names the charset of the others (RFC 7578, section 4.6).
    if (name.text === "_charset_" && !/^(?:utf-?8|us-ascii)?$/i.test(content?.text ?? "?")) {
      throw new FieldsealError("charset_unsupported");
    }
    requireReader(name, undefined, context, start);
    return { ...part, reading: undefined, format: undefined };
  }
  if (content === undefined) throw new FieldsealError("body_not_utf8", { offset: contentStart });
  const format = formatOf(mediaType);
  requireReader(name, format, context, start);
  return { ...part, reading: codec.read(content.text, { ...context, mediaType }), format };
}

interface Head extends Disposition {
  /** `undefined` without a Content-Type: then the part is text or a file. */
  readonly mediaType: MediaType | undefined;
}

function readHead(source: string, { start, contentStart }: RawPart): Head {
  const fields = readFields(source.slice(start, contentStart - 4), start);
  const value = fields.get("content-disposition");
  if (value === undefined) throw new FieldsealError("body_malformed", { offset: start });
  const disposition = readDisposition(value, start + source.slice(start, contentStart).indexOf(value));
  const transfer = fields.get("content-transfer-encoding")?.toLowerCase() ?? "binary";
  if (!["7bit", "8bit", "binary"].includes(transfer)) throw new FieldsealError("body_ambiguous", { offset: start });
  const type = fields.get("content-type");
  const mediaType = type === undefined ? undefined : parseMediaType(type);
  if (type !== undefined && mediaType === undefined) throw new FieldsealError("body_malformed", { offset: start });
  if (mediaType?.essence.startsWith("multipart/") === true)
    throw new FieldsealError("body_ambiguous", { offset: start });
  return { ...disposition, mediaType };
}

/** True if the detectors of a rule ignore a part. */
export function isExempt({ exempt }: Rule, { text }: TextNode): boolean {
  return exempt.some((pattern) => matchesField(pattern, text));
}

/** True if all rules ignore a part, so that it need not be readable. */
function isLeftAlone(name: TextNode, { rules }: ReadContext): boolean {
  return (
    rules.length > 0 && rules.every((rule) => rule.fields.length === 0 && !selectsWithin(rule) && isExempt(rule, name))
  );
}

/** Throws `content_type_unsupported` for a part in which no rule selects anything, as for a whole body. */
function requireReader(name: TextNode, format: Format | undefined, { rules }: ReadContext, offset: number): void {
  const readable = rules.some(
    (rule) => readsParts(rule) || isExempt(rule, name) || (format !== undefined && readsFormat(rule, format)),
  );
  if (rules.length > 0 && !readable) throw new FieldsealError("content_type_unsupported", { offset });
}

function selectsWithin(rule: Rule): boolean {
  return hasSelectors(rule, "json") || hasSelectors(rule, "xml");
}

/** True if a part must be read by its content type: not if the whole part is a token, and not if nothing needs it. */
function hasOwnFormat(name: TextNode, content: TextNode | undefined, context: ReadContext): boolean {
  const { rules, tokens } = context;
  if (isLeftAlone(name, context)) return false;
  if (tokens === undefined) return true;
  if (content === undefined) return rules.length > 0;
  return !tokens.isWhole(content.text) && (rules.length > 0 || tokens.mayHold(content.text));
}

/**
 * The content as text; `undefined` if it is not text. Throws `charset_unsupported` for text that parsers would read
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
  // Only for ASCII bytes is the text the same in these charsets.
  if (mediaType === undefined || isUtf8Type(mediaType) || (isAsciiCompatible(mediaType) && node.text === raw))
    return node;
  throw new FieldsealError("charset_unsupported", { offset: start });
}
