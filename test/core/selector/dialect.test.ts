import { expect, test } from "@jest/globals";
import { rfc9535 } from "../../../core/selector/dialect.ts";

test("queries as plain data, in their order", () => {
  const compiled = rfc9535.compile([
    { text: "$.a", place: "$.x[0]" },
    { text: "$[0]", place: "$.x[1]" },
  ]);
  expect(JSON.parse(JSON.stringify(compiled))).toEqual({
    dialect: "rfc9535",
    queries: [
      { segments: [{ selectors: [{ kind: "name", name: "a" }] }] },
      { segments: [{ selectors: [{ kind: "index", index: 0 }] }] },
    ],
  });
});

test("a mistake has the place of its selector", () => {
  expect(() => rfc9535.compile([{ text: "$[", place: "$.x[0]" }])).toThrow(
    expect.objectContaining({ facts: expect.objectContaining({ place: "$.x[0]", offset: 2 }) }),
  );
});
