/** The table of formats. */
import { expect, test } from "@jest/globals";
import { encodingOf, formats } from "../../../core/rule/formats.ts";

test("only multipart forms, which hold files, are decoded byte by byte", () => {
  expect(formats.filter((format) => encodingOf(format) === "latin1")).toEqual(["multipart"]);
});
