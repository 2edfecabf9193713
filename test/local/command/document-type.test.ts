import { expect, test } from "@jest/globals";
import { findDocumentType, typeHelp } from "../../../local/command/document-type.ts";

test.each([
  [undefined, "a.json", "application/json", "json"],
  [undefined, "a.b.JSONL", "application/x-ndjson", "ndjson"],
  [undefined, "a.log", "text/plain", "text"],
  ["csv", "a.json", "text/csv", "csv"],
  ["form", "-", "application/x-www-form-urlencoded", "form"],
  ["text/csv; header=absent", "a", "text/csv; header=absent", "csv"],
  ["application/vnd.api+json", "a", "application/vnd.api+json", "json"],
  ["multipart/form-data; boundary=b", "a", "multipart/form-data; boundary=b", "multipart"],
])("--type %s and a file %s: %s", (type, file, contentType, format) => {
  expect(findDocumentType(type, file)).toEqual({ contentType, format });
});

test.each(["a", "a.bin", "a.multipart", ".csv", "a.constructor"])(
  "the name of a file %s does not show its type",
  (file) => {
    expect(findDocumentType(undefined, file)).toBeUndefined();
  },
);

test.each(["multipart", "yaml", "text/html", "constructor"])("the type %s is refused", (type) => {
  expect(() => findDocumentType(type, "a.json")).toThrow(TypeError);
});

test("the help names the types", () => {
  expect(typeHelp).toContain("json, ndjson, form, xml, csv, text, or a media type");
});
