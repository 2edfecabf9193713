import { expect, test } from "@jest/globals";
import { createCounter } from "../../../../local/command/logs/counter.ts";

test("adds up what has the same members, and lists the highest count first", () => {
  const counter = createCounter<{ code: string; rule?: string }>();
  counter.add({ code: "a" }, 1);
  counter.add({ code: "a", rule: "r" }, 3);
  counter.add({ code: "a" }, 1);
  expect(counter.list()).toEqual([
    { code: "a", rule: "r", count: 3 },
    { code: "a", count: 2 },
  ]);
});

test("knows the count of a thing, also of one from its list, and 0 for any other", () => {
  const counter = createCounter<{ code: string }>();
  counter.add({ code: "a" }, 2);
  const [listed = { code: "" }] = counter.list();
  expect([{ code: "a" }, listed, { code: "b" }].map((thing) => counter.count(thing))).toEqual([2, 2, 0]);
});
