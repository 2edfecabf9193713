/** `fieldseal protect`: replaces the sensitive values of a document by tokens. */
import { parseArgs } from "node:util";
import { allModules } from "../../core/policy/all-modules.ts";
import { loadPolicy } from "../../core/policy/policy.ts";
import { readPolicy, requireOne } from "./arguments.ts";
import type { Command } from "./command.ts";
import { findDocumentType, typeHelp } from "./document-type.ts";
import { readInputChunks } from "./files/input-file.ts";
import { writeOutput } from "./files/output-file.ts";
import { protectDocument } from "./protected-document.ts";

/** The command `protect`. */
export const protect: Command = {
  name: "protect",
  summary: "put tokens into a file, as the edge function does with a request's body",
  help: `[FILE] --policy FILE --path PATH [OPTION…]

Protects a document, from standard input where no FILE or - is named, as the body of a request to PATH. What the edge
function would refuse is refused, but for CloudFront's limits on size. NDJSON, CSV and text are read and written piece
by piece, so that they may be larger than memory.

  --policy FILE      the policy
  --path PATH        chooses the rules, as the path of a request does
  --method METHOD    POST, unless told otherwise
  ${typeHelp}
  --out FILE         written as a whole or not at all; without it, standard output
  --json             says on standard error, as JSON, how many tokens were made

  fieldseal protect people.csv --policy policy.json --path /people --out people.sealed.csv`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policy: { type: "string" },
        path: { type: "string" },
        method: { type: "string", default: "POST" },
        type: { type: "string" },
        out: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const file = positionals.length === 0 ? "-" : requireOne(positionals, "file");
    const { policy: policyFile, path, method } = values;
    if (policyFile === undefined || path === undefined) throw new TypeError("--policy and --path are needed.");
    if (!path.startsWith("/")) throw new TypeError("A path begins with a slash.");
    const type = findDocumentType(values.type, file);
    if (type === undefined) throw new TypeError("The type is not known: say it with --type.");
    const policy = loadPolicy(readPolicy(policyFile), allModules);
    let tokens = 0;
    const bytes = readInputChunks(file, terminal, (progress) => `protect: ${progress}, ${tokens} tokens`);
    await writeOutput(
      values.out,
      async (write) => {
        for await (const chunk of protectDocument(policy, { type, method, path, bytes })) {
          tokens += chunk.tokens;
          await write(chunk.bytes);
        }
      },
      terminal,
    );
    terminal.tell(values.json === true ? JSON.stringify({ tokens }) : `${tokens} token(s) made`);
    return 0;
  },
};
