/** `fieldseal explain`: shows what a policy protects in sample requests, and why. */
import { parseArgs } from "node:util";
import { allModules } from "../../core/policy/all-modules.ts";
import { type CompiledPolicy, loadPolicy } from "../../core/policy/policy.ts";
import { readPolicy, readSampleArguments, sampleHelp, sampleOptions } from "./arguments.ts";
import type { Command, Paint } from "./command.ts";
import { type Explanation, explainRequest, type Refusal } from "./explanation.ts";
import type { Field, Taking } from "./field.ts";
import { foldByPath } from "./folding.ts";
import { formatJson } from "./json-text.ts";
import type { Sample } from "./samples/sample.ts";

/** The command `explain`. */
export const explain: Command = {
  name: "explain",
  summary: "show which values of sample requests a policy protects and why, and what stays in clear",
  help: `POLICY SAMPLE… [--json]

Shows every value of the requests: the rule, and the selector or detector, that protects it, the kind of token that
replaces it, or why it stays in clear. It masks values, and names that look like values.

${sampleHelp}
  --json             print JSON

Exit code: 1 if the policy is not valid or a sample cannot be read; else 0, also if the policy refuses a request.

  fieldseal explain policy.json people.har
  fieldseal explain policy.json --path /people --header 'content-type: application/json' --body people.json`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...sampleOptions, json: { type: "boolean" } },
    });
    const [file, ...samples] = positionals;
    if (file === undefined) throw new TypeError("Expected a policy file.");
    const policy = readPolicy(file);
    const explained = (await readSampleArguments(samples, values, terminal)).map((sample) =>
      explainSample(policy, sample),
    );
    terminal.write(
      values.json === true
        ? formatJson({ samples: explained.map(toJson) })
        : `${explained.map((each) => formatSample(each, terminal.paint)).join("\n\n")}\n`,
    );
    return 0;
  },
};

interface ExplainedSample {
  readonly sample: Sample;
  readonly explanation: Explanation;
  /** What would happen if rules in report mode were enforced; `undefined` if the policy has none. */
  readonly reporting: Explanation | undefined;
}

function explainSample(policy: CompiledPolicy, sample: Sample): ExplainedSample {
  const reporting = policy.rules.some(({ mode }) => mode === "report");
  return {
    sample,
    explanation: explainRequest(loadPolicy(policy, allModules), sample.request),
    reporting: reporting ? explainRequest(loadPolicy(policy, allModules, "all"), sample.request) : undefined,
  };
}

function toJson({ sample, explanation, reporting }: ExplainedSample): object {
  const write = ({ fields, ...facts }: Explanation): object => ({
    ...facts,
    fields: fields.map(({ start: _start, end: _end, source: _source, takenBy, ...field }) => ({
      ...field,
      mask: maskOf(field),
      takenBy: takenBy.map(({ start: _from, end: _to, ...taking }) => ({ ...taking, why: whyTaken(taking) })),
    })),
  });
  return {
    sample: sample.name,
    method: showMethod(sample),
    ...write(explanation),
    ...(reporting === undefined ? {} : { ifEnforced: write(reporting) }),
  };
}

/** `*` for an unusual method, since a client can put any text there. */
function showMethod({ request }: Sample): string {
  return /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT)$/.test(request.method) ? request.method : "*";
}

const longestMask = 12;

/** A dot for each character of a value, 12 at most; three if its length is secret. */
export function maskOf({ length }: Pick<Field, "length">): string {
  return "•".repeat(length === undefined ? 3 : Math.min(length, longestMask));
}

function whyTaken({ by, selector, extent, also }: Omit<Taking, "start" | "end">): string {
  const found = by === "detector" ? `detector ${selector} matches it` : `selector ${selector} selects it`;
  const how = {
    whole: found,
    part: `${found}, but only a part`,
    within: `${by} ${selector} takes a larger value that holds it`,
  }[extent];
  return also.length === 0 ? how : `${how}; also matched by ${also.join(", ")}`;
}

function formatSample({ sample, explanation, reporting }: ExplainedSample, paint: Paint): string {
  const lines = [
    `${paint.bold(sample.name)}: ${showMethod(sample)}, ${formatOutcome(explanation, paint)}`,
    ...formatFields(explanation.fields, paint),
  ];
  if (reporting === undefined) return lines.join("\n");
  return [
    ...lines,
    `  ${paint.bold("if rules in report mode were enforced")}: ${formatOutcome(reporting, paint)}`,
    ...formatFields(
      reporting.fields.filter(({ takenBy }) => takenBy.length > 0),
      paint,
    ),
  ].join("\n");
}

function formatOutcome({ outcome, rules, refusal, unreadable }: Explanation, paint: Paint): string {
  const covered = rules.length === 0 ? "no rule covers it" : `covered by rule ${rules.join(", ")}`;
  if (refusal !== undefined) return `${paint.bad("refused")} ${formatRefusal(refusal)}; ${covered}`;
  const passed = unreadable === undefined ? "" : `; the body cannot be read (${unreadable})`;
  const fate = outcome === "protected" ? paint.good(outcome) : paint.bad(`${outcome}, all in clear`);
  return `${fate}; ${covered}${passed}`;
}

function formatRefusal({ status, code, reason, rule, offset }: Refusal): string {
  const where = [rule === undefined ? "" : `, rule ${rule}`, offset === undefined ? "" : `, offset ${offset}`].join("");
  return `with ${status} ${code}${where}: ${reason}`;
}

function formatFields(fields: readonly Field[], paint: Paint): readonly string[] {
  const rows = foldByPath(fields, identifyFate).map(formatRow);
  const width = (column: "place" | "path" | "value"): number => Math.max(0, ...rows.map((row) => row[column].length));
  const [places, paths, values] = [width("place"), Math.min(width("path"), 60), width("value")];
  return rows.map(({ place, path, value, fate, isTaken }) => {
    const head = `  ${place.padEnd(places)}  ${path.padEnd(paths)}  ${paint.faint(value.padEnd(values))}`;
    return `${head}  ${isTaken ? paint.good(fate) : paint.bad(fate)}`.trimEnd();
  });
}

/** Fields that share this are one row. */
function identifyFate({ place, path, kind, takenBy, clear }: Field): string {
  return JSON.stringify([place, path, kind, takenBy.map(({ start: _start, end: _end, ...taking }) => taking), clear]);
}

interface Row {
  readonly place: string;
  readonly path: string;
  readonly value: string;
  readonly fate: string;
  readonly isTaken: boolean;
}

function formatRow([field, ...others]: readonly [Field, ...Field[]]): Row {
  const { place, path, kind, takenBy, clear } = field;
  const length = others.every((other) => other.length === field.length) ? field.length : undefined;
  const fates = takenBy.map(
    (taking) => `${taking.token} token for ${taking.recipient}: rule ${taking.rule}, ${whyTaken(taking)}`,
  );
  return {
    place,
    path: others.length === 0 ? path : `${path} (${others.length + 1}×)`,
    value: `${kind}${length === undefined ? "" : ` of ${length}`} ${maskOf({ length })}`,
    fate: fates.length > 0 ? fates.join("; ") : clear === undefined ? "" : `in clear: ${clear}`,
    isTaken: fates.length > 0,
  };
}
