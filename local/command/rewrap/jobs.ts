/** Which files a run of `rewrap` reads and writes, and that no other run writes them. */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FieldsealError } from "../../../core/errors.ts";
import { type DocumentType, findDocumentType } from "../document-type.ts";
import { resolveArgument } from "../files/argument-path.ts";
import { lockFile, type ReleaseLock } from "../files/file-lock.ts";
import { namesBeside } from "../files/resumable-file.ts";

/** One file to read, and where the file that is made of it goes. */
export interface Job {
  /** The file as the argument names it. */
  readonly file: string;
  /** The file's absolute path. */
  readonly path: string;
  readonly out: string;
  readonly type: DocumentType | undefined;
}

/**
 * Where each file goes: to the file `out`, or into the folder of that name. Throws a TypeError where a run would write
 * over one of the files to read, over what it makes of another file, or over the files beside that.
 */
export async function planJobs(
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
  await requireFreeNames(jobs, sources, targets);
  return jobs;
}

/** A run also writes files beside each file that it makes: their names must be free too. */
async function requireFreeNames(
  jobs: readonly Job[],
  sources: ReadonlySet<string>,
  targets: ReadonlySet<string>,
): Promise<void> {
  for (const name of jobs.flatMap((job) => [...Object.values(namesBeside(job.out)), lockOf(job.out)])) {
    const resolved = await resolveLinks(name);
    if (sources.has(resolved))
      throw new TypeError(`${name}, which a run writes until it is done, is one of the files to read.`);
    if (targets.has(resolved))
      throw new TypeError(`${name}, which a run writes until it is done, is where another file goes.`);
  }
}

function lockOf(out: string): string {
  return `${out}.lock`;
}

/**
 * Locks a file to write, and gives what releases it. Throws `request_invalid` if the lock exists, or cannot be created.
 */
export async function lockOutput(out: string): Promise<ReleaseLock> {
  const lock = lockOf(out);
  const release = await lockFile(lock).catch((error: unknown) => {
    throw new FieldsealError("request_invalid", {
      reason: `Cannot write ${out}: ${String(Object(error)["code"])}.`,
    });
  });
  if (release !== undefined) return release;
  throw new FieldsealError("request_invalid", {
    reason:
      `Another run is writing ${out}, or was killed while it did. ${lock} names its process.` +
      ` If that process no longer runs, delete ${lock} and try again.`,
  });
}

/** The path of a file behind all links, also of a file that is not there yet. */
async function resolveLinks(path: string): Promise<string> {
  return await realpath(path).catch(async () =>
    join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path)),
  );
}
