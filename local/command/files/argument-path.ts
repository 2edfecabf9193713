/** Paths in arguments. */
import { resolve } from "node:path";

/**
 * The absolute path of a file argument, which is relative to the user's folder. An npm script runs in the package's
 * folder; npm gives it the user's folder as INIT_CWD.
 */
export function resolveArgument(path: string): string {
  return resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}
