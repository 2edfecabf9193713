/**
 * What is known of each format besides its codec. A new format is a row in each table of this file, a file with its
 * codec and a row in `formats/table.ts`. There are two tables because a bundle drops only whole tables that it does not
 * use: the edge function reads no files.
 */
import type { RecordKind } from "../text/record-chunks.ts";

/** The lists of a rule whose selectors can find something in a body. Detectors can in every format. */
export type SelectorList = "json" | "fields" | "xml";

/** What a request's body has to be told about its format. */
export interface FormatDescriptor {
  /** The media types that name it, in lower case, without parameters; the usual one first. */
  readonly mediaTypes: readonly [string, ...string[]];
  /** The media types that name it by their suffix. */
  readonly suffix?: RegExp;
  /** The lists of a rule that apply to it. */
  readonly lists: readonly SelectorList[];
  /** Whether its source is the body's bytes, one character each, since it can hold files. Elsewhere it is UTF-8. */
  readonly binary?: true;
}

/** Suffixes: RFC 6839, section 3.1, and RFC 7303, section 4.2. */
const table = {
  json: { mediaTypes: ["application/json"], suffix: /^application\/[^/]+\+json$/, lists: ["json", "fields"] },
  ndjson: {
    mediaTypes: [
      "application/x-ndjson",
      "application/ndjson",
      "application/jsonl",
      "application/jsonlines",
      "application/json-lines",
      "application/x-jsonl",
      "application/x-jsonlines",
      "application/x-json-lines",
      "text/x-ndjson",
      "text/jsonl",
    ],
    lists: ["json", "fields"],
  },
  form: { mediaTypes: ["application/x-www-form-urlencoded"], lists: ["fields"] },
  multipart: { mediaTypes: ["multipart/form-data"], lists: ["json", "fields", "xml"], binary: true },
  xml: { mediaTypes: ["application/xml", "text/xml"], suffix: /^[^/]+\/[^/]+\+xml$/, lists: ["fields", "xml"] },
  csv: { mediaTypes: ["text/csv"], lists: ["fields"] },
  text: { mediaTypes: ["text/plain"], lists: [] },
} as const satisfies Record<string, FormatDescriptor>;

/** The name of a format, as a policy writes it. */
export type Format = keyof typeof table;

/** The row of each format. */
export const formatTable: Readonly<Record<Format, FormatDescriptor>> = table;

/** How the source of a format is decoded: as the bytes of its body, one character each, or as UTF-8. */
export function encodingOf(format: Format): "latin1" | "utf8" {
  return formatTable[format].binary === true ? "latin1" : "utf8";
}

/** The names of all formats, in the order in which messages list them. */
export const formats = Object.keys(table) as readonly Format[];

/** What is to be known of a stored document of a format. */
export interface FileDescriptor {
  /** The extensions of files that hold it, in lower case, without the dot. */
  readonly extensions: readonly string[];
  /** What separates its records; absent where a document can only be read as a whole. */
  readonly records?: RecordKind;
  /** What a text of it begins with, where that tells it from other texts. */
  readonly begins?: RegExp;
}

/** What files of each format look like. */
export const fileTable: Readonly<Record<Format, FileDescriptor>> = {
  json: { extensions: ["json"], begins: /^\ufeff?[ \t\r\n]*[[{"]/ },
  ndjson: { extensions: ["ndjson", "jsonl"], records: "lines" },
  form: { extensions: ["form"] },
  multipart: { extensions: [] },
  xml: { extensions: ["xml"], begins: /^\ufeff?[ \t\r\n]*</ },
  csv: { extensions: ["csv"], records: "csv" },
  text: { extensions: ["txt", "text", "log"], records: "text" },
};
