/**
 * The properties of each format besides its codec. To add a format, add a row to each table of this file, a file with
 * its codec, and a row in `formats/table.ts`. The tables are two, because a bundle drops only whole unused tables: the
 * edge function reads no files.
 */
import type { RecordKind } from "../text/record-chunks.ts";

/** The lists of a rule that select values in a body. Detectors work in every format. */
export type SelectorList = "json" | "fields" | "xml";

/** What the edge needs to know about a format. */
export interface FormatDescriptor {
  /** Its media types, in lower case, without parameters; the usual one first. */
  readonly mediaTypes: readonly [string, ...string[]];
  /** Matches further media types by their suffix. */
  readonly suffix?: RegExp;
  /** The lists of a rule that can match in it. */
  readonly lists: readonly SelectorList[];
  /** It can hold files, so it is read with one character for each byte. Other formats are read as UTF-8. */
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

/** The name of a format in a policy. */
export type Format = keyof typeof table;

/** The row of each format. */
export const formatTable: Readonly<Record<Format, FormatDescriptor>> = table;

/** How to decode the source of a format: `latin1` gives one character for each byte. */
export function encodingOf(format: Format): "latin1" | "utf8" {
  return formatTable[format].binary === true ? "latin1" : "utf8";
}

/** The names of all formats, in the order of messages. */
export const formats = Object.keys(table) as readonly Format[];

/** The properties of stored documents of a format. */
export interface FileDescriptor {
  /** File name extensions, in lower case, without the dot. */
  readonly extensions: readonly string[];
  /** How its records are separated. Absent: a document is only read as a whole. */
  readonly records?: RecordKind;
  /** Matches the beginning of a document, if that identifies the format. */
  readonly begins?: RegExp;
}

/** The row for stored documents of each format. */
export const fileTable: Readonly<Record<Format, FileDescriptor>> = {
  json: { extensions: ["json"], begins: /^\ufeff?[ \t\r\n]*[[{"]/ },
  ndjson: { extensions: ["ndjson", "jsonl"], records: "lines" },
  form: { extensions: ["form"] },
  multipart: { extensions: [] },
  xml: { extensions: ["xml"], begins: /^\ufeff?[ \t\r\n]*</ },
  csv: { extensions: ["csv"], records: "csv" },
  text: { extensions: ["txt", "text", "log"], records: "text" },
};
