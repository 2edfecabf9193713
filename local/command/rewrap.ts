/** `fieldseal rewrap`: stored tokens move to another recipient, and nobody sees a value. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { FieldsealError } from "../../core/errors.ts";
import { cutPieces, decodeText, type RecordFormat } from "../../core/record-piece.ts";
import type { Reader, ReadableRecipient } from "../../core/reader.ts";
import { rewrapText, type RewrappedText } from "../../core/rewrapping.ts";
import { isRecord } from "../../core/shape.ts";
import { changeObject } from "../../decryptor/object-text.ts";
import type { Command, Terminal } from "./command.ts";
import { type DocumentType, findDocumentType, typeHelp } from "./document-type.ts";
import { resolveArgument } from "./paths.ts";
import { openResumable } from "./resumable-file.ts";
import { type MovingKeys, openMovingKeys } from "./rewrap-keys.ts";
import { readReader } from "./restore-reader.ts";

export const rewrap: Command = {
  name: "rewrap",
  summary: "move stored tokens to another recipient, without opening their values",
  help: `[FILE…] --from ID --to ID [WHOSE TOKENS] [OPTION…]

Replaces the tokens of one recipient by tokens of another. Direct tokens are encrypted anew by KMS (ReEncrypt), and their plaintext
does not leave it; of sealed ones only the content key is, once for all tokens that share it. Every other byte stays, and so do
tokens of other recipients: files that were done may be done again. A direct token is refused where the new key is smaller
than its own. The caller needs kms:ReEncryptFrom, kms:ReEncryptTo and kms:DescribeKey.

Whose tokens:
  --reader FILE      a reader's configuration
  --policy FILE      the recipients of a policy
  --data DIR         the policy and the keys of the data folder of \`npm start\`, instead of AWS KMS
Options:
  ${typeHelp}
  --out PATH         a file, or for several files a folder; without files, standard input goes to standard output
  --resume           goes on where an earlier run over the same files stopped
  --keep             leaves tokens that cannot be moved where they are, instead of failing
  --rate N           calls to KMS a second, 500 unless told otherwise: the account's quota is one for everybody
  --json             the report as JSON

NDJSON, CSV and text are read and written piece by piece. Files that are compressed with gzip come out compressed, and are begun
again where they stopped.

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
        rate: { type: "string" },
        resume: { type: "boolean" },
        keep: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const rate = Number(values.rate ?? "500");
    if (!Number.isInteger(rate) || rate < 1 || rate > 100_000) throw new TypeError("--rate is a whole number of calls a second.");
    const reader = await readReader(values, terminal);
    const from = requireRecipient(reader, values.from, "--from");
    const to = requireRecipient(reader, values.to, "--to");
    if (from.id === to.id) throw new TypeError("--from and --to are one recipient.");
    const files = positionals.filter((file) => file !== "-");
    if (files.length > 0 && values.out === undefined) throw new TypeError("Name where the files go with --out.");
    if (files.length === 0 && (values.resume === true || values.out !== undefined)) throw new TypeError("--out and --resume are for files.");
    const keys = await openMovingKeys(from, to, { data: values.data, callsPerSecond: rate });
    const work: Work = { reader, from, to, keys, onFailure: values.keep === true ? "keep" : "fail", terminal };
    const counts = { ...nothing };
    try {
      if (files.length === 0) {
        const type = findDocumentType(values.type, "-");
        for await (const piece of rewrapPieces(terminal.readPieces(), type, work, counts)) await terminal.writePiece(piece.body);
      }
      for (const file of files) {
        const out = await findOut(values.out ?? "", file, files.length);
        add(counts, await rewrapFile(file, out, findDocumentType(values.type, file.replace(/\.gz$/, "")), values.resume === true, work));
      }
    } finally {
      await keys.close();
    }
    const report = { files: files.length, ...counts, kmsCalls: keys.countCalls() };
    const text = `${counts.direct} direct and ${counts.sealed} sealed token(s) moved to ${to.id} with ${report.kmsCalls} call(s) to KMS, ${counts.left} of other recipients left, ${counts.failed} failed`;
    terminal.tell(values.json === true ? JSON.stringify(report) : text);
    return counts.failed > 0 ? 1 : 0;
  },
};

interface Counts {
  direct: number;
  sealed: number;
  left: number;
  failed: number;
}

const nothing: Counts = { direct: 0, sealed: 0, left: 0, failed: 0 };

function add(counts: Counts, more: Counts): void {
  for (const name of ["direct", "sealed", "left", "failed"] as const) counts[name] += more[name];
}

function parseCounts(value: unknown): Counts | undefined {
  if (!isRecord(value)) return undefined;
  const { direct, sealed, left, failed } = value;
  const numbers = typeof direct === "number" && typeof sealed === "number" && typeof left === "number" && typeof failed === "number";
  return numbers ? { direct, sealed, left, failed } : undefined;
}

interface Work {
  readonly reader: Reader;
  readonly from: ReadableRecipient;
  readonly to: ReadableRecipient;
  readonly keys: MovingKeys;
  readonly onFailure: "fail" | "keep";
  readonly terminal: Terminal;
}

function requireRecipient({ recipients }: Reader, id: string | undefined, option: string): ReadableRecipient {
  const found = recipients.find((recipient) => recipient.id === id);
  if (found === undefined) throw new TypeError(`${option} is one of ${recipients.map((recipient) => recipient.id).join(", ")}.`);
  return found;
}

async function findOut(out: string, file: string, files: number): Promise<string> {
  const path = resolveArgument(out);
  const isFolder = await stat(path).then((found) => found.isDirectory(), () => false);
  if (!isFolder && files > 1) throw new TypeError("For several files, --out is a folder.");
  const target = isFolder ? join(path, basename(file)) : path;
  if (target === resolveArgument(file)) throw new TypeError(`${file} would be written over itself.`);
  return target;
}

/** A piece of a document with its tokens moved, and how many octets of the document it was. */
interface Piece {
  readonly body: Buffer;
  readonly octets: number;
}

function recordFormatOf(type: DocumentType | undefined): RecordFormat | "whole" {
  if (type === undefined) return "text";
  if (type.format === "ndjson") return "lines";
  return type.format === "csv" || type.format === "text" ? type.format : "whole";
}

async function* rewrapPieces(bytes: AsyncIterable<Uint8Array>, type: DocumentType | undefined, work: Work, counts: Counts): AsyncGenerator<Piece> {
  const format = recordFormatOf(type);
  if (format === "whole") {
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    const body = Buffer.concat(pieces);
    yield { body: (await rewrapOne(body, type?.contentType, work, counts)).body, octets: body.length };
    return;
  }
  for await (const text of cutPieces(decodeText(bytes), { format, recipients: work.reader.recipients })) {
    const body = Buffer.from(text, "utf8");
    yield { body: (await rewrapOne(body, type?.contentType, work, counts)).body, octets: body.length };
  }
}

async function rewrapOne(body: Buffer, contentType: string | undefined, { reader, from, to, keys, onFailure }: Work, counts: Counts): Promise<RewrappedText> {
  const moved = await rewrapText({ body, contentType, onFailure }, reader, { from, to, modulusOctets: keys.modulusOctets, move: keys.move });
  add(counts, { ...moved, failed: moved.failed.length });
  return moved;
}

async function rewrapFile(file: string, out: string, type: DocumentType | undefined, resume: boolean, work: Work): Promise<Counts> {
  const path = resolveArgument(file);
  const compressed = file.endsWith(".gz");
  const settings = JSON.stringify([work.from, work.to, type, work.onFailure]);
  const target = await openResumable(out, { source: path, settings, resume: resume && !compressed }, parseCounts);
  const counts = { ...(target.progress?.counts ?? nothing) };
  let source = target.progress?.source ?? 0;
  let made = target.progress?.made ?? 0;
  try {
    const bytes = readFrom(path, source);
    const pieces = compressed ? rewrapCompressed(bytes, basename(file), type, work, counts) : rewrapPieces(bytes, type, work, counts);
    for await (const { body, octets } of pieces) {
      source += octets;
      made += body.length;
      await target.add(body, { source, made, counts });
      work.terminal.showProgress(`rewrap: ${file}, ${(source / 1e6).toFixed(1)} MB, ${counts.direct + counts.sealed} tokens`);
    }
  } catch (error) {
    await target.close();
    if (error instanceof FieldsealError && error.facts.offset !== undefined) {
      throw new FieldsealError(error.code, { ...error.facts, reason: `${file}, behind octet ${source}.` });
    }
    throw error;
  }
  await target.finish();
  return counts;
}

async function* readFrom(path: string, start: number): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path, { start, highWaterMark: 1 << 18 })) yield Buffer.from(piece);
  } catch {
    throw new FieldsealError("request_invalid", { reason: `The file ${path} cannot be read.` });
  }
}

async function* rewrapCompressed(bytes: AsyncIterable<Uint8Array>, name: string, type: DocumentType | undefined, work: Work, counts: Counts): AsyncGenerator<Piece> {
  const object = { bytes, contentType: type?.contentType, contentEncoding: undefined };
  const changed = await changeObject(object, name, work.reader.recipients, async (body, contentType) => (await rewrapOne(body, contentType, work, counts)).body);
  for await (const body of changed.bytes) yield { body: Buffer.from(body), octets: 0 };
}
