import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { findAuditEntries } from "../../../../local/command/logs/audit-lines.ts";

const entry = { audit: "fieldseal", time: "2026-01-01T00:00:00.000Z", recipients: { "01": { opened: 1 } }, note: "}" };
const line = JSON.stringify(entry);
const nest = (text: string, levels: number): string =>
  levels === 0 ? text : nest(JSON.stringify({ message: text }), levels - 1);

test.each<[why: string, text: string, found: number, unreadable: number]>([
  ["as written", line, 1, 0],
  ["behind a prefix", `2026 INFO ${line}`, 1, 0],
  ["twice", `${line} ${line}`, 2, 0],
  ["in a string of JSON", nest(line, 1), 1, 0],
  ["in strings of strings", nest(line, 3), 1, 0],
  ["in a field of CSV", `"a","${line.replaceAll('"', '""')}"`, 1, 0],
  ["packed by a subscription", gzipSync(`{"m":${JSON.stringify(line)}}`).toString("base64"), 1, 0],
  ["packed and cut off", gzipSync(line.repeat(3)).toString("base64").slice(0, 80), 0, 1],
  ["cut off", line.slice(0, -1), 0, 1],
  ["without recipients", '{"audit":"fieldseal"}', 0, 1],
  ["written anew by another tool", line.replaceAll('"', "&quot;"), 0, 1],
  ["in base64", Buffer.from(`x${line}`).toString("base64"), 0, 1],
  ["in a log of another kind", "\0", 0, 1],
  ["deeper than it looks", nest(line, 9), 0, 1],
  ["of something else", '{"audit":"fieldseal-like"}', 0, 0],
  ["empty", "", 0, 0],
])("a line %s", (_, text, found, unreadable) => {
  expect(findAuditEntries(text)).toEqual({ entries: Array.from({ length: found }, () => entry), unreadable });
});
