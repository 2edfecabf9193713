import { expect, test } from "@jest/globals";
import { createFilter } from "../../../../core/selector/jsonpath/filter.ts";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { parseJson } from "../../../../core/text/json-document.ts";

/** Whether a filter keeps the whole body. */
function keeps(filter: string, text: string): boolean {
  const [segment] = parseQuery(`$[?${filter}]`).segments;
  const [selector] = segment?.selectors ?? [];
  if (selector?.kind !== "filter") throw new TypeError("one filter");
  const own = createFilter();
  return own({ document: parseJson(text, 10), budget: { remaining: 1_000 }, filter: own }, selector.test, 0);
}

const body = '{"a":1,"b":"xy","c":[1,2],"p":"x."}';

test.each([
  ["@.a", true],
  ["@.z", false],
  ["!@.z", true],
  ["@.a && @.z", false],
  ["@.a || @.z", true],
  ["@.a == 1", true],
  ["@.a < 1e400", true],
  ["@.b == $.b", true],
  ["length(@.b) == 2", true],
  ["count(@.c[*]) == 2", true],
  ["value(@.c[0]) == 1", true],
  ["value(@.c[*]) == 1", false],
  ["match(@.b, 'x')", false],
  ["search(@.b, 'x')", true],
  ["match(@.b, $.p)", true],
  ["match(@.a, '1')", false],
  ["match(@.b, @.a)", false],
])("%s: %p", (filter, kept) => expect(keeps(filter, body)).toBe(kept));
