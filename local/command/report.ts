/** `fieldseal report`: log lines of the edge function as a table. */

import { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";
import { FieldsealError } from "../../core/errors.ts";
import type { Command, Paint } from "./command.ts";
import { readInput } from "./input-file.ts";
import { createLogReader, type LogReader, mayBeginDocument, type Summary } from "./log-summary.ts";

export const report: Command = {
  name: "report",
  summary: "add up log lines: what rules found, refused, and would have done in report mode",
  help: `[LOGFILE…] [--json]

Reads the edge function's log lines, from standard input where no file or - is named, and adds up: matches of each rule
and selector or detector; fields outside the policy in which detectors found something, by path; refusals by code; what
rules in report mode would have refused. Lines of anything else are counted and left out.

Lines may stand alone, behind a time or any other prefix, in exports of CloudWatch Logs (JSON, CSV, to S3, from a
subscription) and compressed with gzip.

  --json             the same as JSON

Exit code: 1 where no line of the function was found.

  aws logs filter-log-events --log-group-name /aws/lambda/us-east-1.fieldseal-prod-edge --output json | fieldseal report
  fieldseal report export/*.gz`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "boolean" } },
    });
    const reader = createLogReader();
    let lines = 0;
    for (const file of positionals.length === 0 ? ["-"] : positionals) {
      const bytes = readInput(file, terminal, (progress) => `report: ${progress}, ${lines} lines`);
      await readLog(decompress(bytes, file), { read: (line) => (lines++, reader.read(line)) });
    }
    const summary = reader.summarize();
    terminal.write(
      values.json === true ? `${JSON.stringify(summary, null, 2)}\n` : formatSummary(summary, terminal.paint),
    );
    return summary.requests > 0 ? 0 : 1;
  },
};

/** Unpacks what begins as gzip does (RFC 1952), several members in a row too. Throws `content_coding_malformed`. */
async function* decompress(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  const chunks = bytes[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < 2) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    start = Buffer.concat([start, value]);
  }
  const all = (async function* () {
    yield start;
    for (let chunk = await chunks.next(); chunk.done !== true; chunk = await chunks.next()) yield chunk.value;
  })();
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* all;
    return;
  }
  const source = Readable.from(all);
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) yield Buffer.from(chunk);
  } catch (error) {
    if (error instanceof FieldsealError) throw error;
    throw new FieldsealError("content_coding_malformed", { reason: `${file} is not gzip, or cut off.` });
  }
}

/** A JSON text over several lines is held as a whole, up to so many characters. */
const longestDocument = 1 << 28;

async function readLog(bytes: AsyncIterable<Buffer>, { read }: Pick<LogReader, "read">): Promise<void> {
  let document: string[] | undefined;
  let length = 0;
  let first = true;
  for await (const line of splitLines(bytes)) {
    if (first && line.trim() !== "") {
      first = false;
      if (mayBeginDocument(line)) document = [];
    }
    if (document === undefined) {
      read(line);
      continue;
    }
    document.push(line);
    length += line.length;
    // Too long for one: it is read line by line after all.
    if (length > longestDocument) {
      for (const held of document) read(held);
      document = undefined;
    }
  }
  if (document === undefined) return;
  const whole = document.join("\n");
  if (mayBeginDocument(whole)) for (const line of document) read(line);
  else read(whole.replaceAll("\n", " "));
}

async function* splitLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of bytes) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = lines.pop() ?? "";
    yield* lines;
  }
  if (held !== "") yield held;
}

function formatSummary(summary: Summary, paint: Paint): string {
  const {
    requests,
    otherLines,
    from,
    to,
    outcomes,
    matches,
    refusals,
    unreadable,
    wouldRefuse,
    wouldProtect,
    outside,
    outsideMore,
  } = summary;
  const time = (at: number | undefined): string => (at === undefined ? "" : new Date(at).toISOString());
  const span = from === undefined ? "" : `, ${time(from)} to ${time(to)}`;
  const sections = [
    `${requests} request(s)${span}; ${otherLines} other line(s)`,
    formatTable(
      "Outcome",
      ["requests", "outcome"],
      outcomes.map(({ count, outcome }) => [String(count), outcome]),
      paint,
    ),
    formatTable(
      "Matches",
      ["values", "mode", "policy", "rule", "selector or detector"],
      matches.map(({ count, mode, policy, rule, selector }) => [String(count), mode, policy ?? "", rule, selector]),
      paint,
    ),
    formatTable(
      "Refusals",
      ["requests", "code", "rule"],
      refusals.map(({ count, code, rule }) => [String(count), code, rule ?? ""]),
      paint,
    ),
    formatTable(
      "Bodies that went on unread",
      ["requests", "code"],
      unreadable.map(({ count, code }) => [String(count), code]),
      paint,
    ),
    formatTable(
      "Report mode: refusals that would be",
      ["requests", "of them refused anyway", "policy", "code", "rule"],
      wouldRefuse.map(({ count, refusedAnyway, policy, code, rule }) => [
        String(count),
        String(refusedAnyway),
        policy ?? "",
        code,
        rule ?? "",
      ]),
      paint,
    ),
    formatTable(
      "Report mode: values that would be protected",
      ["values", "policy"],
      wouldProtect.map(({ count, policy }) => [String(count), policy ?? "(rules in report mode)"]),
      paint,
    ),
    formatTable(
      "Report mode: findings in fields outside the policy",
      ["values", "policy", "field", "detector"],
      outside.map(({ count, policy, path, detector }) => [String(count), policy ?? "", path, detector]),
      paint,
    ),
    outsideMore === 0 ? "" : `and ${outsideMore} in further fields, which the log lines had no room to name`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function formatTable(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  if (rows.length === 0) return "";
  // A column in which nothing stands says nothing.
  const used = heads.map((_, column) => rows.some((row) => row[column] !== ""));
  const cells = [heads, ...rows].map((row) => row.filter((_, column) => used[column]).map(showPlainly));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const [head = "", ...body] = lines;
  return [paint.bold(title), `  ${paint.faint(head)}`, ...body.map((line) => `  ${line}`)].join("\n");
}

/** A log can hold anything under these names: no control character of it reaches a terminal. */
function showPlainly(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, "?");
}
