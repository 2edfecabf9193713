/** Step 2 of a body: chooses the format to read it in, and the rules that read it. */
import { FieldsealError } from "../../core/errors.ts";
import { formatOf } from "../../core/formats/media-types.ts";
import type { Format } from "../../core/rule/formats.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { readsFormat } from "../../core/rule/scope.ts";
import { isUtf8, type MediaType, parseMediaType, plainText } from "../../core/text/media-type.ts";

/** How to read a body. */
export interface FormatChoice {
  readonly format: Format;
  readonly mediaType: MediaType;
  /** The media types whose charsets the bytes must fit. */
  readonly charsets: readonly MediaType[];
  /** The rules with selectors or detectors for the format. */
  readonly rules: readonly Rule[];
}

/**
 * Chooses the format that the rules force, or else the format of the content type. `looking` are the rules that look
 * into bodies. Throws `rule_conflict` for two forced formats, `content_type_missing` unless exactly one well-formed
 * content type decides, `content_type_unsupported` if no rule can find anything in the format, and
 * `charset_unsupported`.
 */
export function chooseFormat(contentTypes: readonly string[], looking: readonly Rule[]): FormatChoice {
  const forced = new Set(looking.flatMap(({ format }) => (format === undefined ? [] : [format])));
  if (forced.size > 1) throw new FieldsealError("rule_conflict");
  const [only] = forced;
  // The content type holds the boundary of a form in parts.
  const mediaType = only === undefined || only === "multipart" ? readOne(contentTypes) : chooseCharset(contentTypes);
  const format = only ?? formatOf(mediaType);
  const rules = looking.filter((rule) => format !== undefined && readsFormat(rule, format));
  if (format === undefined || rules.length === 0) throw new FieldsealError("content_type_unsupported");
  return { format, mediaType, charsets: [mediaType], rules };
}

function readOne(contentTypes: readonly string[]): MediaType {
  const [contentType, ...repeated] = contentTypes;
  const mediaType = contentType === undefined || repeated.length > 0 ? undefined : parseMediaType(contentType);
  if (mediaType === undefined) throw new FieldsealError("content_type_missing");
  return mediaType;
}

/** A content type under a forced format, where only the charset counts: the first that is not UTF-8, if any. */
function chooseCharset(contentTypes: readonly string[]): MediaType {
  const mediaTypes = contentTypes.map((contentType) => {
    const mediaType = parseMediaType(contentType);
    if (mediaType === undefined && /charset/i.test(contentType)) throw new FieldsealError("charset_unsupported");
    return mediaType ?? plainText;
  });
  return mediaTypes.find((mediaType) => !isUtf8(mediaType)) ?? mediaTypes[0] ?? plainText;
}

/**
 * Reads a body as text if it cannot be read in its format: for the rules that scan, if any. The text must fit the
 * charsets of all content types.
 */
export function chooseScan(contentTypes: readonly string[], looking: readonly Rule[]): FormatChoice {
  const charsets = contentTypes.map((contentType) => parseMediaType(contentType) ?? plainText);
  const rules = looking.filter(({ unreadable }) => unreadable === "scan");
  return { format: "text", mediaType: plainText, charsets, rules };
}
