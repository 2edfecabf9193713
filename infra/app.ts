/** What `cdk` runs: the stacks of one stage, from the settings in cdk.json or given with `--context`. */
import { resolve } from "node:path";
import { App } from "aws-cdk-lib";
import { FieldsealError } from "../core/errors.ts";
import { buildBundles } from "./bundle.ts";
import { addStacks, parseSettings } from "./stacks.ts";

const root = resolve(import.meta.dirname, "..");

const app = new App();
try {
  const settings = parseSettings((name) => app.node.tryGetContext(name));
  const bundlesDir = resolve(root, "dist");
  // Built here and not by hand before, so that what is deployed is never the bundle of another policy.
  const policy = await buildBundles({ policyFile: resolve(root, settings.policy), outDir: bundlesDir });
  addStacks(app, { settings, policy, bundlesDir });
  app.synth();
} catch (error) {
  console.error(error instanceof FieldsealError ? error.message : error);
  process.exitCode = 1;
}
