/** The types of documents that commands read: by their short names, as media types, or by the file's extension. */
import { extname } from "node:path";
import { formatOf } from "../../core/formats/media-types.ts";
import type { Format } from "../../core/rule/rule.ts";
import { parseMediaType } from "../../core/text/media-type.ts";
import type { RecordFormat } from "../../core/text/record-chunks.ts";

/** A type of documents. */
export interface DocumentType {
  readonly contentType: string;
  readonly format: Format;
}

const contentTypes: Readonly<Record<string, string>> = {
  json: "application/json",
  ndjson: "application/x-ndjson",
  csv: "text/csv",
  form: "application/x-www-form-urlencoded",
  xml: "application/xml",
  text: "text/plain",
};

const extensions: Readonly<Record<string, string>> = {
  ".json": "json",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".csv": "csv",
  ".form": "form",
  ".xml": "xml",
  ".txt": "text",
  ".text": "text",
  ".log": "text",
};

/** What the help of a command says about `--type`. */
export const typeHelp = `--type TYPE        ${Object.keys(contentTypes).join(", ")}, or a media type; without it, by the file's extension`;

/**
 * The type that is asked for, or the extension's; `undefined` where neither tells. Throws a TypeError for an unknown
 * name.
 */
export function findDocumentType(type: string | undefined, file: string): DocumentType | undefined {
  const name = type ?? extensions[extname(file).toLowerCase()];
  if (name === undefined) return undefined;
  const contentType = Object.hasOwn(contentTypes, name) ? (contentTypes[name] ?? name) : name;
  const mediaType = parseMediaType(contentType);
  const format = mediaType === undefined ? undefined : formatOf(mediaType);
  if (format === undefined)
    throw new TypeError(
      `There is no type ${JSON.stringify(name)}; there are ${Object.keys(contentTypes).join(", ")}, and their media types.`,
    );
  return { contentType, format };
}

/** What separates the records of a document; `undefined` where it has none, and is read as a whole. */
export function recordFormatOf({ format }: DocumentType): RecordFormat | undefined {
  if (format === "ndjson") return "lines";
  return format === "csv" || format === "text" ? format : undefined;
}
