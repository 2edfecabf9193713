import { expect, test } from "@jest/globals";
import { findPartCodec, formatOf, formatOfExtension } from "../../../core/formats/media-types.ts";
import { allCodecs } from "../../../core/formats/table.ts";
import { parseMediaType } from "../../../core/text/media-type.ts";

const parse = (text: string): NonNullable<ReturnType<typeof parseMediaType>> => {
  const mediaType = parseMediaType(text);
  if (mediaType === undefined) throw new TypeError("the media type is malformed");
  return mediaType;
};

const types = [
  ["application/json", "json"],
  ["Application/JSON; charset=utf-8", "json"],
  ["application/vnd.api+json", "json"],
  ["text/vnd.api+json", undefined],
  ["application/+json", undefined],
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
  ["multipart/form-data; boundary=b", "multipart"],
  ["multipart/mixed", undefined],
  ["application/xml", "xml"],
  ["text/xml", "xml"],
  ["image/svg+xml", "xml"],
  ["application/soap+xml", "xml"],
  ["text/csv", "csv"],
  ["text/plain", "text"],
  ["text/html", undefined],
  ["application/octet-stream", undefined],
] as const;

test.each(types)("%s is %s", (type, format) => {
  expect(formatOf(parse(type))).toBe(format);
});

test.each(types)("a part of %s: its codec, none for text and for parts in parts", (type, format) => {
  const expected = format === undefined || format === "text" || format === "multipart" ? undefined : allCodecs[format];
  expect(findPartCodec(parse(type), allCodecs)).toBe(expected);
});

test("a part of a format without a codec", () => {
  expect(findPartCodec(parse("application/json"), {})).toBeUndefined();
});

test.each([
  ["json", "json"],
  ["jsonl", "ndjson"],
  ["ndjson", "ndjson"],
  ["form", "form"],
  ["xml", "xml"],
  ["csv", "csv"],
  ["txt", "text"],
  ["text", "text"],
  ["log", "text"],
  ["CSV", undefined],
  ["constructor", undefined],
  ["", undefined],
])("a file named .%s is %s", (extension, format) => {
  expect(formatOfExtension(extension)).toBe(format);
});
