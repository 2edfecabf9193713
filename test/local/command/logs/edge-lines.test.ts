import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { findEdgeEntries } from "../../../../local/command/logs/edge-lines.ts";

const entry = { _aws: { Timestamp: 1 }, outcome: "protected", requests: 1, tokens: 2 };
const line = JSON.stringify(entry);
const nest = (text: string, levels: number): string =>
  levels === 0 ? text : nest(JSON.stringify({ message: text }), levels - 1);

test.each<[why: string, text: string, count: number]>([
  ["as written", line, 1],
  ["with blanks", JSON.stringify(entry, null, 1).replaceAll("\n", " "), 1],
  ["behind a prefix", `2026-01-01T00:00:00Z abc INFO ${line}`, 1],
  ["behind a prefix with brackets", `[edge] {x} ${line}`, 1],
  ["in a field of CSV", `"2026-01-01","${line.replaceAll('"', '""')}"`, 1],
  ["as the messages of an export", JSON.stringify({ events: [{ message: line }, { message: line }] }), 2],
  ["as an object in Lambda's JSON format", JSON.stringify({ level: "INFO", message: entry }), 1],
  ["packed by a subscription", gzipSync(nest(line, 1)).toString("base64"), 1],
  ["in strings within strings", nest(line, 8), 1],
  ["in more strings than any tool nests", nest(line, 9), 0],
  ["with another count of requests", JSON.stringify({ ...entry, requests: 2 }), 0],
  ["without a count of tokens", JSON.stringify({ ...entry, tokens: "2" }), 0],
  ["without an outcome", JSON.stringify({ ...entry, outcome: 1 }), 0],
  ["cut off", line.slice(0, -1), 0],
  ["of Lambda", "START RequestId: 1", 0],
  ["that is empty", "", 0],
])("a line %s", (_, text, count) => {
  expect(findEdgeEntries(text).entries).toEqual(Array.from({ length: count }, () => entry));
});
