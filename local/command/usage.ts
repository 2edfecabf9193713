/** `fieldseal usage`: which recipients decryptors still open, so that an old key can be retired. */
import { parseArgs } from "node:util";
import { alignColumns } from "../columns.ts";
import type { Command } from "./command.ts";
import { formatJson } from "./json-text.ts";
import { readLogLines } from "./logs/log-lines.ts";
import { createUsageLog, type Usage } from "./logs/usage-summary.ts";

const example =
  "aws logs filter-log-events --log-group-name /aws/lambda/fieldseal-prod-decryptor --output json" +
  " | fieldseal usage --retire 01";

/** The command `usage`. */
export const usage: Command = {
  name: "usage",
  summary: "say which recipients decryptors still open, from their audit lines",
  help: `[LOGFILE…] [--since TIME] [--retire ID] [--json]

Reads the audit lines of decryptors, from standard input where no file or - is named, alone or as log services export
them, also compressed with gzip, and adds up for each recipient: tokens that KMS was asked to open and tokens withheld,
by which readers, first and last time. Lines of anything else are counted.

  --since TIME       leaves out calls before a time, as ISO 8601: 2026-10-01
  --retire ID        asks whether a recipient's key can be retired: exit code 1 where it was opened
  --json             the same as JSON

Exit code: 1 where there was no audit line, and with --retire where one could not be read.

  ${example}`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { since: { type: "string" }, retire: { type: "string" }, json: { type: "boolean" } },
    });
    if (values.since !== undefined && Number.isNaN(Date.parse(values.since)))
      throw new TypeError("--since is a time as ISO 8601.");
    const log = createUsageLog(values.since === undefined ? undefined : new Date(values.since).toISOString());
    await readLogLines(positionals, "usage", terminal, log.addLine);
    const summary = log.summarize();
    const verdict = values.retire === undefined ? undefined : judge(summary, values.retire);
    if (values.json === true)
      terminal.write(formatJson({ ...summary, ...(verdict === undefined ? {} : { retire: verdict }) }));
    else terminal.write(`${formatUsage(summary)}${verdict === undefined ? "" : `\n${verdict.reason}\n`}`);
    return summary.calls + summary.earlierCalls === 0 || verdict?.can === false ? 1 : 0;
  },
};

interface Verdict {
  readonly recipient: string;
  readonly can: boolean;
  readonly reason: string;
}

function judge({ calls, earlierCalls, unreadable, first, last, recipients }: Usage, recipient: string): Verdict {
  const found = recipients.find((each) => each.recipient === recipient);
  const say = (can: boolean, reason: string): Verdict => ({ recipient, can, reason: `${recipient} ${reason}` });
  if (found !== undefined && found.opened > 0) {
    const readers = Object.keys(found.readers).join(", ");
    const time = found.last ?? "at an unknown time";
    return say(false, `is still opened: ${found.opened} token(s), the last ${time}, by ${readers}.`);
  }
  if (unreadable > 0) return say(false, `may still be opened: ${unreadable} audit line(s) cannot be read.`);
  if (calls + earlierCalls === 0) return say(false, "may still be opened: there is no audit line.");
  const period = first === undefined || last === undefined ? "" : ` from ${first} to ${last}`;
  return say(true, `can be retired: none of ${calls} call(s)${period} opened it.`);
}

function formatUsage({ calls, earlierCalls, unreadable, otherLines, recipients }: Usage): string {
  const rows = [["recipient", "opened", "withheld", "first", "last", "readers"]];
  for (const { recipient, opened, withheld, first = "-", last = "-", readers } of recipients) {
    const named = Object.entries(readers).map(([reader, own]) => `${reader} ${own.opened} (last ${own.last ?? "-"})`);
    rows.push([recipient, String(opened), String(withheld), first, last, named.join(", ")]);
  }
  const left = [
    earlierCalls > 0 ? `, ${earlierCalls} earlier` : "",
    unreadable > 0 ? `, ${unreadable} that cannot be read` : "",
  ].join("");
  return `${calls} call(s)${left}, ${otherLines} other line(s)\n\n${alignColumns(rows).join("\n")}\n`;
}
