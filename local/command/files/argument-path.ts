/** Paths in arguments. */
import { resolve } from "node:path";

/**
 * The absolute path that an argument means: from the user's folder, also where npm runs a script in the package's
 * folder (npm tells the user's in INIT_CWD).
 */
export function resolveArgument(path: string): string {
  return resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}
