import { expect, test } from "@jest/globals";
import { ConfigValue } from "../../../../core/config/config-value.ts";
import {
  coversScope,
  type SelectorScope,
  scopesMeet,
} from "../../../../core/policy-check/relations/selector-relation.ts";
import { parseFieldPattern } from "../../../../core/selector/field-name.ts";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { parseWildcard } from "../../../../core/selector/wildcard.ts";
import { parseXmlPath } from "../../../../core/selector/xml-path.ts";

const common = { at: new ConfigValue("", "$"), required: false };
const body = (text: string): SelectorScope => ({ ...common, text, list: "body", chain: [parseQuery(text)] });
const other = (text: string): SelectorScope => ({ ...common, text, list: "body", chain: undefined });
const names = (list: "fields" | "query" | "cookies", text: string): SelectorScope => ({
  ...common,
  text,
  list,
  pattern: parseFieldPattern(text),
});
const xml = (text: string): SelectorScope => ({ ...common, text, list: "xml", path: parseXmlPath(text) });
const header = (text: string): SelectorScope => ({ ...common, text, list: "headers", name: parseWildcard(text) });
const segment = (number: number): SelectorScope => ({ ...common, text: "", list: "segments", segment: number });

test.each([
  ["queries", body("$.a"), body("$.a.b"), true, false],
  ["one text of another dialect", other("$.a^"), other("$.a^"), true, true],
  ["two texts of another dialect", other("$.a^"), other("$.b^"), false, false],
  ["a name and a query", names("fields", "a"), body("$.x.a"), true, true],
  ["a name and a path of XML", names("fields", "a"), xml("//a"), true, true],
  ["a query and a path of XML", body("$.a"), xml("/a"), false, false],
  ["a name of a field and of the query string", names("fields", "a"), names("query", "a"), false, false],
  ["names of cookies", names("cookies", "a*"), names("cookies", "ab"), true, true],
  ["header fields", header("x-*"), header("x-a"), true, true],
  ["other header fields", header("x-a"), header("x-b"), false, false],
  ["segments", segment(1), segment(1), true, true],
  ["other segments", segment(1), segment(2), false, false],
  ["a header field and a segment", header("x"), segment(0), false, false],
])("%s", (_why, a, b, covers, meets) => {
  expect([coversScope(a, b), scopesMeet(a, b)]).toEqual([covers, meets]);
});
