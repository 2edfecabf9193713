/** The types of documents that commands read, from `--type` or from a file's extension. */
import { extname } from "node:path";
import { formatOf, formatOfExtension } from "../../core/formats/media-types.ts";
import { type Format, fileTable, formats, formatTable } from "../../core/rule/formats.ts";
import { parseMediaType } from "../../core/text/media-type.ts";

/** How to read a document. */
export interface DocumentType {
  readonly contentType: string;
  readonly format: Format;
}

/** The formats of files. Multipart is not one, since its boundary is only in a media type. */
const typeNames = formats.filter((format) => fileTable[format].extensions.length > 0);
const typeList = typeNames.join(", ");

/** The line about `--type` in the help of commands. */
export const typeHelp = `--type TYPE        ${typeList}, or a media type; default: by the file's extension`;

/**
 * The type that `--type` names, or that of the file's extension; `undefined` if both are absent or the extension is
 * unknown. Throws a TypeError for an unknown `--type`.
 */
export function findDocumentType(type: string | undefined, file: string): DocumentType | undefined {
  const name = type ?? formatOfExtension(extname(file).toLowerCase().slice(1));
  if (name === undefined) return undefined;
  const known = typeNames.find((format) => format === name);
  const contentType = known === undefined ? name : formatTable[known].mediaTypes[0];
  const mediaType = parseMediaType(contentType);
  const format = mediaType === undefined ? undefined : formatOf(mediaType);
  if (format === undefined)
    throw new TypeError(`Unknown type ${JSON.stringify(name)}. Allowed: ${typeList}, and their media types.`);
  return { contentType, format };
}
