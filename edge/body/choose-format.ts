/** The second step of a body: the format that it is read in, and the rules that read it. */
import { FieldsealError } from "../../core/errors.ts";
import { formatOf } from "../../core/formats/media-types.ts";
import type { Format } from "../../core/rule/formats.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { readsFormat } from "../../core/rule/scope.ts";
import { isUtf8, type MediaType, parseMediaType, plainText } from "../../core/text/media-type.ts";

/** How a body is read. */
export interface FormatChoice {
  readonly format: Format;
  readonly mediaType: MediaType;
  /** The media types whose charsets the bytes have to fit. */
  readonly charsets: readonly MediaType[];
  /** The rules that have selectors or detectors for the format. */
  readonly rules: readonly Rule[];
}

/**
 * The format that the rules which look into a body force, or the one that its content type names. Throws
 * `rule_conflict` for two forced formats, `content_type_missing` unless there is exactly one well-formed content type
 * to go by, `content_type_unsupported` for a format that none of the rules can find anything in, and
 * `charset_unsupported`.
 */
export function chooseFormat(contentTypes: readonly string[], looking: readonly Rule[]): FormatChoice {
  const forced = new Set(looking.flatMap(({ format }) => (format === undefined ? [] : [format])));
  if (forced.size > 1) throw new FieldsealError("rule_conflict");
  const [only] = forced;
  // The boundary of a form in parts is in the content type.
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

/** Of content types that say nothing of the format, the one whose charset differs from UTF-8. */
function chooseCharset(contentTypes: readonly string[]): MediaType {
  const mediaTypes = contentTypes.map((contentType) => {
    const mediaType = parseMediaType(contentType);
    if (mediaType === undefined && /charset/i.test(contentType)) throw new FieldsealError("charset_unsupported");
    return mediaType ?? plainText;
  });
  return mediaTypes.find((mediaType) => !isUtf8(mediaType)) ?? mediaTypes[0] ?? plainText;
}

/**
 * How a body is read that cannot be read in its format: as text that fits the charsets of all content types, for the
 * rules that scan, which can be none.
 */
export function chooseScan(contentTypes: readonly string[], looking: readonly Rule[]): FormatChoice {
  const charsets = contentTypes.map((contentType) => parseMediaType(contentType) ?? plainText);
  const rules = looking.filter(({ unreadable }) => unreadable === "scan");
  return { format: "text", mediaType: plainText, charsets, rules };
}
