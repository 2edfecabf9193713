/** A lock: a file that names the process at work. Nobody else gets the lock as long as that process lives. */
import { randomUUID } from "node:crypto";
import { open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";

/** A lock that this process has. */
export interface FileLock {
  readonly release: () => Promise<void>;
}

/** The locks of this process: for those of another one, its number tells whether it lives. */
const held = new Set<string>();

/** How long a process may take to write the content of a lock that it made. */
const longestMakingMs = 10_000;

/** Several processes may find the same lock left behind. */
const mostTries = 5;

/**
 * Takes the lock, also from a process that is dead; `undefined` where another one has it. A lock of another machine
 * stays taken, since its processes cannot be asked for. Rejects with the error of the file system.
 */
export async function lockFile(file: string): Promise<FileLock | undefined> {
  const own = `${process.pid} ${hostname()} ${randomUUID()}`;
  for (let tries = 0; tries < mostTries; tries++) {
    if (await create(file, own)) {
      held.add(own);
      return { release: () => release(file, own) };
    }
    const holder = await read(file);
    if (holder === undefined) continue;
    if (await isAtWork(file, holder)) return undefined;
    await remove(file, holder);
  }
  return undefined;
}

async function create(file: string, own: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(own);
    await handle.close();
    return true;
  } catch (error) {
    if (Object(error)["code"] === "EEXIST") return false;
    throw error;
  }
}

async function read(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").catch(() => undefined);
}

async function release(file: string, own: string): Promise<void> {
  held.delete(own);
  if ((await read(file)) === own) await rm(file, { force: true });
}

async function isAtWork(file: string, holder: string): Promise<boolean> {
  const [pid = "", host] = holder.split(" ");
  if (!/^\d+$/.test(pid) || host === undefined)
    return await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs < longestMakingMs,
      () => false,
    );
  if (host !== hostname()) return true;
  // A process that died can have had the number of this one.
  if (Number(pid) === process.pid) return held.has(holder);
  try {
    return process.kill(Number(pid), 0);
  } catch (error) {
    return Object(error)["code"] !== "ESRCH";
  }
}

/** Removes the lock of a dead process. One process at a time does so, so that none removes the lock that comes next. */
async function remove(file: string, holder: string): Promise<void> {
  const scope = `${file}.${/[\w-]+$/.exec(holder)?.[0] ?? "left"}`;
  if (!(await create(scope, ""))) {
    // The process that made it died with it.
    if (!(await isAtWork(scope, ""))) await rm(scope, { force: true });
    return;
  }
  try {
    if ((await read(file)) === holder && !(await isAtWork(file, holder))) await rm(file, { force: true });
  } finally {
    await rm(scope, { force: true });
  }
}
