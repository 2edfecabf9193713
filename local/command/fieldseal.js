#!/usr/bin/env node
/** Starts the command on the runtime that the package brings, whatever node runs this. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const packageFile = createRequire(import.meta.url).resolve("node/package.json");
const node = join(dirname(packageFile), "bin", "node");
const main = join(import.meta.dirname, "main.ts");
const { status, error } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
