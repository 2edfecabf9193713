/** Makes a file from another one in chunks. The file gets its name once it is complete. A later run can continue. */
import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { isRecord } from "../../../core/config/config-value.ts";
import { FieldsealError } from "../../../core/errors.ts";

/** How much of a file is done. */
export interface Progress<T> {
  /** Bytes of the source that are done, as the caller counts them: for example, uncompressed. */
  readonly source: number;
  /** Bytes of output for them. */
  readonly made: number;
  /** What the caller counts. */
  readonly counts: T;
}

/** A file in the making. */
export interface ResumableFile<T> {
  /** Where an earlier run stopped; `undefined` to begin. */
  readonly progress: Progress<T> | undefined;
  /** True if an earlier run completed the file: then there is nothing to add. */
  readonly isWhole: boolean;
  /** Adds a chunk, and records the progress. */
  readonly add: (chunk: Uint8Array, progress: Progress<T>) => Promise<void>;
  /**
   * Gives the file its name, and records that it is complete. Throws `request_invalid` if the source has changed since
   * it was opened.
   */
  readonly finish: (progress: Progress<T>) => Promise<void>;
  /** Closes the file, after `finish` or to leave it for another run. */
  readonly close: () => Promise<void>;
  /** Deletes the record of the progress. */
  readonly forget: () => Promise<void>;
}

/** The paths of the temporary files beside an output file. */
export function namesBeside(out: string): {
  readonly partial: string;
  readonly journal: string;
  readonly nextJournal: string;
} {
  return { partial: `${out}.partial`, journal: `${out}.progress`, nextJournal: `${out}.progress.new` };
}

/**
 * Opens `out`, which is made from the file `source` and gets its permissions. With `resume`, it continues an earlier
 * run with the same `settings` and the same source, and discards the work of any other run. Throws `request_invalid`
 * for files that cannot be read or written.
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
        reason: `Cannot write ${out}: ${String(Object(error)["code"])}.`,
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
        // The journal may only record what is on the disk.
        await handle?.datasync();
        await remember(done, false);
      }),
    finish: async (done) => {
      if (isNamed) return;
      // The output would mix two states of the source.
      const now = await describe(source);
      if (now.size !== size || now.mtimeMs !== mtimeMs)
        throw new FieldsealError("request_invalid", {
          reason: `${source} changed while it was being read. Start again.`,
        });
      await write(async () => {
        await remember(done, true);
        await rename(partial, out);
      });
    },
    close: async () => handle?.close(),
    forget: () => write(() => rm(journal, { force: true })),
  };
}

/** Writes a chunk at an offset, and gives the offset behind the chunk. */
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
    throw new FieldsealError("request_invalid", { reason: `Cannot read ${source}.` });
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
