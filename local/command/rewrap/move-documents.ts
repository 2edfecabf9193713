/** Moves the tokens of documents one by one, and counts them. */
import { stat } from "node:fs/promises";
import type { ReadableRecipient, Reader } from "../../../core/decrypt/reader/reader.ts";
import { isTokenFault, rewrapText } from "../../../core/decrypt/rewrap-text.ts";
import { type ErrorCode, FieldsealError } from "../../../core/errors.ts";
import type { Terminal } from "../command.ts";
import type { DocumentType } from "../document-type.ts";
import type { ReleaseLock } from "../files/file-lock.ts";
import { formatProgress, readFileFrom } from "../files/input-file.ts";
import { openResumable, type ResumableFile } from "../files/resumable-file.ts";
import type { MovingKeys } from "../kms/moving-keys.ts";
import { type MovedChunk, type MoveText, moveDocument, type StoredDocument } from "../rewrapped-document.ts";
import { type Job, lockOutput } from "./jobs.ts";
import { addFailure, addMoved, nothingDone, parseTally, type Tally } from "./tally.ts";

/** The settings that all documents of a run share. */
export interface Work {
  readonly reader: Reader;
  readonly from: ReadableRecipient;
  readonly to: ReadableRecipient;
  readonly keys: MovingKeys;
  readonly onFailure: "fail" | "keep";
  readonly resume: boolean;
  readonly terminal: Terminal;
  /** Releases the locks of the output files. The run holds them until it ends. */
  readonly locks: ReleaseLock[];
}

/** A document, and the counts of its tokens so far. */
export interface Done {
  /** The file as the argument names it, or `-`. */
  readonly file: string;
  tally: Tally;
}

/** Moves the tokens of standard input to standard output. */
export async function moveStream(type: DocumentType | undefined, work: Work, done: Done[]): Promise<void> {
  const { reader, terminal } = work;
  const own: Done = { file: "-", tally: nothingDone };
  done.push(own);
  let at = 0;
  const read = (): AsyncIterable<Uint8Array> => countBytes(terminal.readChunks(), (byteCount) => (at = byteCount));
  for await (const { bytes } of moveChunks({ type, recipients: reader.recipients, read }, 0, own, work)) {
    await terminal.writeChunk(bytes);
    showProgress(own, at, undefined, terminal);
  }
}

function showProgress({ file, tally }: Done, byteCount: number, size: number | undefined, terminal: Terminal): void {
  const progress = formatProgress(byteCount, size);
  terminal.showProgress(`rewrap: ${file}, ${progress}, ${tally.direct + tally.sealed} tokens`);
}

/** The output of a document in chunks. Adds the document's name and the place to errors. */
async function* moveChunks(document: StoredDocument, start: number, own: Done, work: Work): AsyncGenerator<MovedChunk> {
  let source = start;
  try {
    for await (const chunk of moveDocument(document, start, createMove(own, work))) {
      ({ source } = chunk);
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.facts.reason !== undefined) throw error;
    const hint = isOfFormat(error.code) ? " To read it as text, add --type text." : "";
    throw new FieldsealError(error.code, { reason: `In ${own.file}, after byte ${source}.${hint}` });
  }
}

function isOfFormat(code: ErrorCode): boolean {
  return code === "body_malformed" || code === "body_ambiguous" || code === "too_deep";
}

/**
 * Moves the tokens of a file, from where an earlier run stopped if the run resumes it. Then the output file has its
 * name; the record of its progress stays until `forget`. Throws `request_invalid` for files that cannot be read or
 * written, and errors of the document, with its name and the place.
 */
export async function moveFile(
  { file, path, out, type }: Job,
  work: Work,
  done: Done[],
): Promise<ResumableFile<Tally>> {
  const { reader, from, to, resume, terminal, locks } = work;
  locks.push(await lockOutput(out));
  const settings = JSON.stringify([from.id, to.id, reader.recipients, type]);
  const target = await openResumable(out, { source: path, settings, resume }, parseTally);
  const own: Done = { file, tally: target.progress?.counts ?? nothingDone };
  done.push(own);
  try {
    let { source, made } = target.progress ?? { source: 0, made: 0 };
    const { size } = await stat(path);
    let at = 0;
    const read = (start: number): AsyncIterable<Uint8Array> =>
      countBytes(readFileFrom(path, start), (byteCount) => (at = start + byteCount));
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
        reason: `In ${own.file}, at byte ${start + offset}. To leave such tokens unchanged, add --keep.`,
      });
    }
  };
}

/** The same bytes. Calls `tell` before each chunk with the bytes up to its end. */
async function* countBytes(
  bytes: AsyncIterable<Uint8Array>,
  tell: (byteCount: number) => void,
): AsyncGenerator<Uint8Array> {
  let byteCount = 0;
  for await (const chunk of bytes) {
    byteCount += chunk.length;
    tell(byteCount);
    yield chunk;
  }
}
