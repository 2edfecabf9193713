/** `fieldseal usage`: shows which recipients decryptors still open, before an old key is retired. */
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
  summary: "show from audit lines which recipients decryptors still open",
  help: `[LOGFILE…] [--since TIME] [--retire ID] [--json]

Adds up the audit lines of decryptors, plain, as log services export them, or compressed with gzip. Shows for each
recipient how many tokens KMS was asked to open and how many were withheld, by which readers, and the first and last
time. It counts other lines as such. Without LOGFILE, or with -, it reads standard input.

  --since TIME       leave out calls before this time, in ISO 8601: 2026-10-01
  --retire ID        check that a recipient's key can be retired: nobody opened its tokens
  --json             print JSON

Exit code: 1 if there is no audit line. With --retire also 1 if the recipient was opened, or if an audit line cannot be
read.

  ${example}`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { since: { type: "string" }, retire: { type: "string" }, json: { type: "boolean" } },
    });
    if (values.since !== undefined && Number.isNaN(Date.parse(values.since)))
      throw new TypeError("--since must be a time in ISO 8601, such as 2026-10-01.");
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
    return say(false, `is still in use: ${readers} opened ${found.opened} token(s), the last ${time}.`);
  }
  if (unreadable > 0) return say(false, `may still be in use: ${unreadable} audit line(s) cannot be read.`);
  if (calls + earlierCalls === 0) return say(false, "may still be in use: there is no audit line.");
  const period = first === undefined || last === undefined ? "" : ` from ${first} to ${last}`;
  return say(true, `can be retired: ${calls} call(s)${period} did not open it.`);
}

function formatUsage({ calls, earlierCalls, unreadable, otherLines, recipients }: Usage): string {
  const rows = [["recipient", "opened", "withheld", "first", "last", "readers"]];
  for (const { recipient, opened, withheld, first = "-", last = "-", readers } of recipients) {
    const named = Object.entries(readers).map(([reader, own]) => `${reader} ${own.opened} (last ${own.last ?? "-"})`);
    rows.push([recipient, String(opened), String(withheld), first, last, named.join(", ")]);
  }
  const left = [
    earlierCalls > 0 ? `, ${earlierCalls} earlier` : "",
    unreadable > 0 ? `, ${unreadable} unreadable` : "",
  ].join("");
  return `${calls} call(s)${left}, ${otherLines} other line(s)\n\n${alignColumns(rows).join("\n")}\n`;
}
