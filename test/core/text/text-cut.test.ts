import { expect, test } from "@jest/globals";
import { createCutFinder } from "../../../core/text/text-cut.ts";

const findCut = createCutFinder([{ prefix: "#01#", suffix: "#10#" }]);
const line = (length: number): string => `${"Q".repeat(length)}\n`;

/** In each text the cut is looked for from «|» and expected at «^». */
test.each<[why: string, marked: string]>([
  ["where a line ends", "a.\nb.\n^|. c"],
  ["nowhere before the first", "^#01#a.\nb.\n|. c#10#"],
  ["before a token that goes on", "a.\n^. #01#b\n|. c#10#"],
  ["after a token that ends", "a.\n#01#b#10#\n^|. c"],
  ["before a token that may begin at the end", "a.\n^b #0\n|"],
  ["before two tokens, one on the line of the other", "a.\n^#01#b\n#10##01#c\n|. #10#"],
  ["before an indented line's record", "a.\n^b {\n|  c\n"],
  ["before a record whose end follows", "a.\n^b {\n  c\n|}\n"],
  ["before a list's strings", "a.\n^b [\n|'c'\n"],
  ["before the end of an element", "a.\n^b.\n|</c>\n"],
  ["rather than before a tag, before other text", "a.\n^b.\n|<c>"],
  ["before a tag in nothing but markup", "<a>\n<b>\n^|<c>"],
  ["at the end of all there is, before its last record", "a.\n^b.\n|"],
  ["before base64 in lines of one width", `. a.\n^${line(64)}${line(64)}|${line(20)}`],
  ["before the line that base64 begins in", `. a.\n^data: ${"Q".repeat(40)}\n${line(64)}|${line(20)}`],
  ["before base64 in lines that end in CR LF", `. a.\n^${"Q".repeat(64)}\r\n${"Q".repeat(64)}\r\n|${line(20)}`],
  ["before base64 in lines that a backslash joins", `. a.\n^${"Q".repeat(64)}\\\n${"Q".repeat(64)}\\\n|${line(20)}`],
  ["before base64 in lines with spaces after it", `. a.\n^${"Q".repeat(64)} \n${"Q".repeat(64)} \n|${line(20)}`],
  ["before base64 that all begins with", `^${line(64)}${line(64)}|${line(20)}`],
  ["before base64 after an empty line", `\n^${line(64)}${line(64)}|${line(20)}`],
  ["before the last of two prefixes, where the token is", "a.\n#01#b\n^#01#c\n|. #10#"],
  ["after a token that ends at the end of its line", "a.\n#01#b\n#10#\n^|. c"],
  ["before a token at the beginning of a line", "a.\n^#01#\n|. #10#"],
  ["at the end of nothing but records that go on", " a\n b\n^| c"],
  ["after a line that ends in a narrower run", `. a.\n${line(64)}. ${line(20)}^|. b`],
  ["before indented base64 that ends in soft line ends", `. a.\n^${"Q".repeat(64)}=\r\n|${line(20)}`],
  ["after base64 that a narrower line ended", `. a.\n${line(64)}${line(20)}^${line(64)}|${line(64)}`],
  ["after narrow lines, of which lists have many", `a.\n${line(15)}${line(15)}^|${line(15)}`],
  ["before lines of the narrowest base64", `. a.\n^${line(16)}${line(16)}|${line(16)}`],
  ["before a single line that may be base64", `. a.\n^${line(15)}|${line(15)}`],
  ["after a line that is too wide for base64", `. a.\n${line(120)}^|${line(10)}`],
  ["before the widest line of base64", `. a.\n^${line(119)}|${line(10)}`],
  ["after base64 where none can follow", `. a.\n${line(64)}${line(64)}^|. b`],
  ["before base64 that goes on where a token does", `. a.\n^${line(64)}${"Q".repeat(40)} #01#b.\n|. #10#`],
  ["after a narrower line, which ends base64", `. a.\n${line(64)}${line(20)}^|${line(64)}`],
  ["before the line of its width that base64 begins in", `. a.\n${line(64)}^data: ${line(64)}${line(64)}|${line(20)}`],
  ["before base64 in indented lines", `. a.\n^    ${line(64)}    ${line(64)}|    ${line(20)}`],
  ["before the last tag of nothing but markup", "<a>\n^<b>\n  c\n|  d"],
  ["before a token on the line that base64 begins in", `a.\n^#01#b\n#10# ${"Q".repeat(40)}\n${line(64)}|${line(64)}`],
])("%s", (_, marked) => {
  const text = marked.replace(/[|^]/g, "");
  const end = marked.replace("^", "").indexOf("|");
  const cut = findCut(text, end);
  expect(`${text.slice(0, cut)}^${text.slice(cut)}`).toBe(marked.replace("|", ""));
});
