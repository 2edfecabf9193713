/** Step 3 of a body: decodes its bytes to characters. */
import { isAscii, isUtf8 } from "node:buffer";
import { FieldsealError } from "../../core/errors.ts";
import { encodingOf, type Format } from "../../core/rule/formats.ts";
import { isAsciiCompatible, isUtf8 as isUtf8Type } from "../../core/text/media-type.ts";
import type { FormatChoice } from "./choose-format.ts";

/**
 * The characters of a body in UTF-8. A body in another charset must be ASCII, which all supported charsets read alike.
 * A form in parts becomes one character for each byte, since files are not text and each part has its own charset.
 * Throws `charset_unsupported` or `body_not_utf8`.
 */
export function decodeText(bytes: Buffer, { format, charsets }: FormatChoice): string {
  const others = charsets.filter((mediaType) => !isUtf8Type(mediaType));
  const isText = others.length === 0 || (others.every(isAsciiCompatible) && isAscii(bytes));
  if (!isText) throw new FieldsealError("charset_unsupported");
  if (encodingOf(format) === "latin1") return bytes.toString("latin1");
  if (isWide(bytes, format)) throw new FieldsealError("charset_unsupported");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new FieldsealError(format === "xml" && declaresEncoding(bytes) ? "charset_unsupported" : "body_not_utf8");
}

/** True if an XML declaration names another encoding than UTF-8. The XML codec decides which of them are ASCII. */
function declaresEncoding(bytes: Buffer): boolean {
  const [, encoding] = /^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)/.exec(bytes.toString("latin1", 0, 200)) ?? [];
  return encoding !== undefined && !/^utf-?8$/i.test(encoding);
}

/**
 * True if a body is UTF-16 or UTF-32, with or without a byte order mark. JSON, XML and forms begin with ASCII, which
 * leaves NULs in the first four bytes (RFC 4627, section 3). CSV and text may begin with any character, so they must
 * hold no NUL at all.
 */
function isWide(bytes: Buffer, format: Format): boolean {
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return marked || (format === "csv" || format === "text" ? bytes : bytes.subarray(0, 4)).includes(0);
}
