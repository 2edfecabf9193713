import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { digitsOf, findLines } from "../../../core/embedded/base64-lines.ts";

const content =
  "Base64 of a text that is long enough to be looked into, and of more than one line of usual width, 1234567890.";
const base64 = Buffer.from(`${content} ${content}`).toString("base64").replaceAll("=", "");
const long = Buffer.from(content.repeat(12)).toString("base64");
const wrap = (width: number, between: string, digits = base64): string =>
  digits.replace(new RegExp(`.{${width}}(?=.)`, "g"), `$&${between}`);
const read = (text: string): readonly string[] => findLines(text).map((lines) => digitsOf(text, lines));

describe("one line", () => {
  test.each<[why: string, text: string, found: readonly string[]]>([
    ["no text", "", []],
    ["prose", "It was a dark and stormy night. ".repeat(40), []],
    ["words over lines", "word\n".repeat(100).slice(0, 119), []],
    ["a whole text", base64, [base64]],
    ["between other characters", `x: "${base64}".`, [base64]],
    ["120 digits", `. ${base64.slice(0, 120)}.`, [base64.slice(0, 120)]],
    ["119 digits", `. ${base64.slice(0, 119)}.`, []],
    ["two in a record", `"${base64}","${long}"`, [base64, long]],
    ["records, each on a line", `${base64}\n${long}\n`, [base64, long]],
    ["a line behind a word on a line", `line\n${base64}`, [base64]],
    ["a line behind blanks", `${" ".repeat(300)}${base64}`, [base64]],
    ["behind an escape", `%22${base64}%22`, [base64]],
    ["behind a percent sign", `%zz${base64}`, [`zz${base64}`]],
    ["in the middle of a path", `/api/v1/${base64}/x`, [`/api/v1/${base64}/x`]],
  ])("%s", (_, text, found) => {
    expect(read(text)).toEqual(found);
  });

  test.each([0, 1, 59, 60, 118, 119, 120, 121])("%d characters before it", (length) => {
    expect(read(`${".".repeat(length)}${base64.slice(0, 120)}.`)).toEqual([base64.slice(0, 120)]);
  });

  test("records whose base64 begins as far behind the last one, and others", () => {
    const records = [base64, base64, long, base64.slice(0, 120), base64, base64];
    const text = records.map((data, index) => `{"data":"${data}"${index === 3 ? ',"more":1' : ""}}`).join("\n");
    expect(read(text)).toEqual(records);
  });
});

describe("bytes that are no text", () => {
  const bytes = Buffer.alloc(1_000, 0xf1).toString("base64");
  test.each<[why: string, text: string, count: number]>([
    ["1,024 digits are not looked into", bytes.slice(0, 1_024), 1],
    ["more are, by the first ones", bytes, 0],
    ["gzip", gzipSync(Buffer.from(Array.from({ length: 2_000 }, (_, n) => (n * n) % 251))).toString("base64"), 1],
    [
      "text whose 66th byte begins a character",
      Buffer.from(`${"a".repeat(65)}é${"a".repeat(900)}`).toString("base64"),
      1,
    ],
    ["lines of text", wrap(76, "\n", long), 1],
    ["lines of other bytes", wrap(76, "\n", bytes), 0],
  ])("%s", (_, text, count) => {
    expect(findLines(text)).toHaveLength(count);
  });
});

describe("lines of equal width", () => {
  test.each<[why: string, text: string, found: readonly string[]]>([
    ["of a mail", wrap(76, "\r\n"), [base64]],
    ["of PEM", `-----BEGIN X-----\n${wrap(64, "\n")}\n-----END X-----\n`, [base64]],
    ["that end with CR", wrap(72, "\r"), [base64]],
    ["indented", `a: |\n    ${wrap(76, "\n    ")}\nb: 1`, [base64]],
    ["with blanks at their ends", wrap(76, " \t\r\n\t"), [base64]],
    ["between tags", `<a>${wrap(76, "\n")}</a>`, [base64]],
    ["of 119 digits", wrap(119, "\n"), [base64]],
    [
      "of 120 digits, which are lines of their own",
      wrap(120, "\n"),
      [base64.slice(0, 120), base64.slice(120, 240), base64.slice(240)],
    ],
    ["with 119 digits together", `${base64.slice(0, 76)}\n${base64.slice(76, 118)}`, []],
    ["a narrower indentation behind them", `${wrap(76, "\n  ").slice(0, 155)}\nAAAA`, [base64.slice(0, 152)]],
    ["an empty line behind them", `${wrap(76, "\n")}\n\n${"A".repeat(76)}`, [base64]],
    ["a delimiter of mails behind them", `${wrap(76, "\n")}\n--bnd`, [base64]],
    ["a delimiter behind whole lines", `${wrap(76, "\n", base64.slice(0, 152))}\n--bnd`, [base64.slice(0, 152)]],
    ["another width behind the last line", `${wrap(76, "\n")}\n${"A".repeat(76)}`, [base64]],
  ])("%s", (_, text, found) => {
    const expected = found.filter(({ length }) => length >= 120);
    expect(read(text)).toEqual(expected);
  });

  test.each<[why: string, text: string]>([
    [
      "a first line that is shorter, since it is folded",
      `X-Data: ${base64.slice(0, 60)}\n ${wrap(72, "\n ", base64.slice(60))}`,
    ],
    ["a word on the line before them", `data\n${wrap(76, "\n")}`],
    ["soft ends of lines in mails", wrap(75, "=\n")],
    ["backslashes at the ends of lines", wrap(76, "\\\n")],
    ["escaped ends of lines", wrap(76, "\\n")],
    ["indentations that differ", base64.replace(/.{76}(?=.)/g, (line, at: number) => `${line}\n${" ".repeat(at % 5)}`)],
  ])("left closed: %s", (_, text) => {
    expect(read(text)).toEqual([]);
  });

  test("the width and the separator", () => {
    expect(findLines(`x\n\n  ${wrap(72, "\n  ")}`)).toMatchObject([{ start: 5, width: 72, separator: "\n  " }]);
    expect(findLines(`x ${base64}`)).toMatchObject([{ start: 2, end: 2 + base64.length, separator: "" }]);
  });
});

describe("a word behind the last line", () => {
  const whole = Buffer.from(content.repeat(2).slice(0, 114))
    .toString("base64")
    .replace(/.{76}(?=.)/g, "$&\n");
  const accented = Buffer.from(`${"a".repeat(113)}é`)
    .toString("base64")
    .replace(/=+$/, "");
  const gzip = `H4sI${base64}`.slice(0, 152).replace(/.{76}(?=.)/g, "$&\n");
  test.each<[why: string, lines: string, word: string, behind: string, isWord: boolean]>([
    ["before a colon", whole, "Subject", ": x", true],
    ["before another word", whole, "end", " of it", true],
    ["before a blank at its end", whole, Buffer.from("the end").toString("base64").slice(0, 10), " \n", false],
    ["with which there is no text", whole, "zzzz", "", true],
    ["padding behind it", whole, "zzz", "=", false],
    ["percent-encoded padding behind it", whole, "zzz", "%3D", false],
    ["more text", whole, Buffer.from("the end").toString("base64").slice(0, 10), "", false],
    ["the rest of a character", wrap(76, "\n", accented.slice(0, 152)), accented.slice(152), "", false],
    ["behind gzip", gzip, "zzzz", "", false],
    ["behind lines whose width tells nothing", wrap(74, "\n", base64.slice(0, 148)), "zzzz", "", false],
  ])("%s", (_, lines, word, behind, isWord) => {
    expect(read(`${lines}\n${word}${behind}`)).toEqual([lines.replaceAll("\n", "") + (isWord ? "" : word)]);
  });
});

test.each([" \n", "A\n", "A \n", "\n", " ", "AAAA\n \t"])("megabytes of %j are read once", (part) => {
  expect(read(`${part.repeat(2_000_000 / part.length)}.${base64}`).at(-1)).toBe(base64);
});
