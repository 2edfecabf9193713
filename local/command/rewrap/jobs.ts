/** Plans which files a run of `rewrap` reads and writes, and locks those that it writes. */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FieldsealError } from "../../../core/errors.ts";
import { type DocumentType, findDocumentType } from "../document-type.ts";
import { resolveArgument } from "../files/argument-path.ts";
import { lockFile, type ReleaseLock } from "../files/file-lock.ts";
import { namesBeside } from "../files/resumable-file.ts";

/** A file to read, and its output file. */
export interface Job {
  /** The file as the argument names it. */
  readonly file: string;
  /** The file's absolute path. */
  readonly path: string;
  readonly out: string;
  readonly type: DocumentType | undefined;
}

/**
 * The output file for each file: the file `out`, or one in the folder `out`. Throws a TypeError if a run would
 * overwrite an input file, another output file, or the temporary files beside one.
 */
export async function planJobs(
  files: readonly string[],
  out: string | undefined,
  type: string | undefined,
): Promise<readonly Job[]> {
  if (files.includes("-")) throw new TypeError("Standard input (-) cannot be combined with files.");
  if (out === undefined || out === "-")
    throw new TypeError("--out is required for files: a file, or a folder for several files.");
  const target = resolveArgument(out);
  const isFolder = await stat(target).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder && files.length > 1) throw new TypeError("For several files, --out must be an existing folder.");
  const sources = new Set(await Promise.all(files.map((file) => resolveLinks(resolveArgument(file)))));
  const targets = new Set<string>();
  const jobs: Job[] = [];
  for (const file of files) {
    const made = isFolder ? join(target, basename(file)) : target;
    const resolved = await resolveLinks(made);
    if (sources.has(resolved)) throw new TypeError(`The output file ${made} is also an input file. Use another --out.`);
    if (targets.has(resolved))
      throw new TypeError(`Two input files have the same output file, ${made}. Rewrap them in separate runs.`);
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

/** A run also writes temporary files beside each output file. Their names must be free too. */
async function requireFreeNames(
  jobs: readonly Job[],
  sources: ReadonlySet<string>,
  targets: ReadonlySet<string>,
): Promise<void> {
  for (const name of jobs.flatMap((job) => [...Object.values(namesBeside(job.out)), lockOf(job.out)])) {
    const resolved = await resolveLinks(name);
    if (sources.has(resolved))
      throw new TypeError(`The temporary file ${name} is also an input file. Use another --out.`);
    if (targets.has(resolved))
      throw new TypeError(`The temporary file ${name} is also an output file. Rewrap the files in separate runs.`);
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

/** The path of a file with all links resolved. The file need not exist. */
async function resolveLinks(path: string): Promise<string> {
  return await realpath(path).catch(async () =>
    join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path)),
  );
}
