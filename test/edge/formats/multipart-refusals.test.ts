/** Forms in parts that readers could take apart in different ways, and their boundaries and names. */
import { describe, expect, test } from "@jest/globals";
import { protect, secret, testRefusals } from "../../support/protected-bodies.ts";

describe("forms in parts that are refused", () => {
  const type = 'multipart/form-data; boundary="b-1"';
  const part = (head: string, content: string): string => `--b-1\r\n${head}\r\n\r\n${content}\r\n`;
  const field = (name: string, content: string): string =>
    part(`Content-Disposition: form-data; name="${name}"`, content);
  const end = "--b-1--\r\n";
  testRefusals({ fields: ["ssn"] }, type, [
    ["no end", field("ssn", secret), "body_malformed"],
    ["another boundary", `--b-2\r\n\r\n${secret}\r\n--b-2--`, "body_malformed"],
    ["lone LF before a delimiter", `${field("a", "1\n--b-1\n").slice(0, -2)}\r\n${end}`, "body_ambiguous"],
    [
      "blanks after a delimiter",
      `--b-1 \r\nContent-Disposition: form-data; name="ssn"\r\n\r\n1\r\n${end}`,
      "body_ambiguous",
    ],
    [
      "a tab after a delimiter",
      `--b-1\t\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n1\r\n${end}`,
      "body_ambiguous",
    ],
    [
      "a longer boundary",
      `--b-12\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n1\r\n--b-12--`,
      "body_ambiguous",
    ],
    ["a delimiter after the end", `${field("a", "1")}${end}${field("ssn", secret)}${end}`, "body_ambiguous"],
    ["two names", part('Content-Disposition: form-data; name="a"; name="ssn"', secret) + end, "body_ambiguous"],
    [
      "name*0",
      part('Content-Disposition: form-data; name="a"; name*0="s"; name*1="sn"', secret) + end,
      "body_ambiguous",
    ],
    ["name*", part("Content-Disposition: form-data; name*=UTF-8''ssn", secret) + end, "body_ambiguous"],
    [
      "a name within another parameter",
      part('Content-Disposition: form-data; filename=";name=ssn;"; name="a"', secret) + end,
      "body_ambiguous",
    ],
    [
      "a parameter that ends in name",
      part('Content-Disposition: form-data; xname="ssn"; name="a"', secret) + end,
      "body_ambiguous",
    ],
    ["an encoded word", part('Content-Disposition: form-data; name="=?utf-8?q?ssn?="', secret) + end, "body_ambiguous"],
    [
      "a delimiter within the first line",
      `x--b-1\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n${secret}\r\n${end}`,
      "body_ambiguous",
    ],
    [
      "a delimiter that a lone LF interrupts",
      `--b\n-1\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n${secret}\r\n${end}`,
      "body_ambiguous",
    ],
    ["a backslash in a name", part('Content-Disposition: form-data; name="s\\sn"', secret) + end, "body_ambiguous"],
    [
      "two dispositions",
      part('Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="ssn"', secret) + end,
      "body_ambiguous",
    ],
    ["no disposition", part("Content-Type: text/plain", secret) + end, "body_malformed"],
    ["a folded header", part('Content-Disposition: form-data;\r\n name="ssn"', secret) + end, "body_ambiguous"],
    ["no name", part("Content-Disposition: form-data", secret) + end, "body_ambiguous"],
    [
      "base64",
      part('Content-Disposition: form-data; name="ssn"\r\nContent-Transfer-Encoding: base64', "MQ==") + end,
      "body_ambiguous",
    ],
    [
      "nested",
      part('Content-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=c', secret) + end,
      "body_ambiguous",
    ],
    [
      "another charset",
      part('Content-Disposition: form-data; name="ssn"\r\nContent-Type: text/plain; charset=utf-16', secret) + end,
      "charset_unsupported",
    ],
    ["_charset_", field("_charset_", "iso-8859-1") + field("ssn", secret) + end, "charset_unsupported"],
    [
      "a bad JSON part",
      part('Content-Disposition: form-data; name="d"\r\nContent-Type: application/json', "{") + end,
      "body_malformed",
    ],
  ]);

  test("a boundary that some readers put together", async () => {
    expect(
      (await protect({ fields: ["a"] }, "multipart/form-data; boundary=b; boundary*=utf-8''c", field("a", "1") + end))
        .code,
    ).toBe("content_type_missing");
  });

  test.each([
    ["the word in another parameter's name", "multipart/form-data; xboundary=c; boundary=b-1", "body_ambiguous"],
    ["the word in another parameter's value", 'multipart/form-data; x="boundary=c"; boundary=b-1', "body_ambiguous"],
    ["an escape", 'multipart/form-data; boundary="\\b-1"', "content_type_missing"],
    ["two boundaries", "multipart/form-data; boundary=b-1; boundary=c", "content_type_missing"],
    ["apostrophes", "multipart/form-data; boundary='b-1'", "body_malformed"],
    ["a blank at the end", 'multipart/form-data; boundary="b-1 "', "body_malformed"],
    ["a tab", "multipart/form-data; boundary=\tb-1", "content_type_missing"],
  ])("a boundary that some readers find elsewhere: %s", async (_, contentType, code) => {
    expect((await protect({ fields: ["ssn"] }, contentType, field("ssn", secret) + end)).code).toBe(code);
  });

  test.each([
    "multipart/form-data;\tboundary=b-1",
    'Multipart/Form-Data;BOUNDARY="b-1" ;',
    "multipart/form-data; charset=utf-8; boundary=b-1",
  ])("%j", async (contentType) => {
    expect((await protect({ fields: ["ssn"] }, contentType, field("ssn", "1") + end)).shape).toBe(
      field("ssn", "<T>") + end,
    );
  });

  test("names in the escapes that browsers write", async () => {
    expect((await protect({ fields: ['s"n'] }, type, field("s%22n", "1") + end)).shape).toBe(
      field("s%22n", "<T>") + end,
    );
    expect((await protect({ fields: ["ssn"] }, type, field("s%73n", "1") + end)).shape).toBe(
      field("s%73n", "<T>") + end,
    );
  });

  test("no boundary", async () => {
    expect((await protect({ fields: ["a"] }, "multipart/form-data", field("a", "1") + end)).code).toBe(
      "body_malformed",
    );
  });
});
