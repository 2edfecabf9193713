import { describe, expect, test } from "@jest/globals";
import { listTexts, replaceFound } from "../../../support/codec.ts";

const contentType = "multipart/form-data; boundary=b";
const form = (name: string, fields: string, content: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${fields}\r\n\r\n${content}\r\n--b--`;
const typed = (type: string, content: string): string => form("a", `\r\nContent-Type: ${type}`, content);

test.each<[why: string, source: string, expected: string]>([
  ["no disposition", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", "body_malformed@5"],
  ["a transfer encoding", form("a", "\r\nContent-Transfer-Encoding: base64", "eA=="), "body_ambiguous@5"],
  ["a malformed media type", typed("json", "1"), "body_malformed@5"],
  ["parts in parts", typed("multipart/mixed; boundary=c", "x"), "body_ambiguous@5"],
  ["another charset", typed("text/plain; charset=iso-8859-1", "\xc3\xa9"), "charset_unsupported@95"],
  ["a charset that is not ASCII's", typed("text/plain; charset=utf-16", "x"), "charset_unsupported@91"],
  ["a charset for others", form("_charset_", "", "iso-8859-1"), "charset_unsupported"],
  ["bytes that are not UTF-8 in a text type", typed("application/json", "\xff"), "body_not_utf8@81"],
  ["malformed JSON", typed("application/json", "{"), "body_malformed@1"],
])("refused: %s", (_, source, expected) => {
  expect(replaceFound("multipart", source, { contentType, rule: { fields: ["z"], body: ["$.z"] } })).toBe(expected);
});

test.each<[why: string, source: string]>([
  ["ASCII in another charset", typed("text/plain; charset=iso-8859-1", "x")],
  ["the charset that all have", form("_charset_", "", "UTF-8")],
  ["bytes of no format", typed("image/png", "\xff\x00")],
  ["a transfer encoding that changes nothing", form("a", "\r\nContent-Transfer-Encoding: 8BIT", "x")],
])("read: %s", (_, source) => {
  expect(replaceFound("multipart", source, { contentType, rule: { fields: ["z"] } })).toBe(source);
});

describe("which parts a rule must read", () => {
  const json = typed("application/json", "[1]");
  test.each<[why: string, source: string, rule: object, expected: string]>([
    ["what selects in JSON, JSON", json, { body: ["$[0]"] }, json.replace("[1]", '["T"]')],
    ["and nothing else", form("a", "", "x"), { body: ["$[0]"] }, "content_type_unsupported@5"],
    ["nor XML", typed("text/xml", "<a/>"), { body: ["$[0]"] }, "content_type_unsupported@5"],
    ["but what is exempt", form("a", "", "x"), { body: ["$[0]"], exempt: ["a"] }, form("a", "", "x")],
    [
      "nothing in what detectors leave alone",
      typed("text/x; charset=utf-16", "x"),
      { detect: ["email"], exempt: ["a"] },
      typed("text/x; charset=utf-16", "x"),
    ],
    [
      "what fields may select",
      typed("text/x; charset=utf-16", "x"),
      { fields: ["z"], detect: ["email"], exempt: ["a"] },
      "charset_unsupported@87",
    ],
  ])("%s", (_, source, rule, expected) => {
    expect(replaceFound("multipart", source, { contentType, rule })).toBe(expected);
  });
});

describe("a part with tokens, read without rules", () => {
  const json = typed("application/json", '["x"]');
  const sight = (isWhole: boolean, mayHold: boolean) => ({
    contentType,
    context: { tokens: { isWhole: () => isWhole, mayHold: () => mayHold } },
  });
  const headerTexts = 4;

  test.each([
    ["that may hold some is read in its format", false, true, ["x"]],
    ["that is one as a whole is not", true, true, ['["x"]']],
    ["that holds none is not read", false, false, ['["x"]']],
  ])("%s", (_, isWhole, mayHold, expected) => {
    expect(listTexts("multipart", json, sight(isWhole, mayHold)).slice(headerTexts - 1)).toEqual(expected);
  });
});
