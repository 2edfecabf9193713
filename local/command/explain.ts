/** `fieldseal explain`: what a policy takes of sample requests, and why; what stays in clear. */
import { parseArgs } from "node:util";
import { allModules } from "../../core/policy/all-modules.ts";
import { type CompiledPolicy, loadPolicy } from "../../core/policy/policy.ts";
import { readPolicy, readSampleArguments, sampleHelp, sampleOptions } from "./arguments.ts";
import type { Command, Paint } from "./command.ts";
import { type Explanation, explainRequest, type Field, type Refusal, type Taking } from "./explanation.ts";
import type { Sample } from "./samples/sample.ts";

/** The command `explain`. */
export const explain: Command = {
  name: "explain",
  summary: "say what a policy takes of sample requests and why, and what stays in clear",
  help: `POLICY SAMPLE… [--json]

Shows every part of the requests: which rule and which selector or detector takes it, which kind of token it
becomes, and what stays in clear. Values are masked, and so are names that look like values.

${sampleHelp}
  --json             the same as JSON

Exit code: 1 where the policy is wrong or a sample cannot be read. A request that the policy refuses is an
answer, not a failure.

  fieldseal explain policy.json people.har
  fieldseal explain policy.json --path /people --header 'content-type: application/json' --body people.json`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...sampleOptions, json: { type: "boolean" } },
    });
    const [file, ...samples] = positionals;
    if (file === undefined) throw new TypeError("Name a policy file.");
    const policy = readPolicy(file);
    const explained = (await readSampleArguments(samples, values, terminal)).map((sample) =>
      explainSample(policy, sample),
    );
    terminal.write(
      values.json === true
        ? `${JSON.stringify({ samples: explained.map(toJson) }, null, 2)}\n`
        : `${explained.map((each) => formatSample(each, terminal.paint)).join("\n\n")}\n`,
    );
    return 0;
  },
};

interface ExplainedSample {
  readonly sample: Sample;
  readonly explanation: Explanation;
  /** As if rules in report mode were enforced; `undefined` where the policy has none. */
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

/** A method can be any token, so what is none of the usual ones could be anything. */
function showMethod({ request }: Sample): string {
  return /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT)$/.test(request.method) ? request.method : "*";
}

const longestMask = 12;

/** One dot a character, up to a dozen: of the value it tells nothing but that. */
export function maskOf({ length }: Pick<Field, "length">): string {
  return "•".repeat(length === undefined ? 3 : Math.min(length, longestMask));
}

function whyTaken({ by, selector, extent, also }: Omit<Taking, "start" | "end">): string {
  const found = by === "detector" ? `detector ${selector} finds its form` : `selector ${selector} names it`;
  const how = {
    whole: found,
    part: `${found}, in a part of it`,
    within: `it stands within what ${by} ${selector} takes as a whole`,
  }[extent];
  return also.length === 0 ? how : `${how}; so does ${also.join(", ")}`;
}

function formatSample({ sample, explanation, reporting }: ExplainedSample, paint: Paint): string {
  const lines = [
    `${paint.bold(sample.name)}: ${showMethod(sample)}, ${formatOutcome(explanation, paint)}`,
    ...formatFields(explanation.fields, paint),
  ];
  if (reporting === undefined) return lines.join("\n");
  return [
    ...lines,
    `  ${paint.bold("with the rules in report mode")}: ${formatOutcome(reporting, paint)}`,
    ...formatFields(
      reporting.fields.filter(({ takenBy }) => takenBy.length > 0),
      paint,
    ),
  ].join("\n");
}

function formatOutcome({ outcome, rules, refusal, unreadable }: Explanation, paint: Paint): string {
  const covered = rules.length === 0 ? "no rule covers it" : `under rule ${rules.join(", ")}`;
  if (refusal !== undefined) return `${paint.bad("refused")} ${formatRefusal(refusal)}; ${covered}`;
  const passed = unreadable === undefined ? "" : `; its body could not be read (${unreadable})`;
  const fate = outcome === "protected" ? paint.good(outcome) : paint.bad(`${outcome}, all of it in clear`);
  return `${fate}; ${covered}${passed}`;
}

function formatRefusal({ status, code, reason, rule, offset }: Refusal): string {
  const where = [rule === undefined ? "" : `, rule ${rule}`, offset === undefined ? "" : `, offset ${offset}`].join("");
  return `with ${status} ${code}${where}: ${reason}`;
}

interface Row {
  readonly place: string;
  readonly path: string;
  readonly value: string;
  readonly fate: string;
  readonly taken: boolean;
}

function formatFields(fields: readonly Field[], paint: Paint): readonly string[] {
  const rows = foldFields(fields).map(readRow);
  const width = (read: (row: Row) => string): number => Math.max(0, ...rows.map((row) => read(row).length));
  const [places, paths, values] = [width(({ place }) => place), width(({ path }) => path), width(({ value }) => value)];
  return rows.map(({ place, path, value, fate, taken }) => {
    const head = `  ${place.padEnd(places)}  ${path.padEnd(Math.min(paths, 60))}  ${paint.faint(value.padEnd(values))}`;
    return `${head}  ${taken ? paint.good(fate) : paint.bad(fate)}`.trimEnd();
  });
}

interface Folded {
  readonly field: Field;
  readonly count: number;
}

/** Fields that differ in the numbers of their path only, and have one fate, are one row. */
function foldFields(fields: readonly Field[]): readonly Folded[] {
  const groups = new Map<string, { field: Field; count: number }>();
  for (const field of fields) {
    const path = field.path.replace(/\[\d+\]/g, "[*]");
    const fate = field.takenBy.map(({ start: _start, end: _end, ...taking }) => taking);
    const key = JSON.stringify([field.place, path, field.kind, fate, field.clear]);
    const group = groups.get(key);
    groups.set(
      key,
      group === undefined
        ? { field, count: 1 }
        : { field: { ...field, path, length: sameLength(group.field, field) }, count: group.count + 1 },
    );
  }
  return [...groups.values()];
}

function sameLength(a: Field, b: Field): number | undefined {
  return a.length === b.length ? a.length : undefined;
}

function readRow({ field, count }: Folded): Row {
  const { place, path, kind, length, takenBy, clear } = field;
  const fates = takenBy.map(
    (taking) => `${taking.token} token for ${taking.recipient}: rule ${taking.rule}, ${whyTaken(taking)}`,
  );
  const size = length === undefined ? "" : ` of ${length}`;
  return {
    place,
    path: count === 1 ? path : `${path} (${count}×)`,
    value: `${kind}${size} ${maskOf(field)}`,
    fate: fates.length > 0 ? fates.join("; ") : clear === undefined ? "" : `in clear: ${clear}`,
    taken: fates.length > 0,
  };
}
