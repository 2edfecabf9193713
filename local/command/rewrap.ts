/** `fieldseal rewrap`: moves stored tokens to another recipient without opening their values. */
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

Replaces the tokens of one recipient with tokens of another. KMS encrypts direct tokens anew (ReEncrypt), and their
plaintext does not leave KMS. Of sealed tokens it encrypts only the content key anew, once for all tokens that share it.
All other bytes stay, and so do tokens of other recipients, so a second run over a file does no harm. A direct token
cannot move to a smaller key. The caller needs kms:ReEncryptFrom and kms:ReEncryptTo, and with --reader also
kms:DescribeKey.

Whose tokens:
  --policy FILE      the recipients of a policy
  --reader FILE      a reader's configuration
  --data DIR         the policy and keys in the data folder of \`npm start\`, instead of AWS KMS
Options:
  ${typeHelp}
  --out PATH         the output file, or a folder for several files; without FILE, standard input goes to standard
                     output
  --resume           continue an earlier run over the same files where it stopped
  --keep             leave tokens that cannot be moved unchanged, instead of failing
  --calls-per-second N
                     limit on calls to KMS, whose quota the whole account shares; default: 500
  --json             print the report as JSON, to standard error

NDJSON, CSV and text are read and written in chunks. Other formats are read as a whole, up to 256 MB. The output is
compressed with gzip if the input is. A run that stops leaves FILE.partial and FILE.progress beside each unfinished
output, for --resume. FILE.lock keeps a second run from writing the same output. If a run was killed, delete its
FILE.lock before you start another.

Exit code: 1 if a token could not be moved, also with --keep.

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
    if (from.id === to.id) throw new TypeError("--from and --to must name different recipients.");
    const isStream = positionals.length === 0 || (positionals.length === 1 && positionals[0] === "-");
    if (isStream && (values.resume === true || values.out !== undefined))
      throw new TypeError("--out and --resume do not apply to standard input. Name a file.");
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
      // Until all files are done, a later run must see which ones are.
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
    throw new TypeError("--calls-per-second must be a whole number from 1 to 100,000.");
  return count;
}

function requireRecipient({ recipients }: Reader, id: string | undefined, option: string): ReadableRecipient {
  const found = recipients.find((recipient) => recipient.id === id);
  if (found === undefined)
    throw new TypeError(`${option} must be one of ${recipients.map((recipient) => recipient.id).join(", ")}.`);
  return found;
}

/** Bytes of the modulus of a recipient's public key; `undefined` if no policy gives the key. */
function measureEmbedded(options: ReaderOptions, { id }: ReadableRecipient): number | undefined {
  if (options.reader !== undefined) return undefined;
  const recipient = readRecipients(options).find((each) => each.id === id);
  return recipient === undefined ? undefined : createRecipient(recipient, recipient.publicKeyPem).modulusBytes;
}

/** The facts of the whole run in a report. */
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
