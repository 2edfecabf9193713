import { expect, test } from "@jest/globals";
import { listTexts, replaceFound } from "../../support/codec.ts";

test("text is one node, in which selectors find nothing", () => {
  expect(listTexts("text", "a\nssn=1")).toEqual(["a\nssn=1"]);
  expect(replaceFound("text", "ssn=1", { rule: { fields: ["ssn"] } })).toBe("ssn=1");
});
