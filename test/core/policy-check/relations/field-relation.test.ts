import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  coversNames,
  fieldPath,
  type NamePath,
  namesMeet,
  queryNamePath,
  xmlNamePath,
} from "../../../../core/policy-check/relations/field-relation.ts";
import { matchesTreeField, parseFieldPattern } from "../../../../core/selector/field-name.ts";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { parseXmlPath } from "../../../../core/selector/xml-path.ts";

const runs = { numRuns: 3_000 };

const field = (text: string): NamePath => fieldPath(parseFieldPattern(text));
const query = (text: string): NamePath => queryNamePath(parseQuery(text));
const xml = (text: string): NamePath => xmlNamePath(parseXmlPath(text));

test.each([
  ["a name and a member", field("ssn"), query("$.person.ssn"), true, true],
  ["a name and what is within", field("person"), query("$.person.ssn"), true, false],
  ["a member and the name", query("$.ssn"), field("ssn"), false, true],
  ["items have no names", field("a.b"), query("$.a[*].b"), false, true],
  ["an item alone", field("a.b"), query("$.a[0].b"), true, true],
  ["some items only", query("$[0].a"), query("$.a"), false, true],
  ["a name and an element", field("ssn"), xml("//ssn"), true, true],
  ["an element and its attribute", xml("/a"), xml("/a/@b"), false, false],
  ["an element and one below with an attribute", xml("/a"), xml("/a/b/@c"), true, false],
  ["an attribute and an element", xml("/a/@b"), xml("/a/b"), false, false],
  ["other names", field("a"), field("b"), false, false],
])("%s: covers %#", (_why, a, b, covers, meets) => {
  expect([coversNames(a, b), namesMeet(a, b)]).toEqual([covers, meets]);
});

test("a name that covers another selects all that the other selects", () => {
  const name = fc
    .array(fc.constantFrom("a", "b", "a*", "*"), { minLength: 1, maxLength: 3 })
    .map((parts) => parseFieldPattern(parts.join(".")));
  fc.assert(
    fc.property(name, name, fc.array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 }), (a, b, path) => {
      const matches = (pattern: typeof a, length: number): boolean =>
        matchesTreeField(pattern, (level) => path[length - 1 - level]);
      const standsIn = path.some((_, index) => matches(a, index + 1));
      if (coversNames(fieldPath(a), fieldPath(b)) && matches(b, path.length)) expect(standsIn).toBe(true);
    }),
    runs,
  );
});
