import { expect, test } from "@jest/globals";
import { createEngine } from "../../../../core/selector/jsonpath/engine.ts";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { loadRfc9535 } from "../../../../core/selector/jsonpath/rfc9535-plain.ts";
import { parseJson } from "../../../../core/text/json-document.ts";

const document = parseJson('{"a":[1,2]}', 10);
const queries = (...texts: readonly string[]): Parameters<typeof loadRfc9535>[0] => ({
  dialect: "rfc9535",
  queries: texts.map((text) => parseQuery(text)),
});

test("targets tell their query", () => {
  expect(loadRfc9535(queries("$.b", "$.a[*]"))?.(document, { remaining: 100 })).toEqual([
    { node: 2, part: "value", selector: 1 },
    { node: 3, part: "value", selector: 1 },
  ]);
});

test("not for selectors of another dialect", () => {
  expect(loadRfc9535({ dialect: "jsonpath-plus", expressions: [] })).toBeUndefined();
});

test("a filter is made anew for each body", () => {
  let filters = 0;
  const select = createEngine(() => {
    filters++;
    return () => true;
  })(queries("$.a[?@]"));
  select?.(document, { remaining: 100 });
  select?.(document, { remaining: 100 });
  expect(filters).toBe(2);
});
