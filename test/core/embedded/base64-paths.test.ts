import { expect, test } from "@jest/globals";
import { endOfPart, startOfPart } from "../../../core/embedded/base64-paths.ts";

const text = "a text, and more of it, that is long enough to be base64 of its own where others may be a path of names";
const base64 = Buffer.from(text).toString("base64").replaceAll("=", "");
const span = (run: string): { start: number; end: number } => ({ start: 0, end: run.length });

test.each([
  ["behind a name", `items/${base64}`, 6],
  ["behind several", `/api/v1/items/${base64}`, 14],
  ["behind an underscore", `evt_${base64}`, 4],
  ["behind a dash", `evt-${base64}`, 4],
  ["behind no such character", `x${base64}`, -1],
  ["behind names that are too many", `${"name/".repeat(30)}${base64}`, -1],
  ["too short", `items/${base64.slice(0, 100)}`, -1],
])("where it begins: %s", (_, run, start) => {
  expect(startOfPart(run, span(run))).toBe(start);
});

test.each([
  ["at the end", `/${base64}`, base64.length + 1],
  ["before another name", `/${base64}/details`, base64.length + 1],
  ["before names that are long", `/${base64}/and/some/more/names`, base64.length + 1],
  ["with a solidus of its own", `/${base64.slice(0, 120)}Pz8/${base64.slice(0, 40)}`, 165],
])("where it ends: %s", (_, run, end) => {
  expect(endOfPart(run, 1, span(run))).toBe(end);
});

test("where nothing of a path is before it, a solidus is its own", () => {
  const run = `x${base64}/details`;
  expect(endOfPart(run, 1, span(run))).toBe(run.length);
});
