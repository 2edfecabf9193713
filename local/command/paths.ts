/** Paths in arguments: meant from where the user stands, also where npm runs a script in the package's folder. */
import { resolve } from "node:path";

export function resolveArgument(path: string): string {
  return resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}
