/** The types of documents that commands read: by their short names, as media types, or by the file's extension. */
import { extname } from "node:path";
import { formatOf, formatOfExtension } from "../../core/formats/media-types.ts";
import { type Format, fileTable, formats, formatTable } from "../../core/rule/formats.ts";
import { parseMediaType } from "../../core/text/media-type.ts";

/** What a document is read as. */
export interface DocumentType {
  readonly contentType: string;
  readonly format: Format;
}

/** The formats that files have: a form in parts cannot be read without the boundary in its media type. */
const typeNames = formats.filter((format) => fileTable[format].extensions.length > 0);
const typeList = typeNames.join(", ");

/** The line on `--type` in the help of commands. */
export const typeHelp = `--type TYPE        ${typeList}, or a media type; without it, by the file's extension`;

/**
 * The type that is asked for, or the extension's; `undefined` where neither tells. Throws a TypeError for an unknown
 * name.
 */
export function findDocumentType(type: string | undefined, file: string): DocumentType | undefined {
  const name = type ?? formatOfExtension(extname(file).toLowerCase().slice(1));
  if (name === undefined) return undefined;
  const known = typeNames.find((format) => format === name);
  const contentType = known === undefined ? name : formatTable[known].mediaTypes[0];
  const mediaType = parseMediaType(contentType);
  const format = mediaType === undefined ? undefined : formatOf(mediaType);
  if (format === undefined)
    throw new TypeError(`There is no type ${JSON.stringify(name)}; there are ${typeList}, and their media types.`);
  return { contentType, format };
}
