/** The command behind `npm run build`: `[--policy FILE] [--report FILE] [--out DIR]`. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { FieldsealError } from "../core/errors.ts";
import { buildBundles } from "./bundle.ts";

/** npm runs scripts in the folder of the package, but paths are relative to the user's folder. */
const startFolder = process.env["INIT_CWD"] ?? process.cwd();
const packageFolder = resolve(import.meta.dirname, "..");

try {
  const { values } = parseArgs({
    options: { policy: { type: "string" }, report: { type: "string" }, out: { type: "string" } },
  });
  const policyFile =
    values.policy === undefined ? resolve(packageFolder, "policy/sample.json") : resolve(startFolder, values.policy);
  const outDir = values.out === undefined ? resolve(packageFolder, "dist") : resolve(startFolder, values.out);
  const reportFile = values.report === undefined ? undefined : resolve(startFolder, values.report);
  const policy = await buildBundles({ policyFile, reportFile, outDir, warn: (warning) => console.error(warning) });
  console.log(`Built ${policy.rules.length} rule(s) for ${policy.recipients.length} recipient(s) into ${outDir}`);
} catch (error) {
  console.error(error instanceof FieldsealError || error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
}
