/** `fieldseal rewrap`: stored tokens move to another recipient, and nobody sees a value. */
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { ReadableRecipient, Reader } from "../../core/decrypt/reader/reader.ts";
import { isTokenFault, rewrapText } from "../../core/decrypt/rewrap-text.ts";
import { type ErrorCode, FieldsealError } from "../../core/errors.ts";
import { createRecipient } from "../../core/token/recipient.ts";
import type { Command, Terminal } from "./command.ts";
import { type DocumentType, findDocumentType, typeHelp } from "./document-type.ts";
import { resolveArgument } from "./files/argument-path.ts";
import { type FileLock, lockFile } from "./files/file-lock.ts";
import { namesBeside, openResumable, type ResumableFile } from "./files/resumable-file.ts";
import { type MovingKeys, openMovingKeys } from "./kms/moving-keys.ts";
import { type ReaderOptions, readReader, readRecipients } from "./reader-options.ts";
import {
  addFailure,
  addMoved,
  countFailed,
  formatTally,
  nothingDone,
  parseTally,
  sumTallies,
  type Tally,
} from "./rewrap/tally.ts";
import { type MovedChunk, type MoveText, moveDocument, type StoredDocument } from "./rewrapped-document.ts";

export const rewrap: Command = {
  name: "rewrap",
  summary: "move stored tokens to another recipient, without opening their values",
  help: `[FILE…] --from ID --to ID [WHOSE TOKENS] [OPTION…]

Replaces the tokens of one recipient by tokens of another. Direct tokens are encrypted anew by KMS (ReEncrypt), and their plaintext
does not leave it; of sealed ones only the content key is, once for all tokens that share it. Every other byte stays, and so do
tokens of other recipients: files that were done may be done again. A direct token is refused where the new key is smaller
than its own. The caller needs kms:ReEncryptFrom and kms:ReEncryptTo, and with --reader kms:DescribeKey.

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

NDJSON, CSV and text are read and written piece by piece. Other formats are read as a whole, up to 256 MB. What is compressed with
gzip comes out compressed. A run that stops nodes FILE.partial and FILE.progress beside each file that is not done, for --resume. Of two
runs over one file the later one is refused: FILE.lock says which process has it, and that of a dead process counts for nothing.

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
    const callsPerSecond = Number(values["calls-per-second"] ?? "500");
    if (!Number.isInteger(callsPerSecond) || callsPerSecond < 1 || callsPerSecond > 100_000)
      throw new TypeError("--calls-per-second is a whole number.");
    const reader = await readReader(values, terminal);
    const from = requireRecipient(reader, values.from, "--from");
    const to = requireRecipient(reader, values.to, "--to");
    if (from.id === to.id) throw new TypeError("--from and --to are one recipient.");
    const isStream = positionals.length === 0 || (positionals.length === 1 && positionals[0] === "-");
    if (isStream && (values.resume === true || values.out !== undefined))
      throw new TypeError("--out and --resume are for files.");
    const jobs = isStream ? [] : await planJobs(positionals, values.out, values.type);
    const streamType = findDocumentType(values.type, "-");
    const keys = await openMovingKeys(from, to, {
      data: values.data,
      callsPerSecond,
      modulusBytes: measureEmbedded(values, to),
    });
    const locks: FileLock[] = [];
    const work: Work = {
      reader,
      from,
      to,
      keys,
      onFailure: values.keep === true ? "keep" : "fail",
      resume: values.resume === true,
      terminal,
      locks,
    };
    const done: Done[] = [];
    const report = (stopped?: FieldsealError): void => {
      const tally = sumTallies(done.map((each) => each.tally));
      const facts = { from: from.id, to: to.id, kmsCalls: keys.countCalls() };
      const { failures, ...counts } = tally;
      const files = done.map(({ file, tally: own }) => ({ file, ...own }));
      const error = stopped === undefined ? {} : { stopped: { code: stopped.code, message: stopped.message } };
      if (values.json === true) terminal.tell(JSON.stringify({ ...facts, ...counts, ...error, files }));
      else terminal.tell([...done.flatMap(formatFailures), formatTally(tally, facts)].join("\n"));
    };
    try {
      if (isStream) await moveStream(streamType, work, done);
      const moved: ResumableFile<Tally>[] = [];
      for (const job of jobs) moved.push(await moveFile(job, work, done));
      // Until all of them are done, the run goes on behind those that are.
      for (const file of moved) await file.forget();
    } catch (error) {
      if (!(error instanceof FieldsealError)) throw error;
      report(error);
      if (values.json !== true) throw error;
      return 1;
    } finally {
      for (const lock of locks) await lock.release();
      await keys.close();
    }
    report();
    return done.some(({ tally }) => countFailed(tally) > 0) ? 1 : 0;
  },
};

interface Work {
  readonly reader: Reader;
  readonly from: ReadableRecipient;
  readonly to: ReadableRecipient;
  readonly keys: MovingKeys;
  readonly onFailure: "fail" | "keep";
  readonly resume: boolean;
  readonly terminal: Terminal;
  /** Of files that this run has begun, until it ends. */
  readonly locks: FileLock[];
}

/** A document, and what was done to it so far. */
interface Done {
  readonly file: string;
  tally: Tally;
}

function formatFailures({ file, tally }: Done): readonly string[] {
  const more = countFailed(tally) - tally.failures.length;
  const lines = tally.failures.map(({ offset, code }) => `${file}: byte ${offset}: ${code}`);
  return more > 0 ? [...lines, `${file}: ${more} more`] : lines;
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

interface Job {
  readonly file: string;
  readonly path: string;
  readonly out: string;
  readonly type: DocumentType | undefined;
}

/**
 * Where each file goes. Throws a TypeError where one would be written over another one of them, or over what comes of
 * it.
 */
async function planJobs(
  files: readonly string[],
  out: string | undefined,
  type: string | undefined,
): Promise<readonly Job[]> {
  if (files.includes("-")) throw new TypeError("Standard input stands alone.");
  if (out === undefined || out === "-")
    throw new TypeError("Name where the files go with --out; standard output is for standard input alone.");
  const target = resolveArgument(out);
  const isFolder = await stat(target).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder && files.length > 1) throw new TypeError("For several files, --out is a folder.");
  const sources = new Set(await Promise.all(files.map((file) => resolveLinks(resolveArgument(file)))));
  const targets = new Set<string>();
  const jobs: Job[] = [];
  for (const file of files) {
    const made = isFolder ? join(target, basename(file)) : target;
    const resolved = await resolveLinks(made);
    if (sources.has(resolved)) throw new TypeError(`${made} is one of the files to read.`);
    if (targets.has(resolved)) throw new TypeError(`Two files would be written to ${made}.`);
    targets.add(resolved);
    jobs.push({
      file,
      path: resolveArgument(file),
      out: made,
      type: findDocumentType(type, file.replace(/\.gz$/i, "")),
    });
  }
  for (const name of jobs.flatMap((job) => [...Object.values(namesBeside(job.out)), lockOf(job.out)])) {
    const resolved = await resolveLinks(name);
    if (sources.has(resolved))
      throw new TypeError(`${name}, which a run writes until it is done, is one of the files to read.`);
    if (targets.has(resolved))
      throw new TypeError(`${name}, which a run writes until it is done, is where another file goes.`);
  }
  return jobs;
}

function lockOf(out: string): string {
  return `${out}.lock`;
}

/** Throws `request_invalid` where another run writes the file. */
async function takeFile(out: string): Promise<FileLock> {
  let lock: FileLock | undefined;
  try {
    lock = await lockFile(lockOf(out));
  } catch (error) {
    throw new FieldsealError("request_invalid", {
      reason: `The file ${out} cannot be written: ${String(Object(error)["code"])}.`,
    });
  }
  if (lock === undefined)
    throw new FieldsealError("request_invalid", {
      reason: `Another run writes ${out}. If there is none, remove ${lockOf(out)}.`,
    });
  return lock;
}

/** The one path of a file, also of one that is not there yet. */
async function resolveLinks(path: string): Promise<string> {
  return await realpath(path).catch(async () =>
    join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path)),
  );
}

async function moveStream(type: DocumentType | undefined, work: Work, done: Done[]): Promise<void> {
  const { reader, terminal } = work;
  const own: Done = { file: "-", tally: nothingDone };
  done.push(own);
  let at = 0;
  const read = (): AsyncIterable<Uint8Array> => count(terminal.readChunks(), (byteCount) => (at = byteCount));
  for await (const { bytes } of moveChunks({ type, recipients: reader.recipients, read }, 0, own, work)) {
    await terminal.writeChunk(bytes);
    showProgress(own, at, undefined, terminal);
  }
}

function showProgress({ file, tally }: Done, byteCount: number, size: number | undefined, terminal: Terminal): void {
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  const all = size === undefined ? "" : ` of ${megabytes(size)}`;
  terminal.showProgress(`rewrap: ${file}, ${megabytes(byteCount)}${all}, ${tally.direct + tally.sealed} tokens`);
}

/** The chunks of a document; what is wrong with it is told with its name and place. */
async function* moveChunks(document: StoredDocument, start: number, own: Done, work: Work): AsyncGenerator<MovedChunk> {
  let source = start;
  try {
    for await (const chunk of moveDocument(document, start, createMove(own, work))) {
      ({ source } = chunk);
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.facts.reason !== undefined) throw error;
    const hint = isOfFormat(error.code) ? " With --type text it is read as text." : "";
    throw new FieldsealError(error.code, { reason: `${own.file}, behind byte ${source}.${hint}` });
  }
}

function isOfFormat(code: ErrorCode): boolean {
  return code === "body_malformed" || code === "body_ambiguous" || code === "too_deep";
}

async function moveFile({ file, path, out, type }: Job, work: Work, done: Done[]): Promise<ResumableFile<Tally>> {
  const { reader, from, to, resume, terminal, locks } = work;
  locks.push(await takeFile(out));
  const settings = JSON.stringify([from.id, to.id, reader.recipients, type]);
  const target = await openResumable(out, { source: path, settings, resume }, parseTally);
  const own: Done = { file, tally: target.progress?.counts ?? nothingDone };
  done.push(own);
  try {
    let { source, made } = target.progress ?? { source: 0, made: 0 };
    const { size } = await stat(path);
    let at = 0;
    const read = (start: number): AsyncIterable<Uint8Array> =>
      count(readFrom(path, start), (byteCount) => (at = start + byteCount));
    const chunks = target.isWhole ? [] : moveChunks({ type, recipients: reader.recipients, read }, source, own, work);
    for await (const chunk of chunks) {
      source = chunk.source;
      made += chunk.bytes.length;
      await target.add(chunk.bytes, { source, made, counts: own.tally });
      showProgress(own, at, size, terminal);
    }
    await target.finish({ source, made, counts: own.tally });
    return target;
  } finally {
    await target.close();
  }
}

function createMove(own: Done, { reader, from, to, keys, onFailure }: Work): MoveText {
  return async (body, contentType, start) => {
    try {
      const moved = await rewrapText({ body, contentType, onFailure }, reader, {
        from,
        to,
        modulusBytes: keys.modulusBytes,
        move: keys.move,
      });
      own.tally = addMoved(own.tally, moved, start);
      return moved.body;
    } catch (error) {
      if (!(error instanceof FieldsealError)) throw error;
      const {
        code,
        facts: { offset },
      } = error;
      if (offset === undefined || !isTokenFault(code)) throw new FieldsealError(code);
      own.tally = addFailure(own.tally, code, start + offset);
      throw new FieldsealError(code, {
        reason: `${own.file}, byte ${start + offset}. --keep leaves such tokens where they are.`,
      });
    }
  };
}

/** The same bytes; `tell` learns how many there were so far. */
async function* count(bytes: AsyncIterable<Uint8Array>, tell: (byteCount: number) => void): AsyncGenerator<Uint8Array> {
  let byteCount = 0;
  for await (const chunk of bytes) {
    byteCount += chunk.length;
    tell(byteCount);
    yield chunk;
  }
}

async function* readFrom(path: string, start: number): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 18 })) yield Buffer.from(chunk);
  } catch {
    throw new FieldsealError("request_invalid", { reason: `The file ${path} cannot be read.` });
  }
}
