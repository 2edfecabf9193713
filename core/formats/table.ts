/** The codecs of all formats. */
import type { Format } from "../rule/rule.ts";
import type { Codec } from "./codec.ts";
import { csv } from "./csv.ts";
import { form } from "./form.ts";
import { json } from "./json.ts";
import { multipart } from "./multipart/codec.ts";
import { ndjson } from "./ndjson.ts";
import { text } from "./text.ts";
import { xml } from "./xml.ts";

export const allCodecs: Readonly<Record<Format, Codec>> = { json, ndjson, form, multipart, xml, csv, text };
