/** `fieldseal report`: adds up the log lines of the edge function. */
import { parseArgs } from "node:util";
import { alignColumns } from "../columns.ts";
import type { Command, Paint } from "./command.ts";
import { formatJson } from "./json-text.ts";
import { createEdgeLog, type EdgeSummary } from "./logs/edge-summary.ts";
import { readLogLines } from "./logs/log-lines.ts";

/** The command `report`. */
export const report: Command = {
  name: "report",
  summary: "add up log lines: what rules found, refused, and would have done in report mode",
  help: `[LOGFILE…] [--json]

Adds up the edge function's log lines: matches of each rule by selector or detector, fields outside the policy in which
detectors found something, refusals by code, and refusals that rules in report mode would have made. It counts other
lines as such. Without LOGFILE, or with -, it reads standard input.

Lines may be plain, follow a time or another prefix, come from exports of CloudWatch Logs (JSON, CSV, S3,
subscriptions), and be compressed with gzip.

  --json             print JSON

Exit code: 1 if there is no line of the function.

  aws logs filter-log-events --log-group-name /aws/lambda/us-east-1.fieldseal-prod-edge --output json | fieldseal report
  fieldseal report export/*.gz`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "boolean" } },
    });
    const log = createEdgeLog();
    await readLogLines(positionals, "report", terminal, log.addLine);
    const summary = log.summarize();
    terminal.write(values.json === true ? formatJson(summary) : formatSummary(summary, terminal.paint));
    return summary.requests > 0 ? 0 : 1;
  },
};

function formatSummary(summary: EdgeSummary, paint: Paint): string {
  const { requests, otherLines, from, to, outsideMore } = summary;
  const time = (at: number | undefined): string => (at === undefined ? "" : new Date(at).toISOString());
  const span = from === undefined ? "" : `, ${time(from)} to ${time(to)}`;
  const sections = [
    `${requests} request(s)${span}; ${otherLines} other line(s)`,
    ...listTables(summary).map((table) => formatTable(table, paint)),
    outsideMore === 0 ? "" : `and ${outsideMore} in more fields, which the log lines had no room to name`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

interface Table {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function listTables(summary: EdgeSummary): readonly Table[] {
  return [
    {
      title: "Outcome",
      heads: ["requests", "outcome"],
      rows: summary.outcomes.map(({ count, outcome }) => [String(count), outcome]),
    },
    {
      title: "Matches",
      heads: ["values", "mode", "policy", "rule", "selector or detector"],
      rows: summary.matches.map(({ count, mode, policy = "", rule, selector }) => {
        return [String(count), mode, policy, rule, selector];
      }),
    },
    {
      title: "Refusals",
      heads: ["requests", "code", "rule"],
      rows: summary.refusals.map(({ count, code, rule = "" }) => [String(count), code, rule]),
    },
    {
      title: "Bodies that passed unread",
      heads: ["requests", "code"],
      rows: summary.unreadable.map(({ count, code }) => [String(count), code]),
    },
    {
      title: "Report mode: requests that would be refused",
      heads: ["requests", "also refused", "policy", "code", "rule"],
      rows: summary.wouldRefuse.map(({ count, refusedAnyway, policy = "", code, rule = "" }) => {
        return [String(count), String(refusedAnyway), policy, code, rule];
      }),
    },
    {
      title: "Report mode: values that would be protected",
      heads: ["values", "policy"],
      rows: summary.wouldProtect.map(({ count, policy = "(rules in report mode)" }) => [String(count), policy]),
    },
    {
      title: "Report mode: findings in fields outside the policy",
      heads: ["values", "policy", "field", "detector"],
      rows: summary.outside.map(({ count, policy = "", path, detector }) => [String(count), policy, path, detector]),
    },
  ];
}

/** A table without its empty columns; "" if it has no row. */
function formatTable({ title, heads, rows }: Table, paint: Paint): string {
  if (rows.length === 0) return "";
  const used = heads.map((_, column) => rows.some((row) => row[column] !== ""));
  const cells = [heads, ...rows].map((row) => row.filter((_, column) => used[column]).map(showPlainly));
  const [head = "", ...body] = alignColumns(cells);
  return [paint.bold(title), `  ${paint.faint(head)}`, ...body.map((line) => `  ${line}`)].join("\n");
}

/** A text with `?` for control characters, since a log can hold anything and a terminal obeys them. */
function showPlainly(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, "?");
}
