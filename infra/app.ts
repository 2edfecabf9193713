/** What `cdk` runs: the stacks of one stage, from the settings in cdk.json or given with `--context`. */
import { resolve } from "node:path";
import { App, type Stack, Validations } from "aws-cdk-lib";
import { FieldsealError } from "../core/errors.ts";
import { isRecord } from "../core/shape.ts";
import { buildBundles, buildWatchBundles } from "./bundle.ts";
import { readKeyRecord, readRecipientDrafts, requireKeyRecords } from "./key-record.ts";
import { addSecurityCheck } from "./security-check.ts";
import { addKeyStack, addStacks, addWatchStack, parseSettings, sampleStage, type Settings } from "./stacks.ts";

const root = resolve(import.meta.dirname, "..");

const app = new App();
try {
  const settings = parseSettings((name) => app.node.tryGetContext(name));
  const stacks = settings.part === "keys" ? [addKeys(settings)] : await addAll(settings);
  addSecurityCheck(app, stacks);
  acknowledge(app.node.tryGetContext("acknowledge"));
  app.synth();
} catch (error) {
  console.error(error instanceof FieldsealError ? error.message : error);
  process.exitCode = 1;
}

/** Before there is any key. */
function addKeys(settings: Settings): Stack {
  const drafts = readRecipientDrafts(resolve(root, settings.policy));
  const keyRegion = settings.keyRegion ?? drafts.find(({ keyArn }) => keyArn !== undefined)?.keyArn?.split(":")[3];
  // A key that is there keeps its spec: CloudFormation would replace it by a new one.
  const recipients = drafts.map((draft) => ({ id: draft.id, keySpec: readKeyRecord(draft)?.keySpec ?? settings.keySpec }));
  return addKeyStack(app, { settings: { ...settings, keyRegion }, recipients });
}

async function addAll(settings: Settings): Promise<readonly Stack[]> {
  const policyFile = resolve(root, settings.policy);
  requireKeyRecords(policyFile, { demanded: settings.stage !== sampleStage });
  const bundlesDir = resolve(root, "dist");
  // Built here and not by hand before, so that what is deployed is never the bundle of another policy.
  const [policy] = await Promise.all([buildBundles({ policyFile, outDir: bundlesDir }), buildWatchBundles(bundlesDir)]);
  return [...addStacks(app, { settings, policy, bundlesDir }), addWatchStack(app, { settings, policy, bundlesDir })];
}

/** Context `acknowledge`: reasons by the name of a warning, such as Fieldseal::OriginNotPrivate. */
function acknowledge(reasons: unknown): void {
  for (const [id, reason] of Object.entries(isRecord(reasons) ? reasons : {})) {
    if (typeof reason !== "string" || reason.length < 20) {
      throw new FieldsealError("policy_invalid", { place: `context acknowledge ${id}`, reason: "Give a reason worth reading." });
    }
    Validations.of(app).acknowledge({ id, reason });
  }
}
