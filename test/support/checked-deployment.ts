/** A right deployment of function and distribution, changed by a case, and what the checks at synth say of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, jest } from "@jest/globals";
import { App, Stack } from "aws-cdk-lib";
import { CfnDistribution } from "aws-cdk-lib/aws-cloudfront";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { compilePolicy } from "../../core/policy-check/check-policy.ts";
import { EdgeFunction } from "../../infra/edge-function.ts";
import { warningRules } from "../../infra/finding.ts";
import { ProtectedDistribution } from "../../infra/protected-distribution.ts";

const root = resolve(import.meta.dirname, "../..");

/** A folder that is removed after the tests of a file. */
export const folder = mkdtempSync(join(tmpdir(), "fieldseal-check-"));

const bundleDir = join(folder, "bundle");

const pem = readFileSync(join(root, "policy/keys/01.pem"), "utf8");

let runs = 0;

beforeAll(() => {
  mkdirSync(bundleDir);
  writeFileSync(join(bundleDir, "index.js"), "exports.handler = async () => undefined;");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A policy of one rule, with these settings of it. */
export function policyWith(rule: object, settings: object = {}): CompiledPolicy {
  const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
  const recipients = [{ id: "01", keyArn, publicKeyFile: "01.pem", prefix: "#01#", suffix: "#10#" }];
  const rules: unknown = JSON.parse(
    JSON.stringify([{ path: "/people/**", recipient: "01", fields: ["ssn"], ...rule }]),
  );
  return compilePolicy({ version: 1, otherwise: "pass", recipients, rules, ...settings }, new Map([["01", pem]]));
}

/** What a case changes. */
export interface Deployment {
  readonly stack: Stack;
  readonly edge: EdgeFunction;
  readonly fn: CfnFunction;
  readonly distribution: CfnDistribution;
}

/** A right deployment, and how a case makes it wrong. */
export interface Case {
  readonly policy?: CompiledPolicy;
  readonly memoryMb?: number;
  readonly bundleDir?: string;
  readonly region?: string;
  readonly mutate?: (deployment: Deployment) => void;
}

/** The one resource of a type within a construct. */
export function childOf<T>(
  construct: { readonly node: { findAll(): readonly unknown[] } },
  type: abstract new (...args: never) => T,
): T {
  const found = construct.node.findAll().find((node) => node instanceof type);
  if (!(found instanceof type)) throw new TypeError("there is no such resource");
  return found;
}

/** Synthesises and gives the report, by `severity rule`, and whether synth was stopped. */

export function check({ policy = policyWith({}), memoryMb, region = "us-east-1", mutate, ...given }: Case) {
  // It takes seconds, and the report holds Fieldseal's violations alone.
  const app = new App({ outdir: join(folder, `out-${++runs}`), builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Edge", { env: { account: "111122223333", region } });
  const edge = new EdgeFunction(stack, "Function", {
    functionName: "edge",
    bundleDir: given.bundleDir ?? bundleDir,
    policy,
    memoryMb,
  });
  const viewerDomain = {
    domainName: "api.example.com",
    certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/1",
  };
  const protectedDistribution = new ProtectedDistribution(stack, "Distribution", {
    version: edge.version,
    originDomain: "origin.example.com",
    viewerDomain,
  });
  mutate?.({
    stack,
    edge,
    fn: childOf(edge, CfnFunction),
    distribution: childOf(protectedDistribution, CfnDistribution),
  });
  const silence = jest.spyOn(console, "error").mockImplementation(() => undefined);
  let stopped = false;
  try {
    app.synth();
  } catch {
    stopped = true;
  } finally {
    silence.mockRestore();
  }
  const report = JSON.parse(readFileSync(join(folder, `out-${runs}`, "validation-report.json"), "utf8"));
  const violations: readonly { ruleName: string; severity: string; description: string; suggestedFix?: string }[] =
    report.pluginReports
      .filter(({ pluginName }: { pluginName: string }) => pluginName === "Fieldseal")
      .flatMap((each: { violations: readonly object[] }) => each.violations);
  const warned = violations.filter(({ severity }) => severity === "warning").map(({ ruleName }) => ruleName);
  expect(warningRules).toEqual(expect.arrayContaining(warned));
  return { stopped, violations, found: violations.map(({ severity, ruleName }) => `${severity} ${ruleName}`).sort() };
}

/** What a right deployment gives: only what cannot be proved. */
export const fine = ["warning OriginNotPrivate"];

/** CORS-CustomOrigin: one header field, no query, no cookies. */

/** A behaviour from before there were policies. */

/** The behaviour leads to a group of origins, of which the first is the one that there was. */

/** Behaviours beside the default one, each as that one is but for some members. */

/** Names as CloudFormation has them. */
