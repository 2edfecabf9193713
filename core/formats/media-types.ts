/** Finds the format of a body by its media type, and of a file by its extension. */

import { type Format, fileTable, formats, formatTable } from "../rule/formats.ts";
import type { MediaType } from "../text/media-type.ts";
import type { Codec, Codecs } from "./codec.ts";

/** The format of a media type; `undefined` for unknown types. */
export function formatOf({ essence }: MediaType): Format | undefined {
  return formats.find((format) => {
    const { mediaTypes, suffix } = formatTable[format];
    return mediaTypes.includes(essence) || suffix?.test(essence);
  });
}

/**
 * The codec for a part of a body, which is text. `undefined` for formats to which no list of a rule applies, and for
 * binary formats: multipart forms within parts are refused.
 */
export function findPartCodec(mediaType: MediaType, codecs: Codecs): Codec | undefined {
  const format = formatOf(mediaType);
  if (format === undefined) return undefined;
  const { lists, binary } = formatTable[format];
  return lists.length === 0 || binary === true ? undefined : codecs[format];
}

/** The format of a file name extension, in lower case without its dot; `undefined` for unknown ones. */
export function formatOfExtension(extension: string): Format | undefined {
  return formats.find((format) => fileTable[format].extensions.includes(extension));
}
