/** Base64 in texts: where it is, how it is spelt, and that other content gets the same spelling. */
import { expect, test } from "@jest/globals";
import { type Base64, findBase64, formatBase64, someBase64 } from "../../../core/embedded/base64.ts";

const content = Buffer.from(`{"a":"${"?>~ and more, ".repeat(12)}"}`);
const other = Buffer.from(`{"other":"${"~~~???>>>".repeat(20)}"}.`);
const standard = content.toString("base64");
const url = content.toString("base64url");
const wrap = (text: string, width: number, between: string): string =>
  text.replace(new RegExp(`.{${width}}(?=.)`, "g"), `$&${between}`);

test.each<[why: string, text: string, base64: string, spelling: Partial<Base64>, other: string]>([
  ["alone", standard, standard, { alphabet: "base64", padded: true }, other.toString("base64")],
  ["in a text", `data: ${standard}, x`, standard, { percents: 0 }, other.toString("base64")],
  [
    "without padding",
    `"${standard.replaceAll("=", "")}"`,
    standard.replaceAll("=", ""),
    { padded: false },
    other.toString("base64").replaceAll("=", ""),
  ],
  ["of URLs", `"${url}"`, url, { alphabet: "base64url", padded: false }, other.toString("base64url")],
  [
    "percent-encoded",
    `x=${encodeURIComponent(standard)}&y`,
    encodeURIComponent(standard),
    { percents: 1 },
    encodeURIComponent(other.toString("base64")),
  ],
  [
    "in lines",
    wrap(standard, 76, "\r\n"),
    wrap(standard, 76, "\r\n"),
    { width: 76, firstWidth: 76, separator: "\r\n" },
    wrap(other.toString("base64"), 76, "\r\n"),
  ],
  [
    "in mails",
    wrap(standard, 75, "=\n").replace(/=$/, "=3D"),
    wrap(standard, 75, "=\n").replace(/=$/, "=3D"),
    { separator: "=\n" },
    wrap(other.toString("base64"), 75, "=\n").replaceAll(/=(?!\n)/g, "=3D"),
  ],
  [
    "with spaces for plus signs",
    standard.replaceAll("+", " "),
    standard.replaceAll("+", " "),
    { alphabet: "base64", padded: true },
    other.toString("base64"),
  ],
])("%s", (_, text, base64, spelling, written) => {
  const found = [...findBase64(text)].filter(({ start, end }) => text.slice(start, end) === base64);
  expect(found).toEqual([expect.objectContaining(spelling)]);
  for (const each of found) {
    expect(Buffer.from(each.digits, "base64").equals(content)).toBe(true);
    expect(formatBase64(other, each)).toBe(written);
    expect(
      [...findBase64(text.replace(base64, written))].map(({ digits }) => Buffer.from(digits, "base64")),
    ).toContainEqual(other);
  }
});

test.each([
  ["one that is wanted", `${standard} ${url}`, "-", true],
  ["none that is wanted", `${standard} ${standard}`, "-", false],
  ["none at all", "words and more words", "w", false],
  ["behind escapes", standard.replaceAll("/", "\\/"), "/", true],
])("some: %s", (_, text, wanted, is) => {
  expect(someBase64(text, (digits) => digits.includes(wanted))).toBe(is);
});
