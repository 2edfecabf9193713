import { describe, expect, test } from "@jest/globals";
import { findEdgeEntries, mayBeginDocument } from "../../../../local/command/logs/edge-lines.ts";

const entry = { _aws: { Timestamp: 1 }, outcome: "protected", requests: 1, tokens: 2 };
const line = JSON.stringify(entry);
const wrap = (value: unknown, levels: number): unknown => (levels === 0 ? value : { message: wrap(value, levels - 1) });

describe("entries in a line", () => {
  test.each<[why: string, text: string, count: number]>([
    ["as written", line, 1],
    ["behind a prefix", `2026-01-01T00:00:00Z abc INFO ${line}`, 1],
    ["behind a prefix with brackets", `[edge] {x} ${line}`, 1],
    ["in a field of CSV", `"2026-01-01","${line.replaceAll('"', '""')}"`, 1],
    ["as the messages of an export", JSON.stringify({ events: [{ message: line }, { message: line }] }), 2],
    ["as objects", JSON.stringify({ results: [[{ value: entry }]] }), 1],
    ["as deep as exports nest", JSON.stringify(wrap(entry, 6)), 1],
    ["deeper than exports nest", JSON.stringify(wrap(entry, 7)), 0],
    ["without a count of requests", JSON.stringify({ ...entry, requests: 2 }), 0],
    ["without a count of tokens", JSON.stringify({ ...entry, tokens: "2" }), 0],
    ["cut off", line.slice(0, -1), 0],
    ["none", "START RequestId: 1", 0],
    ["empty", "", 0],
  ])("%s", (_, text, count) => {
    expect([...findEdgeEntries(text)]).toEqual(Array.from({ length: count }, () => entry));
  });
});

describe("a line that may begin a JSON text", () => {
  test.each<[text: string, may: boolean]>([
    ["{", true],
    ['  [{"a":1},', true],
    ["{}", false],
    ["text {", false],
    ["", false],
  ])("%j: %j", (text, may) => {
    expect(mayBeginDocument(text)).toBe(may);
  });
});
