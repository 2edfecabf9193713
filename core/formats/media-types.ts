/** The media types that name formats. */

import type { Codecs } from "../policy/policy.ts";
import type { Format } from "../rule/rule.ts";
import type { MediaType } from "../text/media-type.ts";
import type { Codec } from "./codec.ts";

const byEssence: ReadonlyMap<string, Format> = new Map([
  ["application/json", "json"],
  ["application/x-ndjson", "ndjson"],
  ["application/ndjson", "ndjson"],
  ["application/jsonl", "ndjson"],
  ["application/jsonlines", "ndjson"],
  ["application/json-lines", "ndjson"],
  ["application/x-jsonl", "ndjson"],
  ["application/x-jsonlines", "ndjson"],
  ["application/x-json-lines", "ndjson"],
  ["text/x-ndjson", "ndjson"],
  ["text/jsonl", "ndjson"],
  ["application/x-www-form-urlencoded", "form"],
  ["multipart/form-data", "multipart"],
  ["application/xml", "xml"],
  ["text/xml", "xml"],
  ["text/csv", "csv"],
  ["text/plain", "text"],
]);

/** The format of a media type; suffixes as RFC 6839 and RFC 7303 have them. */
export function formatOf({ essence }: MediaType): Format | undefined {
  if (/^application\/[^/]+\+json$/.test(essence)) return "json";
  if (/^[^/]+\/[^/]+\+xml$/.test(essence)) return "xml";
  return byEssence.get(essence);
}

/** The codec for a part of a body. Plain text needs none, and parts within parts are refused. */
export function findPartCodec(mediaType: MediaType, codecs: Codecs): Codec | undefined {
  const format = formatOf(mediaType);
  return format === undefined || format === "multipart" || format === "text" ? undefined : codecs[format];
}
