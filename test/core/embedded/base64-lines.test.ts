import { describe, expect, test } from "@jest/globals";
import { digitsOf, groupLines } from "../../../core/embedded/base64-lines.ts";

const content =
  "Base64 of a text that is long enough to be looked into, and of more than one line of usual width, 1234567890.";
const base64 = Buffer.from(`${content} ${content}`).toString("base64").replaceAll("=", "");
const wrap = (width: number, between: string): string =>
  base64.replace(new RegExp(`.{${width}}(?=.)`, "g"), `$&${between}`);
const read = (run: string, follows?: string): readonly string[] =>
  groupLines(run, follows).map((group) => digitsOf(run, group));

describe("lines that are base64 together", () => {
  test.each<[why: string, run: string, found: readonly string[]]>([
    ["one", base64, [base64]],
    ["of one width", wrap(76, "\n"), [base64]],
    ["with CR", wrap(64, "\r\n"), [base64]],
    ["indented", wrap(76, "\n    "), [base64]],
    ["with blanks at their ends", wrap(76, " \t\n"), [base64]],
    ["that go on in mails", wrap(75, "=\r\n"), [base64]],
    ["a narrower indentation behind them", `${wrap(76, "\n  ").slice(0, 155)}\nAAAA`, [base64.slice(0, 152)]],
    ["a delimiter of mails behind them", `${wrap(76, "\n")}\n--bnd`, [base64]],
    ["wide ones are records of their own", `${base64}\n${base64}`, [base64, base64]],
    ["too short", base64.slice(0, 119), []],
    ["one that begins as no text", Buffer.alloc(200, 1).toString("base64"), []],
    [
      "the end of a cut line before them",
      `${base64.slice(0, 20)}\n${base64.slice(20).replace(/.{60}(?=.)/g, "$&\n")}`,
      [base64],
    ],
    ["names of a path before it", `/api/v1/${base64}`, [base64]],
    ["two in a path", `/${base64}/${base64}`, [base64, base64]],
  ])("%s", (_, run, found) => {
    expect(read(run)).toEqual(found);
  });
});

test("the widths and the end of a line are told, to write others", () => {
  const run = `${base64.slice(0, 60)}\n  ${base64.slice(60).replace(/.{72}(?=.)/g, "$&\n  ")}`;
  expect(groupLines(run, undefined)).toEqual([
    { start: 0, end: run.length, firstWidth: 60, width: 72, secondStart: 63 },
  ]);
});

describe("a word behind the last line", () => {
  const whole = Buffer.from(content.repeat(2).slice(0, 114))
    .toString("base64")
    .replace(/.{76}(?=.)/g, "$&\n");
  test.each<[why: string, word: string, follows: string | undefined, isWord: boolean]>([
    ["before a colon", "Subject", ":", true],
    ["that would be no text", "zzzz", undefined, true],
    ["padding behind it", "zzz", "=", false],
    ["a text", Buffer.from("the end").toString("base64").replace(/=+$/, ""), undefined, false],
  ])("%s", (_, word, follows, isWord) => {
    const [digits] = read(`${whole}\n${word}`, follows);
    expect(digits).toBe(whole.replaceAll("\n", "") + (isWord ? "" : word));
  });
});
