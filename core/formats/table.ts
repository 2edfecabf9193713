/** The codecs of all formats. */
import { type Format, fileTable, formats } from "../rule/formats.ts";
import type { Codec } from "./codec.ts";
import { csv } from "./csv.ts";
import { form } from "./form.ts";
import { json } from "./json.ts";
import { multipart } from "./multipart/codec.ts";
import { ndjson } from "./ndjson.ts";
import { text } from "./text.ts";
import { xml } from "./xml.ts";

/** The codec of each format. */
export const allCodecs: Readonly<Record<Format, Codec>> = { json, ndjson, form, multipart, xml, csv, text };

/** The formats that the beginning of a text may indicate. */
export const formatsByBeginning: readonly { readonly format: Format; readonly begins: RegExp }[] = formats.flatMap(
  (format) => {
    const { begins } = fileTable[format];
    return begins === undefined ? [] : [{ format, begins }];
  },
);
