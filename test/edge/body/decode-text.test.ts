import { describe, expect, test } from "@jest/globals";
import type { Format } from "../../../core/rule/formats.ts";
import { decodeText } from "../../../edge/body/decode-text.ts";
import { callEdge, makeEvent, makePolicy } from "../../support/edge.ts";
import { secret } from "../../support/protected-bodies.ts";

const body = `{"ssn":"${secret}","a":1.0}`;
const policy = makePolicy([{ body: ["$.ssn"] }]);

describe("the characters of a body", () => {
  test.each<readonly [why: string, format: Format, charsets: readonly string[], bytes: Buffer, textOrCode: string]>([
    ["UTF-8", "json", ["utf-8"], Buffer.from("é"), "é"],
    ["no charset", "json", [], Buffer.from("é"), "é"],
    ["ASCII by another name", "json", ["latin1"], Buffer.from("e"), "e"],
    ["more than ASCII by another name", "json", ["latin1"], Buffer.from("é"), "charset_unsupported"],
    ["the second of two charsets", "text", ["utf-8", "utf-7"], Buffer.from("e"), "charset_unsupported"],
    ["not UTF-8", "json", [], Buffer.from("é", "latin1"), "body_not_utf8"],
    ["one character a byte in parts", "multipart", [], Buffer.from([0, 0xe9, 0xff]), "\u0000éÿ"],
    ["parts in another charset", "multipart", ["utf-16"], Buffer.from("e"), "charset_unsupported"],
    ["a mark of UTF-16", "json", [], Buffer.from([0xfe, 0xff, 0x31]), "charset_unsupported"],
    ["NUL at the start", "json", [], Buffer.from("1\u0000"), "charset_unsupported"],
    ["NUL later, in markup", "json", [], Buffer.from("12345\u0000"), "12345\u0000"],
    ["NUL later, in text", "text", [], Buffer.from("12345\u0000"), "charset_unsupported"],
    ["NUL later, in cells", "csv", [], Buffer.from("12345\u0000"), "charset_unsupported"],
  ])("%s", (_, format, charsets, bytes, textOrCode) => {
    const mediaTypes = charsets.map((name) => ({ essence: "a/b", parameters: new Map([["charset", name]]) }));
    const mediaType = { essence: "a/b", parameters: new Map<string, string>() };
    const decode = () => decodeText(bytes, { format, mediaType, charsets: mediaTypes, rules: [] });
    if (textOrCode.includes("_")) expect(decode).toThrow(expect.objectContaining({ code: textOrCode }));
    else expect(decode()).toBe(textOrCode);
  });
});

describe("charsets", () => {
  const named = (charset: string, bytes: Buffer) =>
    makeEvent({ body: bytes, headers: { "content-type": `application/json; charset=${charset}` } });
  test.each([
    ["us-ascii", Buffer.from(body), undefined],
    ["iso-8859-1", Buffer.from(body), undefined],
    ["windows-1252", Buffer.from(body), undefined],
    ["iso-8859-1", Buffer.from('{"ssn":"é"}', "latin1"), "charset_unsupported"],
    ["iso-8859-1", Buffer.from('{"ssn":"é"}', "utf8"), "charset_unsupported"],
    ["utf-16", Buffer.from(body, "utf16le"), "charset_unsupported"],
    ["utf-16le", Buffer.from(body, "utf16le"), "charset_unsupported"],
    ["utf-7", Buffer.from(body), "charset_unsupported"],
    ["utf-8", Buffer.from(`\ufeff${body}`, "utf16le"), "charset_unsupported"],
    ["utf-8", Buffer.from(body, "utf16le"), "charset_unsupported"],
    ["utf-8", Buffer.from(body, "utf16le").swap16(), "charset_unsupported"],
    ["utf-8", Buffer.from([...body].flatMap((character) => [0, 0, 0, character.charCodeAt(0)])), "charset_unsupported"],
    ["UTF8", Buffer.from(body), undefined],
    ['"UTF-8"', Buffer.from(`\ufeff${body}`), undefined],
    ["'utf-8'", Buffer.from(body), "charset_unsupported"],
    ['""', Buffer.from(body), "charset_unsupported"],
    ["utf-8; charset=utf-16", Buffer.from(body), "content_type_missing"],
    ['"utf\\-8"', Buffer.from(body), "content_type_missing"],
  ])("%s", async (charset, bytes, code) => {
    expect((await callEdge(policy, named(charset, bytes))).code).toBe(code);
  });

  test.each([
    [
      "ISO-8859-1",
      Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?><ssn>é</ssn>`, "latin1"),
      "charset_unsupported",
    ],
    [
      "ISO-8859-1, in UTF-8",
      Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?><ssn>é</ssn>`),
      "charset_unsupported",
    ],
    ["ISO-8859-1, ASCII alone", Buffer.from(`<?xml version='1.0' encoding='ISO-8859-1'?><ssn>1</ssn>`), undefined],
    [
      "UTF-8 that is none",
      Buffer.from(`<?xml version="1.0" encoding="utf-8"?><ssn>é</ssn>`, "latin1"),
      "body_not_utf8",
    ],
    ["nothing", Buffer.from("<ssn>é</ssn>", "latin1"), "body_not_utf8"],
  ])("an XML declaration says %s", async (_, bytes, code) => {
    const xml = makePolicy([{ xml: ["//ssn"] }]);
    expect((await callEdge(xml, makeEvent({ body: bytes, headers: { "content-type": "text/xml" } }))).code).toBe(code);
  });

  test.each<readonly [string, string, Buffer]>([
    ["CSV without a mark", "text/csv", Buffer.from(`id,ssn\n1,${secret}`, "utf16le")],
    ["CSV that begins beyond ASCII", "text/csv", Buffer.from(`世,ssn\n1,${secret}`, "utf16le")],
    ["plain text", "text/plain", Buffer.from(secret, "utf16le")],
    ["XML", "application/xml", Buffer.from(`<ssn>${secret}</ssn>`, "utf16le").swap16()],
    ["a form", "application/x-www-form-urlencoded", Buffer.from(`ssn=${secret}`, "utf16le")],
    [
      "a form in parts that says so",
      "multipart/form-data; boundary=b; charset=utf-16",
      Buffer.from(`--b\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n${secret}\r\n--b--`),
    ],
    ["a form in parts in EBCDIC", "multipart/form-data; boundary=b; charset=ibm037", Buffer.from("--b--")],
  ])("UTF-16: %s", async (_, contentType, bytes) => {
    const wide = makePolicy([{ fields: ["ssn"], detect: ["us-ssn"] }]);
    const answer = await callEdge(wide, makeEvent({ body: bytes, headers: { "content-type": contentType } }));
    expect([answer.status, answer.code]).toEqual(["415", "charset_unsupported"]);
  });
});
