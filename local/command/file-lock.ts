/**
 * A file that says that a process of this machine is at work: whoever else comes is refused as long as that process
 * lives.
 */
import { randomUUID } from "node:crypto";
import { open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";

export interface FileLock {
  readonly release: () => Promise<void>;
}

/** Of this process; another one's are told by its number. */
const held = new Set<string>();

/** Between the making of a lock and its content. */
const longestMakingMs = 10_000;

/** Several may find the same one left behind. */
const mostTries = 5;

/**
 * Takes the lock, also from a process that is dead; `undefined` where another one has it. What a machine of another
 * name has taken stays taken, since nobody can ask for its processes. Rejects with what the file system says.
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

/** Removes what a dead process left: one at a time, so that nobody removes what came in its place. */
async function remove(file: string, holder: string): Promise<void> {
  const scope = `${file}.${/[\w-]+$/.exec(holder)?.[0] ?? "left"}`;
  if (!(await create(scope, ""))) {
    // Whoever made it died with it.
    if (!(await isAtWork(scope, ""))) await rm(scope, { force: true });
    return;
  }
  try {
    if ((await read(file)) === holder && !(await isAtWork(file, holder))) await rm(file, { force: true });
  } finally {
    await rm(scope, { force: true });
  }
}
