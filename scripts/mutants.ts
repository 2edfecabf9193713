/**
 * `npm run mutants -- FILE…` or `npm run mutants -- --since REVISION`: runs StrykerJS over the named source files, or
 * those changed since a revision. It makes many small changes, and lists those that the test file of the same name does
 * not notice.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const root = resolve(import.meta.dirname, "..");

function testOf(file: string): string {
  return join("test", file.replace(/\.ts$/, ".test.ts"));
}

function hasTest(file: string): boolean {
  return file.endsWith(".ts") && existsSync(join(root, testOf(file)));
}

function listChanged(revision: string): readonly string[] {
  const folders = ["core", "edge", "decryptor", "watch"];
  const args = ["diff", "--name-only", "--diff-filter=d", revision, "--", ...folders];
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n");
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { since: { type: "string" } } });
const untested = positionals.filter((file) => !hasTest(file));
if (untested.length > 0) fail(`These files have no test file of the same name: ${untested.join(", ")}`);
const files = (values.since === undefined ? positionals : listChanged(values.since)).filter(hasTest);
if (files.length === 0)
  fail("Name source files with tests, or a revision after which such files changed: --since REVISION.");

const { jest } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly jest: object };
const configuration = {
  mutate: files,
  testRunner: "jest",
  plugins: ["@stryker-mutator/jest-runner"],
  jest: {
    projectType: "custom",
    config: { ...jest, testMatch: files.map((file) => `<rootDir>/${testOf(file)}`) },
    enableFindRelatedTests: false,
  },
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 20_000,
  // If the file exists, Stryker needs TypeScript's JavaScript API, which version 7 does not have.
  tsconfigFile: "none.json",
  incremental: true,
  incrementalFile: "coverage/mutants-incremental.json",
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: "coverage/mutants.json" },
  tempDirName: ".stryker",
};
mkdirSync(join(root, "coverage"), { recursive: true });
writeFileSync(join(root, "coverage", "stryker.json"), JSON.stringify(configuration));
process.exit(spawnSync("stryker", ["run", "coverage/stryker.json"], { cwd: root, stdio: "inherit" }).status ?? 1);
