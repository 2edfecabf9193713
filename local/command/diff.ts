/** `fieldseal diff`: shows what a new policy changes for sample requests. */
import { parseArgs } from "node:util";
import { allModules } from "../../core/policy/all-modules.ts";
import { loadPolicy } from "../../core/policy/policy.ts";
import { readPolicy, readSampleArguments, sampleHelp, sampleOptions } from "./arguments.ts";
import type { Command, Paint } from "./command.ts";
import { type Change, compareExplanations } from "./comparison.ts";
import { explainRequest } from "./explanation.ts";
import { foldByPath } from "./folding.ts";
import { formatJson } from "./json-text.ts";

/** The command `diff`. */
export const diff: Command = {
  name: "diff",
  summary: "show which fields of sample requests a new policy no longer protects, and what else changes",
  help: `OLD NEW SAMPLE… [--json]

Compares two policies over the same requests. Shows fields that lose or gain protection, or get another recipient or
kind of token, and requests that are refused or accepted only under one policy. Rules in report mode protect nothing.

${sampleHelp}
  --json             print JSON

Exit code: 1 if a value, or a part of one, loses its protection, or if a request that the old policy refused passes
unprotected; else 0.

  fieldseal diff policy.json new-policy.json samples/*.http`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...sampleOptions, json: { type: "boolean" } },
    });
    const [oldFile, newFile, ...files] = positionals;
    if (oldFile === undefined || newFile === undefined) throw new TypeError("Expected two policy files: old and new.");
    const before = loadPolicy(readPolicy(oldFile), allModules);
    const after = loadPolicy(readPolicy(newFile), allModules);
    const samples = await readSampleArguments(files, values, terminal);
    const compared = samples.map(({ name, request }) => ({
      sample: name,
      changes: compareExplanations(explainRequest(before, request), explainRequest(after, request)),
    }));
    const lost = compared.flatMap(({ changes }) => changes).filter(({ kind }) => kind === "lost").length;
    terminal.write(
      values.json === true ? formatJson({ lost, samples: compared }) : formatChanges(compared, lost, terminal.paint),
    );
    return lost > 0 ? 1 : 0;
  },
};

interface Compared {
  readonly sample: string;
  readonly changes: readonly Change[];
}

const titles: Readonly<Record<Change["kind"], string>> = {
  lost: "loses protection",
  gained: "gains protection",
  recipient: "gets another recipient",
  token: "gets another kind of token",
  refused: "is now refused",
  accepted: "is now accepted",
  code: "is refused for another reason",
};

function formatChanges(compared: readonly Compared[], lost: number, paint: Paint): string {
  const lines = compared.flatMap(({ sample, changes }) =>
    changes.length === 0
      ? []
      : [
          paint.bold(sample),
          ...foldByPath(changes, (change) => JSON.stringify(change)).map((group) => `  ${formatChange(group, paint)}`),
        ],
  );
  const summary =
    lost > 0 ? paint.bad(`${lost} field(s) or request(s) lose protection.`) : paint.good("Nothing loses protection.");
  return `${[...lines, `${summary} ${compared.length} sample(s).`].join("\n")}\n`;
}

function formatChange([change, ...others]: readonly [Change, ...Change[]], paint: Paint): string {
  const { kind, place, path = "", before, after } = change;
  const title = kind === "lost" ? paint.bad(titles[kind]) : kind === "gained" ? paint.good(titles[kind]) : titles[kind];
  const count = others.length === 0 ? "" : ` (${others.length + 1}×)`;
  return `${place === undefined ? "the request" : `${place} ${path}${count}`} ${title}: ${before} → ${after}`;
}
