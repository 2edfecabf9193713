/** A lock: a file that only one process at a time can create. */
import { rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";

/** Removes the lock. Call it once. */
export type ReleaseLock = () => void;

/**
 * Creates the lock file, which holds this process's number and the machine's name for the user to read. Gives
 * `undefined` if the file exists: another process has the lock, or left it when it was killed. Only the user can tell
 * which. Rejects with the file system's error if the file cannot be created.
 */
export async function lockFile(file: string): Promise<ReleaseLock | undefined> {
  try {
    await writeFile(file, `${process.pid} ${hostname()}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (Object(error)["code"] === "EEXIST") return undefined;
    throw error;
  }
  return () => rmSync(file, { force: true });
}
