/** `fieldseal rewrap`: moves stored tokens to another recipient, and nobody sees a value. */
import { parseArgs } from "node:util";
import type { ReadableRecipient, Reader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import { createRecipient } from "../../core/token/recipient.ts";
import type { Command } from "./command.ts";
import { findDocumentType, typeHelp } from "./document-type.ts";
import type { ResumableFile } from "./files/resumable-file.ts";
import { openMovingKeys } from "./kms/moving-keys.ts";
import { type ReaderOptions, readReader, readRecipients } from "./reader-options.ts";
import { planJobs } from "./rewrap/jobs.ts";
import { type Done, moveFile, moveStream, type Work } from "./rewrap/move-documents.ts";
import { countFailed, formatTally, sumTallies, type Tally } from "./rewrap/tally.ts";

/** The command `rewrap`. */
export const rewrap: Command = {
  name: "rewrap",
  summary: "move stored tokens to another recipient, without opening their values",
  help: `[FILE…] --from ID --to ID [WHOSE TOKENS] [OPTION…]

Replaces the tokens of one recipient by tokens of another. Direct tokens are encrypted anew by KMS (ReEncrypt), and
their plaintext does not leave it; of sealed ones only the content key is, once for all tokens that share it. Every
other byte stays, and so do tokens of other recipients: files that were done may be done again. A direct token is
refused where the new key is smaller than its own. The caller needs kms:ReEncryptFrom and kms:ReEncryptTo, and with
--reader kms:DescribeKey.

Whose tokens:
  --policy FILE      the recipients of a policy
  --reader FILE      a reader's configuration
  --data DIR         the policy and the keys of the data folder of \`npm start\`, instead of AWS KMS
Options:
  ${typeHelp}
  --out PATH         a file, or for several files a folder; without files, standard input goes to standard output
  --resume           goes on where an earlier run over the same files stopped
  --keep             leaves tokens that cannot be moved where they are, instead of failing
  --calls-per-second N
                     to KMS, 500 unless told otherwise: the account's quota is one for everybody
  --json             the report on standard error as JSON

NDJSON, CSV and text are read and written piece by piece. Other formats are read as a whole, up to 256 MB. What is
compressed with gzip comes out compressed. A run that stops leaves FILE.partial and FILE.progress beside each file that
is not done, for --resume. Of two runs over one file the later one is refused: FILE.lock says which process has it, and
that of a dead process counts for nothing.

Exit code: 1 where a token could not be moved, also with --keep.

  fieldseal rewrap lake/*.ndjson --policy policy.json --from 01 --to 02 --out moved --resume`,
  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        from: { type: "string" },
        to: { type: "string" },
        reader: { type: "string" },
        policy: { type: "string" },
        data: { type: "string" },
        type: { type: "string" },
        out: { type: "string" },
        "calls-per-second": { type: "string" },
        resume: { type: "boolean" },
        keep: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const callsPerSecond = parseCallsPerSecond(values["calls-per-second"]);
    const reader = await readReader(values, terminal);
    const from = requireRecipient(reader, values.from, "--from");
    const to = requireRecipient(reader, values.to, "--to");
    if (from.id === to.id) throw new TypeError("--from and --to are one recipient.");
    const isStream = positionals.length === 0 || (positionals.length === 1 && positionals[0] === "-");
    if (isStream && (values.resume === true || values.out !== undefined))
      throw new TypeError("--out and --resume are for files.");
    const jobs = isStream ? [] : await planJobs(positionals, values.out, values.type);
    const streamType = findDocumentType(values.type, "-");
    const modulusBytes = measureEmbedded(values, to);
    const keys = await openMovingKeys(from, to, { data: values.data, callsPerSecond, modulusBytes });
    const onFailure = values.keep === true ? "keep" : "fail";
    const work: Work = { reader, from, to, keys, onFailure, resume: values.resume === true, terminal, locks: [] };
    const done: Done[] = [];
    const report = (stopped?: FieldsealError): void => {
      const facts = { from: from.id, to: to.id, kmsCalls: keys.countCalls() };
      terminal.tell(values.json === true ? formatJson(done, facts, stopped) : formatText(done, facts));
    };
    const releaseLocks = (): void => work.locks.forEach((release) => release());
    // Ctrl-C ends the process without the `finally` below.
    process.once("exit", releaseLocks);
    try {
      if (isStream) await moveStream(streamType, work, done);
      const moved: ResumableFile<Tally>[] = [];
      for (const job of jobs) moved.push(await moveFile(job, work, done));
      // Until all of them are done, a later run must find out which are.
      for (const file of moved) await file.forget();
    } catch (error) {
      if (!(error instanceof FieldsealError)) throw error;
      report(error);
      if (values.json !== true) throw error;
      return 1;
    } finally {
      process.off("exit", releaseLocks);
      releaseLocks();
      await keys.close();
    }
    report();
    return done.some(({ tally }) => countFailed(tally) > 0) ? 1 : 0;
  },
};

function parseCallsPerSecond(text = "500"): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new TypeError("--calls-per-second is a whole number.");
  return count;
}

function requireRecipient({ recipients }: Reader, id: string | undefined, option: string): ReadableRecipient {
  const found = recipients.find((recipient) => recipient.id === id);
  if (found === undefined)
    throw new TypeError(`${option} is one of ${recipients.map((recipient) => recipient.id).join(", ")}.`);
  return found;
}

/** Bytes of the modulus of a recipient's public key, where a policy gives it. */
function measureEmbedded(options: ReaderOptions, { id }: ReadableRecipient): number | undefined {
  if (options.reader !== undefined) return undefined;
  const recipient = readRecipients(options).find((each) => each.id === id);
  return recipient === undefined ? undefined : createRecipient(recipient, recipient.publicKeyPem).modulusBytes;
}

/** What a report says of the whole run. */
interface RunFacts {
  readonly from: string;
  readonly to: string;
  readonly kmsCalls: number;
}

function formatJson(done: readonly Done[], facts: RunFacts, stopped: FieldsealError | undefined): string {
  const { direct, sealed, left, failed } = sumTallies(done.map(({ tally }) => tally));
  const error = stopped === undefined ? {} : { stopped: { code: stopped.code, message: stopped.message } };
  const files = done.map(({ file, tally }) => ({ file, ...tally }));
  return JSON.stringify({ ...facts, direct, sealed, left, failed, ...error, files });
}

function formatText(done: readonly Done[], facts: RunFacts): string {
  const total = sumTallies(done.map(({ tally }) => tally));
  return [...done.flatMap(formatFailures), formatTally(total, facts)].join("\n");
}

function formatFailures({ file, tally }: Done): readonly string[] {
  const more = countFailed(tally) - tally.failures.length;
  const lines = tally.failures.map(({ offset, code }) => `${file}: byte ${offset}: ${code}`);
  return more > 0 ? [...lines, `${file}: ${more} more`] : lines;
}
