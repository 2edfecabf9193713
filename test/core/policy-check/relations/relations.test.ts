/** What the compiler says of selectors and routes without a request, against what they do with one. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { findNearest } from "../../../../core/config/did-you-mean.ts";
import { coversNames, fieldPath } from "../../../../core/policy-check/relations/field-relation.ts";
import { coversQuery, queriesMeet } from "../../../../core/policy-check/relations/query-relation.ts";
import { coversRoute, routesMeet } from "../../../../core/policy-check/relations/route-relation.ts";
import { coversWildcard, wildcardsMeet } from "../../../../core/policy-check/relations/wildcard-relation.ts";
import { reviewQuery } from "../../../../core/policy-check/review-query.ts";
import { matchesPath, parsePathPattern } from "../../../../core/rule/route.ts";
import { matchesTreeField, parseFieldPattern } from "../../../../core/selector/field-name.ts";
import { parseQuery } from "../../../../core/selector/jsonpath/parser.ts";
import { loadRfc9535 } from "../../../../core/selector/jsonpath/rfc9535.ts";
import { matchesWildcard, parseWildcard } from "../../../../core/selector/wildcard.ts";
import { parentOf, parseJson } from "../../../../core/text/json-document.ts";

const runs = { numRuns: 3_000 };

describe("nearest names", () => {
  const known = ["GET", "POST", "us-ssn", "card", "card-track", "detect", "detectIn"];
  test.each<readonly [string, string | undefined, string]>([
    ["Post", "POST", "case"],
    ["PSOT", "POST", "swap"],
    ["POOST", "POST", "insertion"],
    ["crd", "card", "deletion"],
    ["cart", "card", "replacement"],
    ["us_ssn", "us-ssn", "separator"],
    ["ssn", "us-ssn", "half"],
    ["creditcard", "card", "more"],
    ["detectI", "detectIn", "begun"],
    ["xyz", undefined, "nothing"],
    ["", undefined, "empty"],
    ["a".repeat(200), undefined, "long"],
  ])("%s is %s (%s)", (wrong, nearest, _) => expect(findNearest(wrong, known)).toBe(nearest));
});

describe("wildcards", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 5 }).map(parseWildcard);
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });

  test("what one covers, it matches", () => {
    fc.assert(
      fc.property(pattern, pattern, text, (a, b, sample) => {
        if (coversWildcard(a, b) && matchesWildcard(b, sample)) expect(matchesWildcard(a, sample)).toBe(true);
        if (matchesWildcard(a, sample) && matchesWildcard(b, sample)) expect(wildcardsMeet(a, b)).toBe(true);
      }),
      runs,
    );
  });

  test.each([
    ["*", "a*", true, true],
    ["a*", "ab*", true, true],
    ["ab*", "a*", false, true],
    ["a*", "*b", false, true],
    ["a*b", "a*b", true, true],
    ["a", "b", false, false],
    ["a*c", "a*d", false, false],
  ])("%s and %s: covers %p, meets %p", (a, b, covers, meets) => {
    expect([
      coversWildcard(parseWildcard(a), parseWildcard(b)),
      wildcardsMeet(parseWildcard(a), parseWildcard(b)),
    ]).toEqual([covers, meets]);
  });
});

describe("routes", () => {
  const segment = fc.constantFrom("a", "b", "*", "a*", "**");
  const path = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => parsePathPattern(`/${segments.join("/")}`));
  const sample = fc
    .array(fc.constantFrom("a", "b", "ab"), { maxLength: 4 })
    .map((segments) => `/${segments.join("/")}`);

  test("what one covers, it matches", () => {
    fc.assert(
      fc.property(path, path, sample, (a, b, request) => {
        const [one, other] = [
          { path: a, methods: undefined },
          { path: b, methods: undefined },
        ];
        if (coversRoute(one, other) && matchesPath(b, request)) expect(matchesPath(a, request)).toBe(true);
        if (matchesPath(a, request) && matchesPath(b, request)) expect(routesMeet(one, other)).toBe(true);
      }),
      runs,
    );
  });

  test.each([
    ["/**", "/a/b", true, true],
    ["/a/**", "/a", true, true],
    ["/a/*", "/*/b", false, true],
    ["/**/c", "/a/b/c", true, true],
    ["/a", "/b", false, false],
  ])("%s and %s: covers %p, meets %p", (a, b, covers, meets) => {
    const [one, other] = [a, b].map((text) => ({ path: parsePathPattern(text), methods: undefined }));
    if (one === undefined || other === undefined) throw new Error("two routes");
    expect([coversRoute(one, other), routesMeet(one, other)]).toEqual([covers, meets]);
  });
});

describe("queries", () => {
  const selector = fc.constantFrom(
    "'a'",
    "'b'",
    "*",
    "0",
    "1",
    "-1",
    "1:",
    ":2",
    "3:1",
    "::2",
    "::-1",
    "?@.a",
    "?@.a==1",
    "?@==1",
    "?1==2",
    "?count(@.*)>1",
    "?@.a==1&&@.a==2",
    "'a','b'",
    "0,'a'",
  );
  const query = fc
    .array(fc.tuple(fc.constantFrom("", "", ".."), selector), { maxLength: 3 })
    .map((steps) => `$${steps.map(([descent, text]) => `${descent}[${text}]`).join("")}`);
  const node = fc.constantFrom<unknown>(1, 2, "x", null);
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: "small" },
      node,
      fc.array(tie("json"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom("a", "b", "c"), tie("json"), { maxKeys: 3 }),
    ),
  }));
  const select = (text: string, source: unknown): ReadonlySet<number> => {
    const document = parseJson(JSON.stringify(source), 100);
    const run = loadRfc9535({ dialect: "rfc9535", queries: [parseQuery(text)] });
    return new Set(run?.(document, { remaining: 1_000_000 }).map(({ node }) => node) ?? []);
  };

  test("what one covers stands in what it selects; what does not meet is never the same", () => {
    fc.assert(
      fc.property(query, query, json, (a, b, source) => {
        const document = parseJson(JSON.stringify(source), 100);
        const [outer, inner] = [select(a, source), select(b, source)];
        const standsIn = (node: number): boolean =>
          node >= 0 && (outer.has(node) || standsIn(parentOf(document, node)));
        if (coversQuery([parseQuery(a)], [parseQuery(b)]))
          expect([a, b, [...inner].every(standsIn)]).toEqual([a, b, true]);
        if ([...inner].some((node) => outer.has(node)))
          expect([a, b, queriesMeet([parseQuery(a)], [parseQuery(b)])]).toEqual([a, b, true]);
      }),
      runs,
    );
  });

  test("what can never match selects nothing", () => {
    fc.assert(
      fc.property(query, json, (text, source) => {
        if (reviewQuery(parseQuery(text)).never !== undefined)
          expect([text, select(text, source).size]).toEqual([text, 0]);
      }),
      runs,
    );
  });

  test("a slice is found empty exactly where it is empty in all arrays", () => {
    const bound = fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined });
    fc.assert(
      fc.property(bound, bound, bound, (start, end, step) => {
        const text = `$[${start ?? ""}:${end ?? ""}${step === undefined ? "" : `:${step}`}]`;
        const selects = Array.from({ length: 16 }, (_, length) => select(text, Array(length).fill(0)).size).some(
          (size) => size > 0,
        );
        expect([text, reviewQuery(parseQuery(text)).never === undefined]).toEqual([text, selects]);
      }),
      runs,
    );
  });
});

test("a name of fields that covers another selects all that it does", () => {
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
