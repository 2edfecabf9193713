/** Builds the two functions: the edge's with its policy and public keys inside, the decryptor's with the KMS client. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type BuildOptions } from "esbuild";
import type { Embedded } from "../edge/main.ts";
import { type PolicyFile, readPolicyFile } from "./policy-file.ts";

const root = resolve(import.meta.dirname, "..");

/** `lambda` runs CommonJS from index.js; the library code's licence texts stay in the repository. */
const options: BuildOptions = {
  bundle: true,
  minify: true,
  format: "cjs",
  platform: "node",
  target: "node24",
  charset: "utf8",
  legalComments: "none",
  logLevel: "silent",
};

/**
 * Writes `<outDir>/edge/index.js` and `<outDir>/decryptor/index.js`, each exporting `handler`. Throws `policy_invalid` or
 * `recipient_invalid` before anything is written.
 */
export async function buildBundles({ policyFile, outDir }: { policyFile: string; outDir: string }): Promise<PolicyFile> {
  const policy = readPolicyFile(policyFile);
  await Promise.all([
    build({
      ...options,
      // Without node's `vm`, which jsonpath-plus would load for evaluations that are switched off.
      conditions: ["browser"],
      stdin: { contents: writeEdgeEntry(policy), resolveDir: join(root, "edge"), sourcefile: "entry.ts", loader: "ts" },
      outfile: join(outDir, "edge", "index.js"),
    }),
    build({
      ...options,
      entryPoints: [join(root, "decryptor", "main.ts")],
      outfile: join(outDir, "decryptor", "index.js"),
    }),
  ]);
  for (const part of ["edge", "decryptor"]) writeModuleType(join(outDir, part));
  return policy;
}

/** The edge's entry module: what is not imported here is not shipped. */
function writeEdgeEntry({ source, publicKeys, usesJsonpathPlus }: PolicyFile): string {
  const embedded: Embedded = { policy: source, publicKeys };
  const dialects = usesJsonpathPlus ? ["rfc9535", "jsonpathPlus"] : ["rfc9535"];
  return [
    'import { rfc9535 } from "../core/selector/dialect.ts";',
    usesJsonpathPlus ? 'import { jsonpathPlus } from "../core/selector/jsonpath-plus.ts";' : "",
    'import { startEdge } from "./main.ts";',
    // As a string of JSON, so that a member named __proto__ is a member here too.
    `export const handler = startEdge(JSON.parse(${JSON.stringify(JSON.stringify(embedded))}), [${dialects.join(", ")}]);`,
  ].join("\n");
}

/** The folder may lie in a package of ES modules, such as this one. */
function writeModuleType(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}\n');
}
