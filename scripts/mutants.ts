/**
 * `npm run mutants -- FILE…` or `npm run mutants -- --since REVISION`: changes the named source files, or those changed
 * since a revision, in many small ways, and lists each change that the test file of the same name does not notice.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const root = resolve(import.meta.dirname, "..");

const { values, positionals } = parseArgs({ allowPositionals: true, options: { since: { type: "string" } } });

function listChanged(revision: string): readonly string[] {
  const folders = ["core", "edge", "decryptor", "watch"];
  const args = ["diff", "--name-only", "--diff-filter=d", revision, "--", ...folders];
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n");
}

function hasTest(file: string): boolean {
  return file.endsWith(".ts") && existsSync(join(root, "test", file.replace(/\.ts$/, ".test.ts")));
}

const named = values.since === undefined ? positionals : listChanged(values.since);
const files = named.filter(hasTest);
const untested = positionals.filter((file) => !hasTest(file));
if (untested.length > 0) {
  console.error(`No test file of the same name: ${untested.join(", ")}`);
  process.exit(2);
}
if (files.length === 0) {
  console.error("Name source files, or --since REVISION after which files with a test of their name changed.");
  process.exit(2);
}
const { status } = spawnSync("stryker", ["run"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, MUTANTS: files.join(",") },
});
process.exit(status ?? 1);
