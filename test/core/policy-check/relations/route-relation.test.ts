import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { coversRoute, routesMeet } from "../../../../core/policy-check/relations/route-relation.ts";
import { matchesPath, parsePathPattern } from "../../../../core/rule/route.ts";

const runs = { numRuns: 3_000 };

describe("routes", () => {
  const segment = fc.constantFrom("a", "b", "*", "a*", "**");
  const path = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => parsePathPattern(`/${segments.join("/")}`));
  const sample = fc
    .array(fc.constantFrom("a", "b", "ab"), { maxLength: 4 })
    .map((segments) => `/${segments.join("/")}`);

  test("a route matches all paths of a route that it covers", () => {
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
