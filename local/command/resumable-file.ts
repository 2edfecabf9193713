/** A file that is made from another one piece by piece, and goes on where it stopped: it has its name only once it is whole. */
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { FieldsealError } from "../../core/errors.ts";
import { isRecord } from "../../core/shape.ts";

export interface Progress<T> {
  /** Octets of the source that are done, and what came of them. */
  readonly source: number;
  readonly made: number;
  readonly counts: T;
}

export interface ResumableFile<T> {
  /** How far an earlier run came; `undefined` for the beginning. */
  readonly progress: Progress<T> | undefined;
  /** Adds a piece, and remembers that so many octets of the source are done. */
  readonly add: (piece: Uint8Array, progress: Progress<T>) => Promise<void>;
  /** Gives the file its name. */
  readonly finish: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Opens `out` for what comes of the file `source`. `settings` tell whether an earlier run did the same work: another one's is thrown
 * away, as is that over a source that has changed since. Throws `request_invalid` for files that cannot be used.
 */
export async function openResumable<T>(
  out: string,
  { source, settings, resume }: { readonly source: string; readonly settings: string; readonly resume: boolean },
  parseCounts: (value: unknown) => T | undefined,
): Promise<ResumableFile<T>> {
  const partial = `${out}.partial`;
  const journal = `${out}.progress`;
  const { size, mtimeMs } = await stat(source).catch(() => {
    throw new FieldsealError("request_invalid", { reason: `The file ${source} cannot be read.` });
  });
  const work = JSON.stringify({ settings, size, mtimeMs });
  const progress = resume ? await readJournal(journal, work, parseCounts) : undefined;
  const handle = await open(partial, progress === undefined ? "w" : "r+", 0o600).catch(() => {
    throw new FieldsealError("request_invalid", { reason: `The file ${partial} cannot be written.` });
  });
  await handle.truncate(progress?.made ?? 0);
  let at = progress?.made ?? 0;
  return {
    progress,
    add: async (piece, done) => {
      for (let written = 0; written < piece.length; ) {
        const { bytesWritten } = await handle.write(piece, written, piece.length - written, at);
        written += bytesWritten;
        at += bytesWritten;
      }
      // The journal may only tell of what is on the disk.
      await handle.datasync();
      const next = await open(`${journal}.new`, "w", 0o600);
      await next.writeFile(JSON.stringify({ work, ...done }));
      await next.datasync();
      await next.close();
      await rename(`${journal}.new`, journal);
    },
    finish: async () => {
      await handle.close();
      await rename(partial, out);
      await rm(journal, { force: true });
    },
    close: () => handle.close(),
  };
}

async function readJournal<T>(file: string, work: string, parseCounts: (value: unknown) => T | undefined): Promise<Progress<T> | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value["work"] !== work) return undefined;
  const { source, made, counts } = value;
  const parsed = parseCounts(counts);
  return typeof source === "number" && typeof made === "number" && parsed !== undefined ? { source, made, counts: parsed } : undefined;
}
