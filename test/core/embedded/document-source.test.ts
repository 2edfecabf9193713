/** In which format a source is read. */
import { describe, expect, test } from "@jest/globals";
import { readSource } from "../../../core/embedded/document-source.ts";
import { formatOf } from "../../../core/formats/media-types.ts";
import { parseMediaType } from "../../../core/text/media-type.ts";

const options = {
  mayMatter: (text: string) => text.includes("MARK"),
  isWhole: (text: string) => text === "MARK",
  depth: 3,
  budget: { left: 0 },
  annotate: undefined,
};

function read(source: string, contentType?: string) {
  const mediaType = contentType === undefined ? undefined : parseMediaType(contentType);
  const named = mediaType && { mediaType, format: formatOf(mediaType) ?? "text" };
  return readSource(source, named, options);
}

test.each<
  [why: string, contentType: string | undefined, source: string, format: string, isMarkup: boolean, texts: string[]]
>([
  ["JSON by its name", "application/json", "1", "json", false, ["1"]],
  ["a form", "application/x-www-form-urlencoded", "a=b", "form", false, ["a", "b"]],
  ["CSV", "text/csv", "a,b", "csv", false, ["a", "b"]],
  ["JSON by its beginning", undefined, ' {"a":"b"}', "json", false, ["a", "b"]],
  ["JSON under text's name", "text/plain", '{"a":"b"}', "json", false, ["a", "b"]],
  ["JSON under a name that is not known", "application/octet-stream", '["b"]', "json", false, ["b"]],
  ["XML by its beginning", undefined, "<a>b</a>", "xml", false, ["b"]],
  ["text", undefined, "a b", "text", false, ["a b"]],
  ["what begins as JSON and is none", undefined, "[a] b", "text", false, ["[a] b"]],
  ["records of XML, one behind the other", undefined, "<a>b</a>\n<a>c</a>\n", "text", true, ["<a>b</a>\n<a>c</a>\n"]],
  ["XML that is malformed", undefined, '<?xml version="1.0"?><a>', "text", true, ['<?xml version="1.0"?><a>']],
  ["HTML by its name", "text/html", "a", "text", true, ["a"]],
  ["HTML by its beginning", undefined, "<!DOCTYPE html><p>a<br>", "text", true, ["<!DOCTYPE html><p>a<br>"]],
  ["text that begins as markup and goes on", undefined, "<a> b", "text", false, ["<a> b"]],
  ["text within text", undefined, 'x ["MARK"]', "text", false, ["x ", "MARK", ""]],
])("%s", (_, contentType, source, format, isMarkup, texts) => {
  const document = read(source, contentType);
  expect([document.source, document.format, document.isMarkup]).toEqual([source, format, isMarkup]);
  const list = (): readonly string[] => [...document.nodes()].map(({ text }) => text);
  expect([list(), list()]).toEqual([texts, texts]);
});

describe("what cannot be read", () => {
  test.each([
    ["named JSON and malformed", "application/json", "{", "body_malformed"],
    ["nested too deeply, named or not", "application/json", "[[[[1]]]]", "too_deep"],
    ["nested too deeply, named or not", undefined, "[[[[1]]]]", "too_deep"],
  ])("%s: %s", (_, contentType, source, code) => {
    expect(() => read(source, contentType)).toThrow(expect.objectContaining({ code }));
  });
});

test("parts of a form are read in formats of their own, unless nothing is looked for there", () => {
  const part = (content: string): string =>
    `--x\r\nContent-Disposition: form-data; name="n"\r\nContent-Type: application/json\r\n\r\n${content}\r\n`;
  const document = read(`${part('["MARK"]')}${part("MARK")}${part('["a"]')}--x--`, "multipart/form-data; boundary=x");
  const texts = [...document.nodes()].map(({ text }) => text);
  expect(texts.filter((text) => /MARK|a"|^a$/.test(text) && !text.includes("form-data"))).toEqual([
    "MARK",
    "MARK",
    '["a"]',
  ]);
});
