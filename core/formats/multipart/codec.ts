/** Forms in parts (RFC 7578): values by the names of parts, and what is in parts that have a format of their own. */
import { spend } from "../../budget.ts";
import { FieldsealError } from "../../errors.ts";
import { type Finding, type FoundBy, findWhole, jsonValue, liftFinding } from "../../find/finding.ts";
import type { Format } from "../../rule/formats.ts";
import type { Rule } from "../../rule/rule.ts";
import { detectsIn, readsFormat, readsParts } from "../../rule/scope.ts";
import {
  countSteps,
  type FieldName,
  matchesField,
  matchesFieldName,
  readFieldName,
  splitFieldName,
} from "../../selector/field-name.ts";

import { isAsciiCompatible, isUtf8 as isUtf8Type, type MediaType, parseMediaType } from "../../text/media-type.ts";
import { decodeAgain } from "../../text/percent.ts";
import { asIs, liftNode, nameNode, type TextNode } from "../../text/text-node.ts";
import type { Codec, FormatReading, ReadContext } from "../codec.ts";
import { formatOf } from "../media-types.ts";
import { readDisposition, readFields, readHeader } from "./header.ts";
import { type RawPart, readUtf8, requireBoundary, requireNoDelimiter, splitParts } from "./parts.ts";

/**
 * Selectors of `fields` find whole parts by name, those of `json` and `xml` look into parts of these types. The source
 * is the body's bytes, one character each.
 */
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
  return { ...by, start, end, value: { kind: "bytes", bytes }, encode: asIs };
}

/** The one value of a JSON text, in whose place a token is a string. */
function findJson(content: TextNode, by: FoundBy): Finding {
  const { text, at, encode } = content;
  const [blanks = ""] = /^\ufeff?[ \t\r\n]*/.exec(text) ?? [];
  const json = text.slice(blanks.length).replace(/[ \t\r\n]+$/, "");
  const span = { start: at(blanks.length), end: at(blanks.length + json.length) };
  return { ...by, ...span, value: jsonValue(json), encode: (token) => encode(JSON.stringify(token)) };
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
