/** A file that is made from another one chunk by chunk. It gets its name once it is whole; a later run can go on. */
import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { isRecord } from "../../../core/config/config-value.ts";
import { FieldsealError } from "../../../core/errors.ts";

/** How far a file is. */
export interface Progress<T> {
  /** Bytes of the source that are done, as its user counts them: for example behind its compression. */
  readonly source: number;
  /** Bytes that were made of them. */
  readonly made: number;
  /** What the user counts. */
  readonly counts: T;
}

/** A file that is being made. */
export interface ResumableFile<T> {
  /** How far an earlier run came; `undefined` for the beginning. */
  readonly progress: Progress<T> | undefined;
  /** Whether an earlier run made all of it: there is nothing to add then. */
  readonly isWhole: boolean;
  /** Adds a chunk, and remembers how far it is. */
  readonly add: (chunk: Uint8Array, progress: Progress<T>) => Promise<void>;
  /**
   * Gives the file its name, and remembers that it is whole. Throws `request_invalid` where the source changed since it
   * was opened.
   */
  readonly finish: (progress: Progress<T>) => Promise<void>;
  /** After `finish`, or to leave it for another run. */
  readonly close: () => Promise<void>;
  /** Forgets how far it was. */
  readonly forget: () => Promise<void>;
}

/** The paths of the files beside a file until it is whole. */
export function namesBeside(out: string): {
  readonly partial: string;
  readonly journal: string;
  readonly nextJournal: string;
} {
  return { partial: `${out}.partial`, journal: `${out}.progress`, nextJournal: `${out}.progress.new` };
}

/**
 * Opens `out`, which is made from the file `source` and has its permissions. With `resume` it goes on where an earlier
 * run stopped that had the same `settings` and the same source; the work of any other run is thrown away. Throws
 * `request_invalid` for files that cannot be used.
 */
export async function openResumable<T>(
  out: string,
  { source, settings, resume }: { readonly source: string; readonly settings: string; readonly resume: boolean },
  parseCounts: (value: unknown) => T | undefined,
): Promise<ResumableFile<T>> {
  const { partial, journal, nextJournal } = namesBeside(out);
  const { size, mtimeMs, mode } = await describe(source);
  const work = JSON.stringify({ settings, size, mtimeMs });
  const write = async <R>(action: () => Promise<R>): Promise<R> => {
    try {
      return await action();
    } catch (error) {
      throw new FieldsealError("request_invalid", {
        reason: `The file ${out} cannot be written: ${String(Object(error)["code"])}.`,
      });
    }
  };
  const remember = async (progress: Progress<T>, whole: boolean): Promise<void> => {
    const next = await open(nextJournal, "w", 0o600);
    await next.writeFile(JSON.stringify({ work, ...progress, whole }));
    await next.datasync();
    await next.close();
    await rename(nextJournal, journal);
  };
  const known = resume ? await readJournal(journal, work, parseCounts) : undefined;
  const [made, named] = [await measure(partial), await measure(out)];
  const isNamed = known?.whole === true && made === undefined && named === known.progress.made;
  const progress =
    isNamed || (made !== undefined && known !== undefined && made >= known.progress.made) ? known?.progress : undefined;
  if (progress === undefined) await write(() => rm(journal, { force: true }));
  const handle: FileHandle | undefined = isNamed
    ? undefined
    : await write(() => open(partial, progress === undefined ? "w" : "r+", mode & 0o777));
  let at = progress?.made ?? 0;
  await write(async () => handle?.truncate(at));
  return {
    progress,
    isWhole: isNamed,
    add: (chunk, done) =>
      write(async () => {
        if (handle !== undefined) at = await writeWhole(handle, chunk, at);
        // The journal may only tell of what is on the disk.
        await handle?.datasync();
        await remember(done, false);
      }),
    finish: async (done) => {
      if (isNamed) return;
      // A result of two states of the source is a result of neither.
      const now = await describe(source);
      if (now.size !== size || now.mtimeMs !== mtimeMs)
        throw new FieldsealError("request_invalid", { reason: `The file ${source} changed while it was read.` });
      await write(async () => {
        await remember(done, true);
        await rename(partial, out);
      });
    },
    close: async () => handle?.close(),
    forget: () => write(() => rm(journal, { force: true })),
  };
}

/** Writes a chunk at an offset, and gives the offset behind it. */
async function writeWhole(handle: FileHandle, chunk: Uint8Array, start: number): Promise<number> {
  let written = 0;
  while (written < chunk.length)
    written += (await handle.write(chunk, written, chunk.length - written, start + written)).bytesWritten;
  return start + written;
}

async function describe(
  source: string,
): Promise<{ readonly size: number; readonly mtimeMs: number; readonly mode: number }> {
  return await stat(source).catch(() => {
    throw new FieldsealError("request_invalid", { reason: `The file ${source} cannot be read.` });
  });
}

async function measure(file: string): Promise<number | undefined> {
  return await stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}

interface Journal<T> {
  readonly progress: Progress<T>;
  readonly whole: boolean;
}

async function readJournal<T>(
  file: string,
  work: string,
  parseCounts: (value: unknown) => T | undefined,
): Promise<Journal<T> | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value["work"] !== work) return undefined;
  const { source, made, counts, whole } = value;
  const parsed = parseCounts(counts);
  if (typeof source !== "number" || typeof made !== "number" || parsed === undefined) return undefined;
  return { progress: { source, made, counts: parsed }, whole: whole === true };
}
