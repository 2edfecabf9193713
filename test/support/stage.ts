/**
 * Stages synthesised without building anything: settings, policies with keys of any ARN, and the templates that come
 * out.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, jest } from "@jest/globals";
import { App } from "aws-cdk-lib";
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { compilePolicy } from "../../core/policy-check/check-policy.ts";
import { addSecurityCheck } from "../../infra/security-check.ts";
import { parseSettings, type Settings } from "../../infra/settings.ts";
import { addStacks } from "../../infra/stacks.ts";
import { addWatchStack } from "../../infra/watch-stack.ts";
import type { PlacedPolicy } from "./iam.ts";
import { nextPublicKeyPem } from "./rsa-keys.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "fieldseal-stage-"));
/** Bundles that do nothing. */
export const bundlesDir = join(folder, "bundles");
for (const part of ["edge", "decryptor", "edge-lines", "canary"]) {
  mkdirSync(join(bundlesDir, part), { recursive: true });
  writeFileSync(join(bundlesDir, part, "index.js"), "exports.handler = async () => undefined;\n");
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Feature flags change what is synthesised. */
const flags: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")).context;
let runs = 0;

export function settingsWith(changes: Readonly<Record<string, unknown>>): Settings {
  const given: Readonly<Record<string, unknown>> = {
    stage: "prod",
    account: "111122223333",
    policy: "policy.json",
    originDomain: "origin.example.com",
    ...changes,
  };
  return parseSettings((name) => given[name]);
}

const pems = ["01", "02"].map((id) => [id, nextPublicKeyPem(2048)] as const);

/** A policy of two recipients; keys whose ids begin with mrk- are multi-Region keys. */
export function policyWithKeys(
  keyIds: readonly [string, string],
  regions: readonly [string, string] = ["eu-central-1", "eu-central-1"],
  rules?: readonly object[],
): CompiledPolicy {
  const recipients = pems.map(([id], index) => {
    const keyArn = `arn:aws:kms:${regions[index] ?? ""}:111122223333:key/${keyIds[index] ?? ""}`;
    return { id, keyArn, publicKeyFile: `${id}.pem`, prefix: `#${id}#`, suffix: `~${id}~` };
  });
  return compilePolicy(
    {
      version: 1,
      otherwise: "pass",
      recipients,
      rules: rules ?? [{ name: "people", path: "/people", recipient: "01", fields: ["ssn"] }],
    },
    new Map(pems),
  );
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export interface SynthesisedStage {
  /** Resources by logical id, by the name of the stack. */
  readonly stacks: Readonly<Record<string, Readonly<Record<string, Resource>>>>;
  readonly regions: Readonly<Record<string, string>>;
  /** What the checks found and nobody acknowledged, by the name of the rule. With `validate`, those of CDK too. */
  readonly findings: readonly string[];
}

/**
 * A whole stage with its checks. Throws what synth throws. CDK's own validation of templates stops no synth and takes
 * seconds: it runs only for tests of the findings, which ask for it.
 */
export function synthesise(
  changes: Readonly<Record<string, unknown>>,
  policy: CompiledPolicy,
  { validate = false } = {},
): SynthesisedStage {
  const outdir = join(folder, `out-${++runs}`);
  const app = new App({ context: flags, outdir, builtinCloudFormationValidation: validate });
  const input = { settings: settingsWith(changes), policy, bundlesDir };
  const stacks = [...addStacks(app, input), addWatchStack(app, input)];
  addSecurityCheck(app, stacks);
  const silence = jest.spyOn(console, "error").mockImplementation(() => undefined);
  try {
    app.synth();
  } finally {
    silence.mockRestore();
  }
  const report: { pluginReports: { violations: { ruleName: string }[] }[] } = JSON.parse(
    readFileSync(join(outdir, "validation-report.json"), "utf8"),
  );
  return {
    stacks: Object.fromEntries(
      stacks.map(({ stackName }) => [
        stackName,
        JSON.parse(readFileSync(join(outdir, `${stackName}.template.json`), "utf8")).Resources,
      ]),
    ),
    regions: Object.fromEntries(stacks.map(({ stackName, region }) => [stackName, region])),
    findings: [
      ...new Set(report.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName))),
    ].sort(),
  };
}

export function resourcesOf(
  { stacks }: SynthesisedStage,
  type: string,
): readonly (Resource & { readonly id: string; readonly stack: string })[] {
  return Object.entries(stacks).flatMap(([stack, resources]) =>
    Object.entries(resources).flatMap(([id, resource]) => (resource.Type === type ? [{ ...resource, id, stack }] : [])),
  );
}

/** The inline policies of a role, by its name. */
export function policiesOf(stage: SynthesisedStage, roleName: string): readonly PlacedPolicy[] {
  const role = resourcesOf(stage, "AWS::IAM::Role").find(({ Properties }) => Properties["RoleName"] === roleName);
  if (role === undefined) throw new TypeError(`there is no role ${roleName}`);
  return (role.Properties["Policies"] as readonly { PolicyDocument: PlacedPolicy }[]).map(
    ({ PolicyDocument }) => PolicyDocument,
  );
}
