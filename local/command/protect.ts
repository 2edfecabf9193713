/** `fieldseal protect`: replaces the sensitive values of a document with tokens. */
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
  summary: "replace the sensitive values of a file with tokens, as the edge function does in a body",
  help: `[FILE] --policy FILE --path PATH [OPTION…]

Protects a document as the body of a request to PATH. Without FILE, or with -, it reads standard input. It refuses what
the edge function refuses, except for CloudFront's limits on size. NDJSON, CSV and text may be larger than memory: they
are read and written in chunks.

  --policy FILE      the policy
  --path PATH        the path of the request, which chooses the rules
  --method METHOD    the method of the request; default: POST
  ${typeHelp}
  --out FILE         write to this file, completely or not at all; default: standard output
  --json             print the number of tokens as JSON, to standard error

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
    if (policyFile === undefined || path === undefined) throw new TypeError("--policy and --path are required.");
    if (!path.startsWith("/")) throw new TypeError("--path must begin with a slash.");
    const type = findDocumentType(values.type, file);
    if (type === undefined) throw new TypeError(`The extension of ${file} names no type. Add --type.`);
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
