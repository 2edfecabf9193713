/** `fieldseal restore`: replaces the tokens of a document with their values. */
import { parseArgs } from "node:util";
import { requireOne } from "./arguments.ts";
import type { Command } from "./command.ts";
import { findDocumentType, typeHelp } from "./document-type.ts";
import { readInputChunks } from "./files/input-file.ts";
import { writeOutput } from "./files/output-file.ts";
import { openDecryptingKeys } from "./kms/decrypting-keys.ts";
import { readReader } from "./reader-options.ts";
import { restoreDocument } from "./restored-document.ts";

/** The command `restore`. */
export const restore: Command = {
  name: "restore",
  summary: "replace the tokens of a file with their values, with AWS KMS or local keys",
  help: `[FILE] [WHOSE TOKENS] [WHICH KEYS] [OPTION…]

Restores a document as the decryptor does. Without FILE, or with -, it reads standard input. NDJSON, CSV and text may be
larger than memory: they are read and written in chunks. The output is compressed with gzip if the input is.

Whose tokens:
  --reader FILE      a reader's configuration, as in the decryptor's FIELDSEAL_READER
  --policy FILE      all recipients of a policy
                     default: the policy in the folder of --data
Which keys:
  --data DIR         the keys in the data folder of \`npm start\`
  --key [ID=]FILE    the private key of a recipient, in PEM; may be repeated
                     default: AWS KMS, with the credentials that the AWS SDK finds
Options:
  ${typeHelp}
                     without a known extension: JSON if the file is JSON, else text
  --keep             leave tokens that cannot be opened unchanged, instead of failing
  --out FILE         write to this file, completely or not at all; default: standard output
  --json             print counts of tokens as JSON, to standard error

Exit code: 1 if a token could not be opened, also with --keep. Tokens that the reader may not open do not count.

  fieldseal restore people.sealed.csv --data .fieldseal --out people.csv
  fieldseal restore people.sealed.csv --reader reader.json`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        reader: { type: "string" },
        policy: { type: "string" },
        data: { type: "string" },
        key: { type: "string", multiple: true },
        type: { type: "string" },
        keep: { type: "boolean" },
        out: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const file = positionals.length === 0 ? "-" : requireOne(positionals, "file");
    const type = findDocumentType(values.type, file.replace(/\.gz$/i, ""));
    const reader = await readReader(values, terminal);
    const keys = await openDecryptingKeys(values, reader);
    const counts = { found: 0, opened: 0, withheld: 0, failed: 0 };
    const bytes = readInputChunks(file, terminal, (progress) => `restore: ${progress}, ${counts.opened} tokens`);
    try {
      await writeOutput(
        values.out,
        async (write) => {
          for await (const chunk of restoreDocument(
            reader,
            { type, onFailure: values.keep === true ? "keep" : "fail", bytes },
            keys.decrypt,
          )) {
            counts.found += chunk.found;
            counts.opened += chunk.opened;
            counts.withheld += chunk.withheld.length;
            counts.failed += chunk.failed.length;
            for (const { offset, code } of chunk.failed)
              if (values.json !== true) terminal.tell(`offset ${offset}: ${code}`);
            await write(chunk.body);
          }
        },
        terminal,
      );
    } finally {
      await keys.close();
    }
    const { opened, withheld, failed } = counts;
    terminal.tell(
      values.json === true
        ? JSON.stringify(counts)
        : `${opened} token(s) opened, ${withheld} left because the reader may not open them, ${failed} failed`,
    );
    return failed > 0 ? 1 : 0;
  },
};
