import { expect, test } from "@jest/globals";
import { coversSteps, type Steps, stepsMeet } from "../../../../core/policy-check/relations/step-relation.ts";

/** `/a`: a child, `//a`: any node below, `/…` at the end: all below. */
function read(text: string): Steps<string> {
  const open = text.endsWith("/…");
  const parts = (open ? text.slice(0, -2) : text).match(/\/\/?[a-z*]/g) ?? [];
  return { steps: parts.map((part) => ({ descendant: part.startsWith("//"), test: part.replace(/\//g, "") })), open };
}

const relation = {
  covers: (a: string, b: string): boolean => a === "*" || a === b,
  meets: (a: string, b: string): boolean => a === "*" || b === "*" || a === b,
};

test.each([
  ["/a", "/a", true, true],
  ["/a", "/b", false, false],
  ["/*", "/a", true, true],
  ["/a", "/*", false, true],
  ["//a", "/b/a", true, true],
  ["/b/a", "//a", false, true],
  ["//a", "//b//a", true, true],
  ["/a/…", "/a/b", true, true],
  ["/a", "/a/b", false, false],
  ["/a", "/a/…", false, true],
  ["/a/b/…", "/a/…", false, true],
  ["//a/b", "/a/a/b", true, true],
])("%s and %s: covers %p, meets %p", (a, b, covers, meets) => {
  expect([coversSteps(read(a), read(b), relation), stepsMeet(read(a), read(b), relation)]).toEqual([covers, meets]);
});

test("a step to any node below skips only what it may pass", () => {
  const closed = { ...relation, passes: (test: string): boolean => test !== "x" };
  expect(coversSteps(read("//a"), read("/x/a"), closed)).toBe(false);
  expect(stepsMeet(read("//a"), read("/x/a"), closed)).toBe(false);
});

test("takes time in proportion to the product of the lengths", () => {
  const long = read("//a".repeat(40));
  let asked = 0;
  coversSteps(long, read(`${"/a".repeat(60)}/b`), {
    ...relation,
    covers: (a, b) => {
      asked++;
      return a === b;
    },
  });
  expect(asked).toBeLessThanOrEqual(41 * 62);
});
