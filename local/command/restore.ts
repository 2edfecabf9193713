/** `fieldseal restore`: replaces the tokens of a document by their values. */
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
  summary: "put the values back into a file with tokens, with AWS KMS or with local keys",
  help: `[FILE] [WHOSE TOKENS] [WHICH KEYS] [OPTION…]

Restores a document, from standard input where no FILE or - is named, as the decryptor does. NDJSON, CSV and text are
read and written piece by piece, so that they may be larger than memory. What is compressed with gzip comes out
compressed.

Whose tokens:
  --reader FILE      a reader's configuration, as the decryptor has it in FIELDSEAL_READER
  --policy FILE      all recipients of a policy
                     without either, the policy of the folder of --data
Which keys:
  --data DIR         those of the data folder of \`npm start\`
  --key [ID=]FILE    a private key in PEM, of one recipient, as often as needed
                     without either, AWS KMS with the credentials that the AWS SDK finds
Options:
  ${typeHelp}
                     where neither tells, what reads as JSON is JSON and anything else text
  --keep             leaves tokens that cannot be opened where they are, instead of failing
  --out FILE         written as a whole or not at all; without it, standard output
  --json             says on standard error, as JSON, what was found

Exit code: 1 where a token could not be opened, also with --keep. Tokens that the reader may not open are no failure.

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
        : `${opened} token(s) opened, ${withheld} of other recipients left, ${failed} failed`,
    );
    return failed > 0 ? 1 : 0;
  },
};
