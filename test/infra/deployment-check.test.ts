/** Every wrong deployment by mutation of a right one: the finding, and that it stops synth or warns. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { App, Stack, Validations } from "aws-cdk-lib";
import { CfnDistribution } from "aws-cdk-lib/aws-cloudfront";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { ManagedPolicy, Role } from "aws-cdk-lib/aws-iam";
import type { CompiledPolicy } from "../../core/policy.ts";
import { compilePolicy } from "../../core/policy-compiler.ts";
import { EdgeFunction } from "../../infra/edge-function.ts";
import { ProtectedDistribution } from "../../infra/protected-distribution.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "fieldseal-check-"));
const bundleDir = join(folder, "bundle");
const pem = readFileSync(join(root, "policy/keys/01.pem"), "utf8");
let runs = 0;

beforeAll(() => {
  mkdirSync(bundleDir);
  writeFileSync(join(bundleDir, "index.js"), "exports.handler = async () => undefined;");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function policyWith(rule: object, settings: object = {}): CompiledPolicy {
  const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
  const recipients = [{ id: "01", keyArn, publicKeyFile: "01.pem", prefix: "#01#", suffix: "#10#" }];
  const rules = [{ path: "/people/**", recipient: "01", fields: ["ssn"], ...rule }];
  return compilePolicy({ version: 1, otherwise: "pass", recipients, rules, ...settings }, new Map([["01", pem]]));
}

interface Deployment {
  readonly stack: Stack;
  readonly edge: EdgeFunction;
  readonly fn: CfnFunction;
  readonly distribution: CfnDistribution;
}

interface Case {
  readonly policy?: CompiledPolicy;
  readonly memoryMb?: number;
  readonly bundleDir?: string;
  readonly region?: string;
  readonly mutate?: (deployment: Deployment) => void;
}

function childOf<T>(construct: { readonly node: { findAll(): readonly unknown[] } }, type: abstract new (...args: never) => T): T {
  const found = construct.node.findAll().find((node) => node instanceof type);
  if (!(found instanceof type)) throw new TypeError("there is no such resource");
  return found;
}

/** Synthesises and gives the report, by `severity rule`, and whether synth was stopped. */
function check({ policy = policyWith({}), memoryMb, region = "us-east-1", mutate, ...given }: Case) {
  const app = new App({ outdir: join(folder, `out-${++runs}`) });
  const stack = new Stack(app, "Edge", { env: { account: "111122223333", region } });
  const edge = new EdgeFunction(stack, "Function", { functionName: "edge", bundleDir: given.bundleDir ?? bundleDir, policy, memoryMb });
  const viewerDomain = { domainName: "api.example.com", certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/1" };
  const protectedDistribution = new ProtectedDistribution(stack, "Distribution", { version: edge.version, originDomain: "origin.example.com", viewerDomain });
  mutate?.({ stack, edge, fn: childOf(edge, CfnFunction), distribution: childOf(protectedDistribution, CfnDistribution) });
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
  const violations: readonly { ruleName: string; severity: string; description: string; suggestedFix?: string }[] = report.pluginReports
    .filter(({ pluginName }: { pluginName: string }) => pluginName === "Fieldseal")
    .flatMap((each: { violations: readonly object[] }) => each.violations);
  return { stopped, violations, found: violations.map(({ severity, ruleName }) => `${severity} ${ruleName}`).sort() };
}

const fine = ["warning OriginNotPrivate"];
const onFunction = (path: string, value: unknown): Case => ({ mutate: ({ fn }) => fn.addPropertyOverride(path, value) });
const onBehaviour = (path: string, value: unknown): Case => ({
  mutate: ({ distribution }) => distribution.addPropertyOverride(`DistributionConfig.DefaultCacheBehavior.${path}`, value),
});
const onDistribution = (path: string, value: unknown): Case => ({
  mutate: ({ distribution }) => distribution.addPropertyOverride(`DistributionConfig.${path}`, value),
});
const behaviour = (changes: object): object => ({ TargetOriginId: "other", ViewerProtocolPolicy: "https-only", CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", ...changes });
/** CORS-CustomOrigin: one header field, no query, no cookies. */
const narrow = "59781a5b-3903-41f3-afcb-af62929ccde1";
const narrowly = (rule: object): Case => ({ ...onBehaviour("OriginRequestPolicyId", narrow), policy: policyWith(rule) });

test("a right deployment: only what cannot be proved", () => {
  expect(check({})).toMatchObject({ stopped: false, found: fine });
});

test.each<[string, string, Case]>([
  ["arm64", "EdgeArchitecture", onFunction("Architectures", ["arm64"])],
  ["environment variables", "EdgeEnvironment", onFunction("Environment", { Variables: { A: "b" } })],
  ["layers", "EdgeLayers", onFunction("Layers", ["arn:aws:lambda:us-east-1:111122223333:layer:a:1"])],
  ["31 seconds", "EdgeTimeout", onFunction("Timeout", 31)],
  ["a VPC", "EdgeVpc", onFunction("VpcConfig", { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] })],
  ["X-Ray", "EdgeTracing", onFunction("TracingConfig", { Mode: "Active" })],
  ["more /tmp", "EdgeStorage", onFunction("EphemeralStorage", { Size: 1024 })],
  ["a dead letter queue", "EdgeDeadLetters", onFunction("DeadLetterConfig", { TargetArn: "arn:aws:sqs:us-east-1:111122223333:q" })],
  ["a customer managed key", "EdgeEncryption", onFunction("KmsKeyArn", "arn:aws:kms:us-east-1:111122223333:key/1")],
  ["an old runtime", "EdgeRuntime", onFunction("Runtime", "nodejs18.x")],
  ["another Region", "EdgeRegion", { region: "eu-west-1" }],
  [
    "a role that may do more",
    "EdgeRole",
    { mutate: ({ edge }) => childOf(edge, Role).addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName("ReadOnlyAccess")) },
  ],
  ["GET and HEAD alone", "BehaviourMethods", onBehaviour("AllowedMethods", ["GET", "HEAD"])],
  ["no trigger", "DistributionUnprotected", onBehaviour("LambdaFunctionAssociations", [])],
  ["the viewer's event", "BehaviourEvent", onBehaviour("LambdaFunctionAssociations.0.EventType", "viewer-request")],
  ["no body", "BehaviourBody", onBehaviour("LambdaFunctionAssociations.0.IncludeBody", false)],
  [
    "$LATEST",
    "BehaviourVersion",
    onBehaviour("LambdaFunctionAssociations.0.LambdaFunctionARN", "arn:aws:lambda:us-east-1:111122223333:function:edge:$LATEST"),
  ],
  ["an alias", "BehaviourVersion", onBehaviour("LambdaFunctionAssociations.0.LambdaFunctionARN", "arn:aws:lambda:us-east-1:111122223333:function:edge:live")],
  ["HTTP allowed", "BehaviourProtocol", onBehaviour("ViewerProtocolPolicy", "allow-all")],
  ["a redirect to HTTPS", "BehaviourProtocol", onBehaviour("ViewerProtocolPolicy", "redirect-to-https")],
  ["gRPC", "BehaviourGrpc", onBehaviour("GrpcConfig", { Enabled: true })],
  ["caching", "BehaviourCaching", onBehaviour("CachePolicyId", "658327ea-f89d-4fab-a63d-7e88639e58f6")],
  ["old TLS", "MinimumTls", onDistribution("ViewerCertificate.MinimumProtocolVersion", "TLSv1.1_2016")],
  ["an origin in clear", "OriginProtocol", onDistribution("Origins.0.CustomOriginConfig.OriginProtocolPolicy", "match-viewer")],
  ["a behaviour that bypasses", "BehaviourBypass", onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/people/new*" })])],
  ["one that bypasses by a wildcard", "BehaviourBypass", onDistribution("CacheBehaviors", [behaviour({ PathPattern: "*.json" })])],
  [
    "any behaviour beside a policy that refuses the rest",
    "BehaviourBypass",
    { ...onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/static/*" })]), policy: policyWith({}, { otherwise: "refuse" }) },
  ],
  ["a query that is not forwarded", "BehaviourForwarding", narrowly({ query: ["ssn"] })],
  ["a header field that is not forwarded", "BehaviourForwarding", narrowly({ headers: ["x-ssn"] })],
  ["a cookie that is not forwarded", "BehaviourForwarding", narrowly({ cookies: ["ssn"] })],
])("%s stops synth: %s", (_, rule, wrong) => {
  const { stopped, found, violations } = check(wrong);
  expect(found).toContain(`error ${rule}`);
  expect(found.filter((each) => each.startsWith("error"))).toEqual([`error ${rule}`]);
  expect(stopped).toBe(true);
  const fix = violations.find(({ ruleName }) => ruleName === rule);
  expect(JSON.stringify(fix)).toMatch(/[Ff]ix/);
});

test.each<[string, string, Case]>([
  ["half a vCPU", "EdgeMemory", { memoryMb: 1_024 }],
  ["CloudFront's certificate", "MinimumTls", onDistribution("ViewerCertificate", { CloudFrontDefaultCertificate: true, AcmCertificateArn: undefined })],
  ["a behaviour elsewhere on the origin", "BehaviourSameOrigin", onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/static/*" })])],
  ["a policy that nobody can read", "BehaviourForwarding", onBehaviour("OriginRequestPolicyId", "00000000-0000-4000-8000-000000000009")],
])("%s warns: %s", (_, rule, wrong) => {
  const { stopped, found } = check({
    ...wrong,
    mutate: (deployment) => {
      wrong.mutate?.(deployment);
      if (rule === "MinimumTls") deployment.distribution.addPropertyDeletionOverride("DistributionConfig.ViewerCertificate.AcmCertificateArn");
      if (rule !== "BehaviourSameOrigin") return;
      deployment.distribution.addPropertyOverride("DistributionConfig.Origins.0.Id", "other");
      deployment.distribution.addPropertyOverride("DistributionConfig.DefaultCacheBehavior.TargetOriginId", "other");
    },
  });
  expect(found).toContain(`warning ${rule}`);
  expect(stopped).toBe(false);
});

test("a header field that the origin request policy names is forwarded", () => {
  expect(check(narrowly({ headers: ["origin"] })).found).toEqual(fine);
});

test("a bundle of many megabytes", () => {
  const big = join(folder, "big");
  mkdirSync(big);
  writeFileSync(join(big, "index.js"), randomBytes(2_000_000));
  expect(check({ bundleDir: big }).found).toContain("warning EdgeBundle");
  writeFileSync(join(big, "more.js"), randomBytes(50_000_000));
  expect(check({ bundleDir: big })).toMatchObject({ stopped: true, found: ["error EdgeBundle", ...fine] });
});

test("a second distribution to the same origin", () => {
  const mutate = ({ stack, distribution }: Deployment): void => {
    const { origins } = stack.resolve(distribution.distributionConfig);
    new CfnDistribution(stack, "Second", {
      distributionConfig: { enabled: true, origins, defaultCacheBehavior: { targetOriginId: origins[0].id, viewerProtocolPolicy: "https-only" } },
    });
  };
  expect(check({ mutate })).toMatchObject({ stopped: true, found: ["error DistributionUnprotected", ...fine] });
});

test("a private origin needs no acknowledgement, and an acknowledged warning is silent", () => {
  const mutate = ({ distribution }: Deployment): void => {
    distribution.addPropertyOverride("DistributionConfig.Origins.0.VpcOriginConfig", { VpcOriginId: "vo-1" });
    distribution.addPropertyDeletionOverride("DistributionConfig.Origins.0.CustomOriginConfig");
  };
  expect(check({ mutate }).found).toEqual([]);
  expect(check({ mutate: ({ stack }) => Validations.of(stack).acknowledge({ id: "Fieldseal::OriginNotPrivate", reason: "It demands mutual TLS." }) }).found).toEqual([]);
});
