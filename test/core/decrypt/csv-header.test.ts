import { expect, test } from "@jest/globals";
import { nameColumns } from "../../../core/decrypt/csv-header.ts";
import { direct, recipients, sealed } from "../../support/tokens.ts";

const token = sealed('"v"');
const wrapped = Buffer.from(`a cell with ${token} in it`).toString("base64");

test.each<[why: string, source: string, header: string | undefined]>([
  ["names", "a,b\n1,2\n", "a,b\n"],
  ["another delimiter", "a;b\r\n1;2\r\n", "a;b\r\n"],
  ["names over lines", '"a\nb",c\n1,2\n', '"a\nb",c\n'],
  ["no end of a line", "a,b", "a,b\n"],
  ["empty lines before it", "\ufeff\r\n\r\na,b\n1,2", "\ufeff\r\n\r\na,b\n"],
  ["nothing", "", undefined],
  ["empty lines only", "\ufeff\r\n\n", undefined],
  ["a token", `a,${token},c\n1,2,3\n`, "a,x,c\n"],
  ["a token in quotes", `"${direct("v")}",b\n`, '"x",b\n'],
  ["a token in base64", `a,${wrapped}\n`, "a,x\n"],
  ["a token below it", `a,b\n1,${token}\n`, "a,b\n"],
  ["malformed", `a,"${token}"b\n`, `a,"${token}"b\n`],
])("%s", (_, source, header) => {
  expect(nameColumns(source, recipients)).toBe(header);
});
