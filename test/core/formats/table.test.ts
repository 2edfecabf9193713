/** The table of codecs, and the formats that a text tells by its beginning. */
import { describe, expect, test } from "@jest/globals";
import { allCodecs, formatsByBeginning } from "../../../core/formats/table.ts";
import { formats } from "../../../core/rule/formats.ts";

test("every format has a codec", () => {
  expect(Object.keys(allCodecs).sort()).toEqual([...formats].sort());
});

describe("beginnings", () => {
  test.each([
    ["{", ["json"]],
    ["\ufeff \n[", ["json"]],
    ['"a"', ["json"]],
    ["\r\n\t<a", ["xml"]],
    ["a{", []],
    ["12", []],
    ["", []],
  ])("%j may be %j", (text, formats) => {
    expect(formatsByBeginning.filter(({ begins }) => begins.test(text)).map(({ format }) => format)).toEqual(formats);
  });
});
