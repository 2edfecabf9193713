/** `fieldseal usage`: which recipients decryptors still open, so that an old key can be retired. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { readInput } from "./input-file.ts";
import { createUsageReader, type Usage } from "./usage-summary.ts";

export const usage: Command = {
  name: "usage",
  summary: "say which recipients decryptors still open, from their audit lines",
  help: `[LOGFILE…] [--since TIME] [--retire ID] [--json]

Reads the audit lines of decryptors, from standard input where no file or - is named, alone or as log services export them, and
adds up for each recipient: tokens opened and withheld, by which readers, first and last time.

  --since TIME       leaves out calls before a time, as ISO 8601: 2026-10-01
  --retire ID        asks whether a recipient's key can be retired: exit code 1 where it was opened
  --json             the same as JSON

Exit code: 1 where there was no audit line.

  aws logs filter-log-events --log-group-name /aws/lambda/fieldseal-billing --output json | fieldseal usage --retire 01`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { since: { type: "string" }, retire: { type: "string" }, json: { type: "boolean" } },
    });
    if (values.since !== undefined && Number.isNaN(Date.parse(values.since))) throw new TypeError("--since is a time as ISO 8601.");
    const reader = createUsageReader(values.since === undefined ? undefined : new Date(values.since).toISOString());
    for (const file of positionals.length === 0 ? ["-"] : positionals) {
      const source = Readable.from(readInput(file, terminal, (progress) => `usage: ${progress}`));
      const input = file.endsWith(".gz") ? source.pipe(createGunzip()) : source;
      for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) reader.read(line);
    }
    const summary = reader.summarize();
    terminal.write(values.json === true ? `${JSON.stringify(summary, null, 2)}\n` : formatUsage(summary));
    if (summary.calls === 0) return 1;
    return summary.recipients.some(({ recipient, opened }) => recipient === values.retire && opened > 0) ? 1 : 0;
  },
};

function formatUsage({ calls, otherLines, recipients }: Usage): string {
  const rows = [["recipient", "opened", "withheld", "first", "last", "readers"]];
  for (const { recipient, opened, withheld, first = "-", last = "-", readers } of recipients) {
    rows.push([recipient, String(opened), String(withheld), first, last, Object.entries(readers).map(([reader, count]) => `${reader} ${count}`).join(", ")]);
  }
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
  return `${calls} call(s), ${otherLines} other line(s)\n\n${lines.join("\n")}\n`;
}
