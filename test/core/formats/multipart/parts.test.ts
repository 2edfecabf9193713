import { describe, expect, test } from "@jest/globals";
import { readUtf8, requireBoundary, requireNoDelimiter, splitParts } from "../../../../core/formats/multipart/parts.ts";
import { parseMediaType } from "../../../../core/text/media-type.ts";
import { describeError } from "../../../support/codec.ts";

test.each([
  ["multipart/form-data; boundary=b", "b", "a word"],
  ['multipart/form-data; boundary="a b"', "a b", "quoted"],
  ["multipart/form-data", "body_malformed", "none"],
  ['multipart/form-data; boundary="a "', "body_malformed", "a blank at the end"],
  ['multipart/form-data; boundary="a;"', "body_malformed", "another character"],
  [`multipart/form-data; boundary=${"a".repeat(70)}`, "a".repeat(70), "the longest"],
  [`multipart/form-data; boundary=${"a".repeat(71)}`, "body_malformed", "longer"],
  ['multipart/form-data; x="boundary=c"; boundary=b', "body_ambiguous", "another one, to PHP"],
])("%s has the boundary %j: %s", (type, expected) => {
  const mediaType = parseMediaType(type);
  if (mediaType === undefined) throw new TypeError("the media type is malformed");
  expect(describeError(() => requireBoundary(mediaType))).toBe(expected);
});

test.each<[why: string, source: string, expected: readonly string[] | string]>([
  ["one part", "--b\r\nh\r\n\r\nx\r\n--b--", ["h|x"]],
  [
    "two, and a line's end at last",
    "--b\r\nh\r\n\r\nx\r\n--b\r\ni\r\n\r\n\r\n--b--\r\n",
    ["h|x", "i|", "outside \r\n"],
  ],
  ["text around them", "p\r\n--b\r\nh\r\n\r\nx\r\n--b--q", "body_ambiguous@16"],
  ["text before and after", "p\r\n--b\r\nh\r\n\r\nx\r\n--b--\r\nq", ["h|x", "outside p", "outside \r\nq"]],
  ["a delimiter within a line is content", "--b\r\nh\r\n\r\nx--by\r\n--b--", ["h|x--by"]],
  ["no delimiter", "x", "body_malformed"],
  ["no last delimiter", "--b\r\nh\r\n\r\nx\r\n--b\r\n", "body_malformed"],
  ["no blank line", "--b\r\nh\r\n--b--", "body_malformed@5"],
  ["a longer delimiter", "--b\r\nh\r\n\r\nx\r\n--bc\r\n--b--", "body_ambiguous@13"],
  ["a space after it", "--b\r\nh\r\n\r\nx\r\n--b \r\n--b--", "body_ambiguous@13"],
  ["after a lone LF", "--b\r\nh\r\n\r\nx\n--b\r\ny\r\n--b--", "body_ambiguous@12"],
  ["a part after the last delimiter", "--b\r\nh\r\n\r\nx\r\n--b--\r\n--b\r\n", "body_ambiguous@18"],
  ["that is one where a lone CR is overlooked", "--b\r\nh\r\n\r\n-\r-b\r\n--b--", "body_ambiguous"],
  ["bytes before it that are not text", "\xff\r\n--b\r\nh\r\n\r\nx\r\n--b--", "body_ambiguous@0"],
])("%s", (_, source, expected) => {
  const split = (): readonly string[] => {
    const { parts, outside } = splitParts(source, "b");
    const shown = parts.map(
      ({ start, contentStart, end }) => `${source.slice(start, contentStart - 4)}|${source.slice(contentStart, end)}`,
    );
    return [...shown, ...outside.map(({ text }) => `outside ${text}`)];
  };
  expect(describeError(split)).toEqual(expected);
});

test.each([
  ["x--b", true, "within a line"],
  ["--b", false, "at the beginning, which may be a line's"],
  ["x\r\n--b", false, "after CR LF"],
  ["x\n--b", false, "after LF"],
  ["x\r--bc", false, "after CR, also a longer one"],
  ["x--b\r\n--b", false, "a second one"],
  ["--a", true, "another one"],
])("content %j can be written: %p, %s", (raw, can) => {
  expect(describeError(() => requireNoDelimiter(raw, "b"))).toBe(can ? raw : "value_unwritable");
});

describe("bytes as text", () => {
  const bytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

  test.each([
    ["abc", [5, 6, 7, 8]],
    ["aéb", [5, 6, 8, 9]],
    ["\u{1f600}b", [5, 5, 9, 10]],
  ])("%j, each character at its first byte", (text, offsets) => {
    const node = readUtf8(bytes(text), 5);
    expect([node?.text, offsets.map((_, offset) => node?.at(offset))]).toEqual([text, offsets]);
    expect([node?.start, node?.end, node?.encode(text)]).toEqual([5, offsets.at(-1), bytes(text)]);
  });

  test("bytes that are not UTF-8 give no node", () => {
    expect(readUtf8("\xc3", 0)).toBeUndefined();
  });
});
