/** Builds the two functions: the edge's with its policy and public keys inside, the decryptor's with the KMS client. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type BuildOptions } from "esbuild";
import type { CompiledPolicy } from "../core/policy.ts";
import { type CompiledRule, type CompiledSelection, type Format, formats, readsFormat } from "../core/rule.ts";
import { readPolicyFile } from "./policy-file.ts";

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
export async function buildBundles({ policyFile, outDir }: { policyFile: string; outDir: string }): Promise<CompiledPolicy> {
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

/** Writes `<outDir>/edge-lines/index.js` and `<outDir>/canary/index.js`: the functions that watch, each exporting `handler`. */
export async function buildWatchBundles(outDir: string): Promise<void> {
  const parts = ["edge-lines", "canary"];
  await Promise.all(
    parts.map((part) =>
      build({ ...options, entryPoints: [join(root, "watch", `${part}-main.ts`)], outfile: join(outDir, part, "index.js") }),
    ),
  );
  for (const part of parts) writeModuleType(join(outDir, part));
}

/** The edge's entry module: what is not imported here is not shipped. */
function writeEdgeEntry(policy: CompiledPolicy): string {
  const dialects = new Set(["rfc9535", ...policy.rules.flatMap(({ json }) => dialectsOf(json))]);
  const codecs = formats.filter((format) => policy.rules.some((rule) => needsFormat(rule, format)));
  const detectors = [...new Set(policy.rules.flatMap((rule) => rule.detectors.map(({ use }) => use)))];
  const loaders = [
    ...(dialects.has("rfc9535") ? [["loadRfc9535", "selector/rfc9535"]] : []),
    ...(dialects.has("jsonpath-plus") ? [["loadJsonpathPlus", "selector/jsonpath-plus"]] : []),
  ];
  const identify = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const modules = [
    ...loaders,
    ...codecs.map((format) => [format, `codecs/${format}`]),
    ...detectors.map((name) => [identify(name), `detectors/${name}`]),
  ];
  return [
    ...modules.map(([name, file]) => `import { ${name} } from "../core/${file}.ts";`),
    'import { startEdge } from "./main.ts";',
    // As a string of JSON, so that a member named __proto__ is a member here too.
    `export const handler = startEdge(JSON.parse(${JSON.stringify(JSON.stringify(policy))}), {`,
    `  selectors: [${loaders.map(([name]) => name).join(", ")}],`,
    `  codecs: { ${codecs.join(", ")} },`,
    `  detectors: [${detectors.map(identify).join(", ")}],`,
    "});",
  ].join("\n");
}

function dialectsOf({ select, inside }: CompiledSelection): string[] {
  return [select.dialect, ...inside.flatMap(({ outer, selection }) => [outer.dialect, ...dialectsOf(selection)])];
}

function needsFormat(rule: CompiledRule, format: Format): boolean {
  return rule.format === format || readsFormat(rule, format);
}

/** The folder may lie in a package of ES modules, such as this one. */
function writeModuleType(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}\n');
}
