/** Builds the bundles of the functions. The edge's bundle holds its policy and public keys. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type BuildOptions, build } from "esbuild";
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { type Format, formats } from "../core/rule/formats.ts";
import type { CompiledSelection } from "../core/rule/rule.ts";
import { needsFormat } from "../core/rule/scope.ts";
import { readPolicyFile } from "./policy-file.ts";

const root = resolve(import.meta.dirname, "..");

/** Lambda runs CommonJS from index.js. The licences of libraries stay in the repository. */
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

/** The policy files of a build, and its folder. */
export interface BundleInput {
  readonly policyFile: string;
  /** A second policy, which only reports to the log. */
  readonly reportFile?: string | undefined;
  readonly outDir: string;
  /** Gets a line for each warning about a policy. */
  readonly warn?: (warning: string) => void;
}

/**
 * Writes `<outDir>/edge/index.js` and `<outDir>/decryptor/index.js`, each exporting `handler`. Gives the policy. Throws
 * `policy_invalid` or `recipient_invalid` before it writes anything.
 */
export async function buildBundles({ policyFile, reportFile, outDir, warn }: BundleInput): Promise<CompiledPolicy> {
  const policy = readPolicyFile(policyFile, warn);
  const reporting =
    reportFile === undefined ? undefined : { policy: readPolicyFile(reportFile, warn), name: basename(reportFile) };
  await Promise.all([
    build({
      ...options,
      // Without node's `vm`, which jsonpath-plus would load for evaluations that are turned off.
      conditions: ["browser"],
      stdin: {
        contents: writeEdgeEntry(policy, reporting),
        resolveDir: join(root, "edge"),
        sourcefile: "entry.ts",
        loader: "ts",
      },
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

/** Writes the functions that watch, `<outDir>/edge-lines/index.js` and `<outDir>/canary/index.js`, with `handler`. */
export async function buildWatchBundles(outDir: string): Promise<void> {
  const parts = ["edge-lines", "canary"];
  await Promise.all(
    parts.map((part) =>
      build({
        ...options,
        entryPoints: [join(root, "watch", `${part}-main.ts`)],
        outfile: join(outDir, part, "index.js"),
      }),
    ),
  );
  for (const part of parts) writeModuleType(join(outDir, part));
}

interface Reporting {
  readonly policy: CompiledPolicy;
  readonly name: string;
}

/** The entry module of the edge's bundle. The bundle holds only what this module imports. */
function writeEdgeEntry(policy: CompiledPolicy, reporting: Reporting | undefined): string {
  const policies = reporting === undefined ? [policy] : [policy, reporting.policy];
  const rules = policies.flatMap((each) => each.rules);
  const patterns = policies.flatMap((each) => each.patterns);
  const dialects = new Set(["rfc9535", ...rules.flatMap(({ json }) => dialectsOf(json))]);
  const codecs = formats.filter((format) => rules.some((rule) => needsFormat(rule, format)));
  const detectors = [...new Set(rules.flatMap((rule) => rule.detectors.map(({ use }) => use.detector)))].filter(
    (name) => !patterns.some((pattern) => pattern.name === name),
  );
  const hasFilters = JSON.stringify(rules).includes('"kind":"filter"');
  const loaders = [
    ...(dialects.has("rfc9535")
      ? [["loadRfc9535", hasFilters ? "selector/jsonpath/rfc9535" : "selector/jsonpath/rfc9535-plain"]]
      : []),
    ...(dialects.has("jsonpath-plus") ? [["loadJsonpathPlus", "selector/jsonpath-plus/dialect"]] : []),
  ];
  const identify = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const modules = [
    ...loaders,
    ...codecs.map((format) => [format, `formats/${findCodec(format)}`]),
    ...detectors.map((name) => [identify(name), `detectors/${name}`]),
    ...(patterns.length > 0 ? [["loadPattern", "detectors/pattern"]] : []),
    ...(rules.some((rule) => rule.detectors.length > 0) ? [["detection", "find/detection"]] : []),
  ];
  const reports = [
    ...(policy.rules.some(({ mode }) => mode === "report") ? ["reportRules(policy, modules)"] : []),
    ...(reporting === undefined
      ? []
      : [`reportPolicy(${embed(reporting.policy)}, modules, ${JSON.stringify(reporting.name)}, policy.limits)`]),
  ];
  return [
    ...modules.map(([name, file]) => `import { ${name} } from "../core/${file}.ts";`),
    'import { startEdge } from "./main.ts";',
    ...(reports.length > 0 ? ['import { reportPolicy, reportRules } from "./report.ts";'] : []),
    `const policy = ${embed(policy)};`,
    "const modules = {",
    `  selectors: [${loaders.map(([name]) => name).join(", ")}],`,
    `  codecs: { ${codecs.join(", ")} },`,
    `  detectors: [${detectors.map(identify).join(", ")}],`,
    ...(patterns.length > 0 ? ["  loadPattern,"] : []),
    ...(rules.some((rule) => rule.detectors.length > 0) ? ["  detection,"] : []),
    "};",
    `export const handler = startEdge(policy, modules, [${reports.join(", ")}]);`,
  ].join("\n");
}

/** The file of a format's codec: named like the format, or in a folder of that name. */
function findCodec(format: Format): string {
  return existsSync(join(root, "core/formats", `${format}.ts`)) ? format : `${format}/codec`;
}

/** A policy as source text. It parses JSON, so that a member named __proto__ stays a member. */
function embed(policy: CompiledPolicy): string {
  return `JSON.parse(${JSON.stringify(JSON.stringify(policy))})`;
}

function dialectsOf({ select, inside }: CompiledSelection): string[] {
  return [select.dialect, ...inside.flatMap(({ outer, selection }) => [outer.dialect, ...dialectsOf(selection)])];
}

/** Without this file, node would take index.js in this package for an ES module. */
function writeModuleType(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}\n');
}
