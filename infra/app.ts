/** The CDK app: the stacks of one stage, by the settings in cdk.json or of `--context`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type App, type Stack, Validations } from "aws-cdk-lib";
import { withPlace } from "../core/config/issue.ts";
import { FieldsealError } from "../core/errors.ts";
import { parseAcknowledgements } from "./acknowledgements.ts";
import { buildBundles, buildWatchBundles } from "./bundle.ts";
import { readContext, settingOf } from "./context.ts";
import { requireSamePlace } from "./key-place.ts";
import { holdsSampleKey, readKeyRecord, readRecipientDrafts, requireKeyRecords } from "./key-record.ts";
import { addKeyStack } from "./key-stack.ts";
import { readPolicySource, readText } from "./policy-source.ts";
import { addSecurityCheck } from "./security-check.ts";
import { parseSettings, type Settings } from "./settings.ts";
import { addStacks } from "./stacks.ts";
import { sampleStage } from "./stage.ts";
import { addWatchStack } from "./watch-stack.ts";

const root = resolve(import.meta.dirname, "..");

/** The origin of stages without a distribution. */
const noOrigin = "origin.invalid";

/**
 * Adds the stacks that the context of an app asks for, and synthesises it. Gives the exit code: 1 where it refuses,
 * with the reason on stderr.
 */
export async function synthesise(app: App): Promise<0 | 1> {
  try {
    const context: Readonly<Record<string, unknown>> = app.node.getAllContext();
    const given = { originDomain: context["stage"] === sampleStage ? "origin.example.com" : noOrigin, ...context };
    const read = readContext(given);
    const settings = parseSettings((name) => (name === "readers" ? readReaders(read(name)) : read(name)));
    const stacks = settings.part === "keys" ? [addKeys(app, settings)] : await addAll(app, settings);
    addSecurityCheck(app, stacks);
    Validations.of(app).acknowledge(...parseAcknowledgements(context["acknowledge"]));
    app.synth();
    return 0;
  } catch (error) {
    console.error(error instanceof FieldsealError ? error.message : error);
    return 1;
  }
}

/** Adds the key stack alone, which needs no key yet. */
function addKeys(app: App, settings: Settings): Stack {
  const drafts = readRecipientDrafts(resolve(root, settings.policy));
  const isSample = settings.stage === sampleStage;
  const fetched = drafts.filter((draft) => isSample || !holdsSampleKey(draft));
  if (!isSample) requireSamePlace(fetched, settings);
  const keyRegion = settings.keyRegion ?? fetched.find(({ keyArn }) => keyArn !== undefined)?.keyArn?.split(":")[3];
  // A key that exists keeps its spec, which CloudFormation refuses to change.
  const recipients = drafts.map((draft) => ({
    id: draft.id,
    keySpec: (fetched.includes(draft) ? readKeyRecord(draft)?.keySpec : undefined) ?? settings.keySpec,
  }));
  return addKeyStack(app, { settings: { ...settings, keyRegion }, recipients });
}

async function addAll(app: App, settings: Settings): Promise<readonly Stack[]> {
  const policyFile = resolve(root, settings.policy);
  requireKeyRecords(policyFile, { demanded: settings.stage !== sampleStage });
  if (settings.stage !== sampleStage)
    requireSamePlace(
      readRecipientDrafts(policyFile).filter((draft) => !holdsSampleKey(draft)),
      settings,
    );
  // Built here and not by hand, so that nobody deploys the bundle of another policy. CDK copies the bundles.
  const bundlesDir = mkdtempSync(join(tmpdir(), "fieldseal-bundles-"));
  try {
    const [policy] = await Promise.all([
      buildBundles({ policyFile, outDir: bundlesDir }),
      buildWatchBundles(bundlesDir),
    ]);
    const stacks = [
      ...addStacks(app, { settings, policy, bundlesDir }),
      addWatchStack(app, { settings, policy, bundlesDir }),
    ];
    requireOrigin(settings);
    return stacks;
  } finally {
    rmSync(bundlesDir, { recursive: true, force: true });
  }
}

function requireOrigin({ distribution, originDomain }: Settings): void {
  if (distribution === "existing" || originDomain !== noOrigin) return;
  throw settingOf("originDomain").refuse(
    "The setting is missing. Set -c originDomain=…, or -c distribution=existing to use your own distribution.",
  );
}

/** Context `readers`: the readers, or the path of their file, relative to the package. */
function readReaders(given: unknown): unknown {
  if (typeof given !== "string") return given;
  const source = withPlace("context readers", () => readText(resolve(root, given), "reader_invalid"));
  const { value, issues } = readPolicySource(source);
  const [first] = issues;
  if (first === undefined) return value;
  throw new FieldsealError("reader_invalid", { place: `${given} ${first.place}`, reason: first.reason });
}
