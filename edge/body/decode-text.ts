/** The third step of a body: its characters. */
import { isAscii, isUtf8 } from "node:buffer";
import { FieldsealError } from "../../core/errors.ts";
import type { Format } from "../../core/rule/formats.ts";
import { isAsciiCompatible, isUtf8 as isUtf8Type } from "../../core/text/media-type.ts";
import type { FormatChoice } from "./choose-format.ts";

/**
 * The characters of a body in UTF-8; in another charset, only what all of them read as the same ASCII. A form in parts
 * comes as one character a byte, since files are no text and each part has a charset of its own. Throws
 * `charset_unsupported` or `body_not_utf8`.
 */
export function decodeText(bytes: Buffer, { format, charsets }: FormatChoice): string {
  const others = charsets.filter((mediaType) => !isUtf8Type(mediaType));
  const isText = others.length === 0 || (others.every(isAsciiCompatible) && isAscii(bytes));
  if (!isText) throw new FieldsealError("charset_unsupported");
  if (format === "multipart") return bytes.toString("latin1");
  if (isWide(bytes, format)) throw new FieldsealError("charset_unsupported");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new FieldsealError(format === "xml" && declaresEncoding(bytes) ? "charset_unsupported" : "body_not_utf8");
}

/**
 * Whether an XML declaration names another encoding than UTF-8: which of them are ASCII alone, the reader of XML
 * decides.
 */
function declaresEncoding(bytes: Buffer): boolean {
  const [, encoding] = /^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)/.exec(bytes.toString("latin1", 0, 200)) ?? [];
  return encoding !== undefined && !/^utf-?8$/i.test(encoding);
}

/**
 * Whether a body is one of UTF-16 or UTF-32, marked or not: ASCII characters, with which all formats of markup begin,
 * leave NULs in the first four bytes (RFC 4627, section 3). Where any character may come first, no NUL may come at all.
 */
function isWide(bytes: Buffer, format: Format): boolean {
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return marked || (format === "csv" || format === "text" ? bytes : bytes.subarray(0, 4)).includes(0);
}
