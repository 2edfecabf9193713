/** Selectors against literal expectations, and against json-p3, which passes the RFC's compliance suite. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { query as queryWithOracle } from "json-p3";
import { FieldsealError } from "../../../../core/errors.ts";
import { rfc9535 } from "../../../../core/selector/dialect.ts";
import { loadRfc9535 } from "../../../../core/selector/jsonpath/rfc9535.ts";
import type { CompiledSelectors, Select } from "../../../../core/selector/select.ts";
import { literalOf, parseJson } from "../../../../core/text/json-document.ts";

/** Through JSON, as a bundle holds it. */
function compile(selector: string): Select {
  const embedded: CompiledSelectors = JSON.parse(JSON.stringify(rfc9535.compile([{ text: selector, place: "$" }])));
  const select = loadRfc9535(embedded);
  if (select === undefined) throw new TypeError("the selector has no engine");
  return select;
}

function select(selector: string, text: string, work = 10_000_000): string[] {
  const document = parseJson(text, 1_000);
  const targets = compile(selector)(document, { remaining: work });
  return targets.map(({ node }) => literalOf(document, node));
}

const sorted = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).sort();

const store = '{"a":[1,2,{"b":"x","c d":null}],"b":{"b":[true,"y"]},"k~^":0,"":7,"\\u00e9":8}';

describe("selects", () => {
  test.each([
    ["$", [store], "root"],
    ["$.a[0]", ["1"], "index"],
    ["$.a[-1].b", ['"x"'], "negative"],
    ["$.a[ 0 , 1 ]", ["1", "2"], "union"],
    ["$.a[::-1]", ['{"b":"x","c d":null}', "2", "1"], "reversed"],
    ["$.a[1:]", ["2", '{"b":"x","c d":null}'], "slice"],
    ["$.a[0:2:0]", [], "step 0"],
    ["$..b", ['{"b":[true,"y"]}', '"x"', '[true,"y"]'], "descendants"],
    ["$.a[2]['c d']", ["null"], "quoted"],
    ["$['k~^']", ["0"], "odd"],
    ["$['']", ["7"], "empty"],
    ['$["\\u00e9"]', ["8"], "escape"],
    ["$.é", ["8"], "unicode"],
    ['$["\\""]', [], "quote"],
    ["$[?@.b]['b']", ['[true,"y"]'], "nested"],
    ["$.a[?@>1]", ["2"], "filter"],
    ["$.a[?@.b=='x'].b", ['"x"'], "compare"],
    ["$[?length(@)==3].b", [], "length"],
    ["$.b[?count(@.*)==2]", ['[true,"y"]'], "count"],
    ["$.a[?match(@.b,'[a-z]')].b", ['"x"'], "match"],
    ["$..[?search(@,'y')]", ['"y"'], "search"],
    ["$.b[?value(@[1])=='y']", ['[true,"y"]'], "value"],
    ["$.missing", [], "nothing"],
    ["$.a[?@.b && !@.zz]", ['{"b":"x","c d":null}'], "logic"],
    ["$.a[?@==$.a[0]]", ["1"], "rooted"],
  ])("%s", (selector, expected) => {
    expect(select(selector, store).sort()).toEqual([...expected].sort());
  });

  test("every member of a repeated name, with or without escapes", () => {
    expect(select("$.ssn", '{"ssn":1,"\\u0073sn":2,"s\\u0073n":3}')).toEqual(["1", "2", "3"]);
    expect(select("$..ssn", '[{"ssn":1,"\\u0073sn":{"ssn":2}}]')).toEqual(["1", '{"ssn":2}', "2"]);
  });

  test.each([
    ["$[?@ < 1e400]", ["1", '"x"'], ["1"], "below all infinities"],
    ["$[?@ >= 1e400]", ["1", "1e999"], ["1e999"], "no null"],
    ["$[?@ > -1e400]", ["-1e999", "null", "-1e308"], ["-1e308"], "the other sign"],
    ["$[?@ == 1]", ["1.0", "1e0", "10E-1", "0.1"], ["1.0", "1e0", "10E-1"], "one number, several spellings"],
    ["$[?@ == 0]", ["-0", "0.0", "-0e9"], ["-0", "0.0", "-0e9"], "zero has no sign"],
  ])("%s of %j", (selector, values, expected) => {
    expect(select(selector, `[${values.join()}]`)).toEqual(expected);
  });

  test.each([
    ["$[?count(@..[0])==1]", '[{"a":[1],"a":[2]}]', "an index below"],
    ["$[?!@..b]", '[{"a":{"b":1},"a":{"c":1}}]', "a name below"],
    ["$[?@==$[1]]", '[[{"a":1,"a":2}],[{"a":2}]]', "a comparison"],
  ])("%s refuses a body with two members of a name: %s", (selector, body) => {
    expect(() => select(selector, body)).toThrow(expect.objectContaining({ code: "duplicate_member" }));
  });

  test("equal values of 4,000 levels", () => {
    const value = `${'{"a":['.repeat(1_999)}1${"]}".repeat(1_999)}`;
    const document = parseJson(`[${value},${value}]`, 4_000);
    expect(compile("$[?@==$[0]]")(document, { remaining: 1e7 })).toHaveLength(2);
  });

  test("a body of 1,000 levels", () => {
    expect(select("$..ssn", `${'{"a":'.repeat(999)}{"ssn":1}${"}".repeat(999)}`)).toEqual(["1"]);
  });
});

describe("refuses, with place and reason", () => {
  test.each([
    "",
    "a",
    "$.",
    "$..",
    "$[",
    "$[]",
    "$['a",
    "$.a.",
    "$ .a ",
    "$[01]",
    "$[-0]",
    "$[9007199254740992]",
    "$['\\q']",
    "$['\\ud800']",
    "$.a b",
    "$[?]",
    "$[?@.a=]",
    "$[?@.a==@.b.*]",
    "$[?length(@.*)==1]",
    "$[?match(@.a)]",
    "$[?unknown(@)]",
    "$[?count(1)==1]",
    "$[?@.a==1==1]",
    "$[?'a']",
    "$[?value(@.a)]",
    "$.a^",
    "$[?(@.a)",
    "$[1:2:3:4]",
    " $",
    "$ ",
    "$[\"a']",
  ])("%p", (selector) => {
    expect(() => rfc9535.compile([{ text: selector, place: "$.rules[0].body[0]" }])).toThrow(
      expect.objectContaining({ code: "policy_invalid", message: expect.stringContaining("$.rules[0].body[0]") }),
    );
  });
});

describe("work", () => {
  test("too many steps are refused", () => {
    const body = JSON.stringify(Array.from({ length: 300 }, () => [[1]]));
    expect(() => select("$..[?@..[?@..*]]", body, 5_000)).toThrow(expect.objectContaining({ code: "too_complex" }));
  });

  test.each(["(a*)*b", "(a|a)*b", "(a+)+$", "(.*)(.*)(.*)b", "a{0,50}a{0,50}b"])(
    "%s costs steps in proportion to its text",
    (pattern) => {
      const stepsFor = (length: number): number => {
        const budget = { remaining: 1e9 };
        const document = parseJson(JSON.stringify(["a".repeat(length)]), 10);
        compile(`$[?search(@, '${pattern}')]`)(document, budget);
        return 1e9 - budget.remaining;
      };
      expect(stepsFor(8_000) / stepsFor(4_000)).toBeLessThan(2.2);
    },
  );

  test("a pattern that is not an I-Regexp would protect nothing", () => {
    expect(() => rfc9535.compile([{ text: "$[?match(@, '[a')]", place: "$" }])).toThrow(/pattern/i);
  });

  test("a pattern from the body is bounded too", () => {
    const body = JSON.stringify({ p: "((a{1,90}){1,90}){1,90}", v: ["a"] });
    expect(() => select("$.v[?match(@, $.p)]", body)).toThrow(expect.objectContaining({ code: "too_complex" }));
  });
});

// Without the quotation mark, whose escape json-p3 does not read.
const names = fc.constantFrom("a", "b", "ssn", "", "k~^", "é", "a b", "__proto__", "length", "'", "\\");
const literals = fc.constantFrom("1", "0", "-1.5", "'a'", "'x'", "true", "null");
const quoted = names.map((name) => JSON.stringify(name));
const indices = fc.integer({ min: -3, max: 3 }).map(String);
const slices = fc
  .tuple(fc.option(indices), fc.option(indices), fc.option(indices))
  .map(([start, end, step]) => `${start ?? ""}:${end ?? ""}${step === null ? "" : `:${step}`}`);
const paths = fc
  .array(fc.oneof(quoted, indices), { maxLength: 2 })
  .map((parts) => parts.map((part) => `[${part}]`).join(""));
const comparables = fc.oneof(
  literals,
  paths.map((path) => `@${path}`),
  paths.map((path) => `length(@${path})`),
  paths.map((path) => `count(@${path}[*])`),
  paths.map((path) => `value(@${path}..a)`),
  paths.map((path) => `$${path}`),
);
// Without match and search, which json-p3 applies to arrays of one string as well.
const basicTests = fc.oneof(
  fc.tuple(comparables, fc.constantFrom("==", "!=", "<", "<=", ">", ">="), comparables).map((parts) => parts.join(" ")),
  paths.map((path) => `@${path}`),
  paths.map((path) => `!@${path}..*`),
);
const filters = fc.tuple(basicTests, fc.constantFrom(" && ", " || "), basicTests).map((parts) => `?${parts.join("")}`);
const selectors = fc.oneof(
  quoted,
  fc.constant("*"),
  indices,
  slices,
  filters,
  basicTests.map((text) => `?(${text})`),
);
const segments = fc
  .tuple(fc.boolean(), fc.array(selectors, { minLength: 1, maxLength: 2 }))
  .map(([descendant, list]) => `${descendant ? ".." : ""}[${list.join(", ")}]`);
const queries = fc.array(segments, { maxLength: 3 }).map((list) => `$${list.join("")}`);
const node = fc.constantFrom<unknown>(0, 1, -1.5, "a", "x", "ax", "", true, false, null);
const { bodies } = fc.letrec<{ bodies: unknown }>((tie) => ({
  bodies: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    node,
    fc.array(tie("bodies"), { maxLength: 4 }),
    fc.dictionary(
      names.filter((name) => name !== "__proto__"),
      tie("bodies"),
      { maxKeys: 4 },
    ),
  ),
}));

describe("json-p3 selects the same", () => {
  test("over generated selectors and bodies", () => {
    let selected = 0;
    fc.assert(
      fc.property(queries, bodies, (selector, body) => {
        const text = JSON.stringify(body);
        const oracle = queryWithOracle(selector, JSON.parse(text));
        const expected = new Map([...oracle].map((node) => [JSON.stringify(node.location), node.value]));
        const found = select(selector, text);
        selected += found.length;
        expect(sorted(found.map((literal) => JSON.parse(literal)))).toEqual(sorted([...expected.values()]));
      }),
      { numRuns: 4_000 },
    );
    expect(selected).toBeGreaterThan(1_000);
  });

  test("and accepts all mutated selectors that are accepted here, because it is more lenient", () => {
    const mutated = fc
      .tuple(queries, fc.nat(), fc.constantFrom("", " ", "[", "]", ".", "?", "@", "'", "0", ",", ":", "!", "(", ")"))
      .map(
        ([text, at, by]) =>
          text.slice(0, at % (text.length + 1)) + by + text.slice((at % (text.length + 1)) + (at % 2)),
      );
    const accepted = (run: () => unknown): boolean => {
      try {
        run();
        return true;
      } catch (error) {
        if (error instanceof FieldsealError && error.code !== "policy_invalid") throw error;
        return false;
      }
    };
    fc.assert(
      fc.property(mutated, (selector) => {
        fc.pre(accepted(() => rfc9535.compile([{ text: selector, place: "$" }])));
        expect(accepted(() => queryWithOracle(selector, []))).toBe(true);
      }),
      { numRuns: 1_000, maxSkipsPerRun: 100 },
    );
  });
});
