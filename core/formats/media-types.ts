/** Which format a body is in, by its media type, and a file, by the extension of its name. */

import { type Format, fileTable, formats, formatTable } from "../rule/formats.ts";
import type { MediaType } from "../text/media-type.ts";
import type { Codec, Codecs } from "./codec.ts";

/** The format of a media type; `undefined` where none has that type. */
export function formatOf({ essence }: MediaType): Format | undefined {
  return formats.find((format) => {
    const { mediaTypes, suffix } = formatTable[format];
    return mediaTypes.includes(essence) || suffix?.test(essence);
  });
}

/**
 * The codec for a part of a body, which is given as text. Text in which no list of a rule applies needs none, and
 * formats of bytes cannot be read in text: parts within parts are refused.
 */
export function findPartCodec(mediaType: MediaType, codecs: Codecs): Codec | undefined {
  const format = formatOf(mediaType);
  if (format === undefined) return undefined;
  const { lists, binary } = formatTable[format];
  return lists.length === 0 || binary === true ? undefined : codecs[format];
}

/** The format that an extension of a file's name, in lower case and without its dot, tells; `undefined` for others. */
export function formatOfExtension(extension: string): Format | undefined {
  return formats.find((format) => fileTable[format].extensions.includes(extension));
}
