/** The engine for bundles whose policies have no filters. */
import { expect, test } from "@jest/globals";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { loadRfc9535 } from "../../../../core/selector/jsonpath/rfc9535-plain.ts";
import { parseJson } from "../../../../core/text/json-document.ts";

const select = (query: string): unknown =>
  loadRfc9535({ dialect: "rfc9535", queries: [parseQuery(query)] })?.(parseJson('{"a":[1,2]}', 10), { remaining: 100 });

test("selects without filters", () => {
  expect(select("$.a[1]")).toEqual([{ node: 3, part: "value", selector: 0 }]);
});

test("a filter, which no such bundle should hold, is an internal error and selects nothing", () => {
  expect(() => select("$.a[?@]")).toThrow(expect.objectContaining({ code: "internal_error" }));
});
