/** Every wrong deployment by mutation of a right one: the finding, and that it stops synth or warns. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { App, Aspects, Stack, Tags, Validations } from "aws-cdk-lib";
import {
  CfnCachePolicy,
  CfnDistribution,
  OriginRequestCookieBehavior,
  OriginRequestPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { AnyPrincipal, CfnRole, ManagedPolicy, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { CfnAlias, CfnFunction, CfnVersion } from "aws-cdk-lib/aws-lambda";
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { compilePolicy } from "../../core/policy-check/check-policy.ts";
import { EdgeFunction } from "../../infra/edge-function.ts";
import { warningRules } from "../../infra/finding.ts";
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
  const rules: unknown = JSON.parse(
    JSON.stringify([{ path: "/people/**", recipient: "01", fields: ["ssn"], ...rule }]),
  );
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

function childOf<T>(
  construct: { readonly node: { findAll(): readonly unknown[] } },
  type: abstract new (...args: never) => T,
): T {
  const found = construct.node.findAll().find((node) => node instanceof type);
  if (!(found instanceof type)) throw new TypeError("there is no such resource");
  return found;
}

/** Synthesises and gives the report, by `severity rule`, and whether synth was stopped. */
function check({ policy = policyWith({}), memoryMb, region = "us-east-1", mutate, ...given }: Case) {
  const app = new App({ outdir: join(folder, `out-${++runs}`) });
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

const fine = ["warning OriginNotPrivate"];
const onFunction = (path: string, value: unknown): Case => ({
  mutate: ({ fn }) => fn.addPropertyOverride(path, value),
});
const onBehaviour = (path: string, value: unknown): Case => ({
  mutate: ({ distribution }) =>
    distribution.addPropertyOverride(`DistributionConfig.DefaultCacheBehavior.${path}`, value),
});
const onDistribution = (path: string, value: unknown): Case => ({
  mutate: ({ distribution }) => distribution.addPropertyOverride(`DistributionConfig.${path}`, value),
});
const behaviour = (changes: object): object => ({
  TargetOriginId: "other",
  ViewerProtocolPolicy: "https-only",
  CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
  ...changes,
});
/** CORS-CustomOrigin: one header field, no query, no cookies. */
const narrow = "59781a5b-3903-41f3-afcb-af62929ccde1";
const narrowly = (rule: object): Case => ({
  ...onBehaviour("OriginRequestPolicyId", narrow),
  policy: policyWith(rule),
});

const onVersion = (path: string, value: unknown): Case => ({
  mutate: ({ edge }) => childOf(edge, CfnVersion).addPropertyOverride(path, value),
});
const associate = ({ distribution }: Deployment, arn: string): void =>
  distribution.addPropertyOverride(
    "DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations.0.LambdaFunctionARN",
    arn,
  );
const cacheBy = ({ stack, distribution }: Deployment, maxTtl: number): void => {
  const parametersInCacheKeyAndForwardedToOrigin = {
    cookiesConfig: { cookieBehavior: "none" },
    headersConfig: { headerBehavior: "none" },
    queryStringsConfig: { queryStringBehavior: "none" },
    enableAcceptEncodingGzip: false,
  };
  const { ref } = new CfnCachePolicy(stack, "Cache", {
    cachePolicyConfig: { name: "own", minTtl: 0, defaultTtl: 0, maxTtl, parametersInCacheKeyAndForwardedToOrigin },
  });
  distribution.addPropertyOverride("DistributionConfig.DefaultCacheBehavior.CachePolicyId", ref);
};
const forwardBy = ({ stack, distribution }: Deployment, { cookies }: { readonly cookies: readonly string[] }): void => {
  const policy = new OriginRequestPolicy(stack, "Forwarding", {
    cookieBehavior: OriginRequestCookieBehavior.allowList(...cookies),
  });
  distribution.addPropertyOverride(
    "DistributionConfig.DefaultCacheBehavior.OriginRequestPolicyId",
    policy.originRequestPolicyId,
  );
};
/** A behaviour from before there were policies. */
const old = (ForwardedValues: object, ttls: object = {}): Case => ({
  mutate: ({ distribution }) => {
    for (const name of ["CachePolicyId", "OriginRequestPolicyId"])
      distribution.addPropertyDeletionOverride(`DistributionConfig.DefaultCacheBehavior.${name}`);
    for (const [name, value] of Object.entries({ ForwardedValues, ...ttls }))
      distribution.addPropertyOverride(`DistributionConfig.DefaultCacheBehavior.${name}`, value);
  },
});
/** The behaviour leads to a group of origins, of which the first is the one that there was. */
const inGroup = (path: string, value: unknown): Case => ({
  mutate: ({ stack, distribution }) => {
    const { origins } = stack.resolve(distribution.distributionConfig);
    const Members = { Quantity: 2, Items: [{ OriginId: origins[0].id }, { OriginId: "spare" }] };
    distribution.addPropertyOverride("DistributionConfig.OriginGroups", {
      Quantity: 1,
      Items: [{ Id: "group", Members, FailoverCriteria: { StatusCodes: { Quantity: 1, Items: [500] } } }],
    });
    distribution.addPropertyOverride("DistributionConfig.DefaultCacheBehavior.TargetOriginId", "group");
    distribution.addPropertyOverride(`DistributionConfig.${path}`, value);
  },
});

/** Behaviours beside the default one, each as that one is but for some members. */
const withMore = (...changes: readonly object[]): Case => ({
  mutate: ({ stack, distribution }) => {
    const { defaultCacheBehavior } = stack.resolve(distribution.distributionConfig);
    distribution.addPropertyOverride(
      "DistributionConfig.CacheBehaviors",
      changes.map((members) => ({ ...capitalise(defaultCacheBehavior), ...members })),
    );
  },
});
/** Names as CloudFormation has them. */
function capitalise(members: object): object {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name.replace(/^./, (letter) => letter.toUpperCase()).replace("FunctionArn", "FunctionARN"),
      name === "lambdaFunctionAssociations" ? value.map(capitalise) : value,
    ]),
  );
}
const privately = (changes: Readonly<Record<string, unknown>>): Case => ({
  mutate: ({ distribution }) => {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) distribution.addPropertyDeletionOverride(`DistributionConfig.Origins.0.${name}`);
      else distribution.addPropertyOverride(`DistributionConfig.Origins.0.${name}`, value);
    }
  },
});

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
  [
    "a dead letter queue",
    "EdgeDeadLetters",
    onFunction("DeadLetterConfig", { TargetArn: "arn:aws:sqs:us-east-1:111122223333:q" }),
  ],
  ["a customer managed key", "EdgeEncryption", onFunction("KmsKeyArn", "arn:aws:kms:us-east-1:111122223333:key/1")],
  ["an old runtime", "EdgeRuntime", onFunction("Runtime", "nodejs18.x")],
  ["another Region", "EdgeRegion", { region: "eu-west-1" }],
  [
    "a container image",
    "EdgeRuntime",
    {
      mutate: ({ fn }) => {
        fn.addPropertyOverride("PackageType", "Image");
        fn.addPropertyDeletionOverride("Runtime");
      },
    },
  ],
  ["a Python runtime", "EdgeRuntime", onFunction("Runtime", "python3.13")],
  ["a handler that is not in the bundle", "EdgeHandler", onFunction("Handler", "main.handler")],
  ["both architectures", "EdgeArchitecture", onFunction("Architectures", ["x86_64", "arm64"])],
  [
    "a file system",
    "EdgeFileSystem",
    onFunction("FileSystemConfigs", [
      { Arn: "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-1", LocalMountPath: "/mnt/a" },
    ]),
  ],
  [
    "a bundle under a customer managed key",
    "EdgeEncryption",
    onFunction("Code.SourceKMSKeyArn", "arn:aws:kms:us-east-1:111122223333:key/1"),
  ],
  [
    "a runtime that is pinned",
    "EdgeRuntimeManagement",
    onFunction("RuntimeManagementConfig", {
      UpdateRuntimeOn: "Manual",
      RuntimeVersionArn: "arn:aws:lambda:us-east-1::runtime:1",
    }),
  ],
  ["no concurrency", "EdgeConcurrency", onFunction("ReservedConcurrentExecutions", 0)],
  [
    "concurrency that is paid for",
    "EdgeConcurrency",
    onVersion("ProvisionedConcurrencyConfig", { ProvisionedConcurrentExecutions: 1 }),
  ],
  [
    "a version whose runtime is pinned",
    "EdgeRuntimeManagement",
    onVersion("RuntimePolicy", { UpdateRuntimeOn: "FunctionUpdate" }),
  ],
  ["snapshots", "EdgeSnapshots", onFunction("SnapStart", { ApplyOn: "PublishedVersions" })],
  ["31 seconds as a text", "EdgeTimeout", onFunction("Timeout", "31")],
  ["no concurrency as a text", "EdgeConcurrency", onFunction("ReservedConcurrentExecutions", "0")],
  ["gRPC as a text", "BehaviourGrpc", onBehaviour("GrpcConfig", { Enabled: "true" })],
  ["more memory than there is", "EdgeMemory", onFunction("MemorySize", 20_000)],
  [
    "a VPC under a condition",
    "EdgeVpc",
    onFunction("VpcConfig", { "Fn::If": ["InVpc", { SubnetIds: ["subnet-1"] }, { Ref: "AWS::NoValue" }] }),
  ],
  [
    "no body unless a condition holds",
    "BehaviourBody",
    onBehaviour("LambdaFunctionAssociations.0.IncludeBody", { "Fn::If": ["WithBody", true, false] }),
  ],
  ["15 minutes", "EdgeTimeout", onFunction("Timeout", 900)],
  [
    "a role with a managed policy of the app",
    "EdgeRole",
    {
      mutate: ({ stack, edge }) =>
        void new ManagedPolicy(stack, "More", {
          roles: [childOf(edge, Role)],
          statements: [new PolicyStatement({ actions: ["s3:GetObject"], resources: ["*"] })],
        }),
    },
  ],
  [
    "a role with a policy that is added later",
    "EdgeRole",
    {
      mutate: ({ stack, edge }) =>
        Aspects.of(stack).add({
          visit: (node) =>
            void (
              node === childOf(edge, Role) &&
              childOf(edge, Role).addToPolicy(new PolicyStatement({ actions: ["kms:Decrypt"], resources: ["*"] }))
            ),
        }),
    },
  ],
  [
    "a role that others may assume",
    "EdgeTrust",
    {
      mutate: ({ edge }) =>
        childOf(edge, Role).assumeRolePolicy?.addStatements(
          new PolicyStatement({ actions: ["sts:AssumeRole"], principals: [new AnyPrincipal()] }),
        ),
    },
  ],
  [
    "a role for Lambda alone",
    "EdgeTrust",
    {
      mutate: ({ edge }) =>
        childOf(edge, CfnRole).addPropertyOverride("AssumeRolePolicyDocument.Statement", [
          { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } },
        ]),
    },
  ],
  [
    "arm64 by an aspect",
    "EdgeArchitecture",
    {
      mutate: ({ stack }) =>
        Aspects.of(stack).add({
          visit: (node) => void (node instanceof CfnFunction && node.addPropertyOverride("Architectures", ["arm64"])),
        }),
    },
  ],
  [
    "a role that may do more",
    "EdgeRole",
    {
      mutate: ({ edge }) =>
        childOf(edge, Role).addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName("ReadOnlyAccess")),
    },
  ],
  ["GET and HEAD alone", "BehaviourMethods", onBehaviour("AllowedMethods", ["GET", "HEAD"])],
  ["no trigger", "DistributionUnprotected", onBehaviour("LambdaFunctionAssociations", [])],
  ["the viewer's event", "BehaviourEvent", onBehaviour("LambdaFunctionAssociations.0.EventType", "viewer-request")],
  ["no body", "BehaviourBody", onBehaviour("LambdaFunctionAssociations.0.IncludeBody", false)],
  [
    "$LATEST",
    "BehaviourVersion",
    onBehaviour(
      "LambdaFunctionAssociations.0.LambdaFunctionARN",
      "arn:aws:lambda:us-east-1:111122223333:function:edge:$LATEST",
    ),
  ],
  [
    "an alias",
    "BehaviourVersion",
    onBehaviour(
      "LambdaFunctionAssociations.0.LambdaFunctionARN",
      "arn:aws:lambda:us-east-1:111122223333:function:edge:live",
    ),
  ],
  [
    "an alias of the app",
    "BehaviourVersion",
    {
      mutate: (given) =>
        associate(
          given,
          new CfnAlias(given.stack, "Live", { functionName: given.fn.ref, functionVersion: "1", name: "live" }).ref,
        ),
    },
  ],
  ["the function itself", "BehaviourVersion", { mutate: (given) => associate(given, given.fn.attrArn) }],
  ["$LATEST put together", "BehaviourVersion", { mutate: (given) => associate(given, `${given.fn.attrArn}:$LATEST`) }],
  ["an alias put together", "BehaviourVersion", { mutate: (given) => associate(given, `${given.fn.attrArn}:live`) }],
  ["the viewer's response", "BehaviourEvent", onBehaviour("LambdaFunctionAssociations.0.EventType", "viewer-response")],
  ["the origin's response", "BehaviourEvent", onBehaviour("LambdaFunctionAssociations.0.EventType", "origin-response")],
  [
    "a body that nobody asked for",
    "BehaviourBody",
    {
      mutate: ({ distribution }) =>
        distribution.addPropertyDeletionOverride(
          "DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations.0.IncludeBody",
        ),
    },
  ],
  [
    "a function whose name begins alike",
    "DistributionUnprotected",
    onBehaviour(
      "LambdaFunctionAssociations.0.LambdaFunctionARN",
      "arn:aws:lambda:us-east-1:111122223333:function:edge-2:1",
    ),
  ],
  ["GET, HEAD and OPTIONS", "BehaviourMethods", onBehaviour("AllowedMethods", ["GET", "HEAD", "OPTIONS"])],
  [
    "caching by the old settings",
    "BehaviourCaching",
    old({ QueryString: true, Headers: ["*"], Cookies: { Forward: "all" } }),
  ],
  [
    "caching as the origin says",
    "BehaviourCaching",
    onBehaviour("CachePolicyId", "83da9c7e-98b4-4e11-a168-04f0df8e2c65"),
  ],
  ["a cache policy of one second", "BehaviourCaching", { mutate: (given) => cacheBy(given, 1) }],
  [
    "an origin in clear within a group",
    "OriginProtocol",
    inGroup("Origins.0.CustomOriginConfig.OriginProtocolPolicy", "http-only"),
  ],
  [
    "one that bypasses without a slash",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "people/*" })]),
  ],
  [
    "one that bypasses by a single character",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/peopl?/*" })]),
  ],
  [
    "one that bypasses everything",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "*" })]),
  ],
  [
    "a query of the old settings that is not forwarded",
    "BehaviourForwarding",
    { ...old({ QueryString: false }, { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 }), policy: policyWith({ query: ["ssn"] }) },
  ],
  [
    "a query that is forwarded in part",
    "BehaviourForwarding",
    {
      ...old({ QueryString: true, QueryStringCacheKeys: ["ssn"] }, { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 }),
      policy: policyWith({ query: ["ssn"] }),
    },
  ],
  [
    "a header field that the old settings leave out",
    "BehaviourForwarding",
    {
      ...old({ QueryString: true, Headers: ["Origin"] }, { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 }),
      policy: policyWith({ headers: ["x-ssn"] }),
    },
  ],
  [
    "a cookie that the old settings leave out",
    "BehaviourForwarding",
    {
      ...old(
        { QueryString: true, Cookies: { Forward: "whitelist", WhitelistedNames: ["other"] } },
        { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 },
      ),
      policy: policyWith({ cookies: ["ssn"] }),
    },
  ],
  [
    "a cookie in other capitals",
    "BehaviourForwarding",
    { mutate: (given) => forwardBy(given, { cookies: ["SSN"] }), policy: policyWith({ cookies: ["ssn"] }) },
  ],
  ["a detector over header fields", "BehaviourForwarding", narrowly({ detect: ["card"], detectIn: ["headers"] })],
  ["a detector over the query", "BehaviourForwarding", narrowly({ detect: ["card"], detectIn: ["query"] })],
  ["a detector over cookies", "BehaviourForwarding", narrowly({ detect: ["card"], detectIn: ["cookies"] })],
  [
    "CORS-S3Origin",
    "BehaviourForwarding",
    {
      ...onBehaviour("OriginRequestPolicyId", "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"),
      policy: policyWith({ query: ["ssn"] }),
    },
  ],
  [
    "MediaTailor's policy",
    "BehaviourForwarding",
    {
      ...onBehaviour("OriginRequestPolicyId", "775133bc-15f2-49f9-abea-afb2e0bf67d2"),
      policy: policyWith({ cookies: ["ssn"] }),
    },
  ],
  [
    "no origin request policy",
    "BehaviourForwarding",
    {
      mutate: ({ distribution }) =>
        distribution.addPropertyDeletionOverride("DistributionConfig.DefaultCacheBehavior.OriginRequestPolicyId"),
      policy: policyWith({ query: ["ssn"] }),
    },
  ],
  ["HTTP allowed", "BehaviourProtocol", onBehaviour("ViewerProtocolPolicy", "allow-all")],
  ["a redirect to HTTPS", "BehaviourProtocol", onBehaviour("ViewerProtocolPolicy", "redirect-to-https")],
  ["gRPC", "BehaviourGrpc", onBehaviour("GrpcConfig", { Enabled: true })],
  ["caching", "BehaviourCaching", onBehaviour("CachePolicyId", "658327ea-f89d-4fab-a63d-7e88639e58f6")],
  ["old TLS", "MinimumTls", onDistribution("ViewerCertificate.MinimumProtocolVersion", "TLSv1.1_2016")],
  [
    "an origin in clear",
    "OriginProtocol",
    onDistribution("Origins.0.CustomOriginConfig.OriginProtocolPolicy", "match-viewer"),
  ],
  [
    "a behaviour that bypasses",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/people/new*" })]),
  ],
  [
    "one that bypasses by a wildcard",
    "BehaviourBypass",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "*.json" })]),
  ],
  [
    "any behaviour beside a policy that refuses the rest",
    "BehaviourBypass",
    {
      ...onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/static/*" })]),
      policy: policyWith({}, { otherwise: "refuse" }),
    },
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
  ["a megabyte too little", "EdgeMemory", { memoryMb: 1_768 }],
  ["no memory given", "EdgeMemory", { mutate: ({ fn }) => fn.addPropertyDeletionOverride("MemorySize") }],
  ["concurrency of one Region", "EdgeReservedConcurrency", onFunction("ReservedConcurrentExecutions", 100)],
  ["logs that filters do not read", "EdgeLogging", onFunction("LoggingConfig", { LogFormat: "JSON" })],
  ["logs elsewhere", "EdgeLogging", onFunction("LoggingConfig", { LogGroup: "/mine" })],
  ["a role from elsewhere", "EdgeRole", onFunction("Role", "arn:aws:iam::111122223333:role/mine")],
  ["a bundle from elsewhere", "EdgeBundle", onFunction("Code", { S3Bucket: "mine", S3Key: "mine.zip" })],
  [
    "a cache policy that nobody can read",
    "BehaviourCaching",
    onBehaviour("CachePolicyId", { "Fn::ImportValue": "policy" }),
  ],
  [
    "CloudFront's certificate",
    "MinimumTls",
    onDistribution("ViewerCertificate", { CloudFrontDefaultCertificate: true, AcmCertificateArn: undefined }),
  ],
  [
    "a behaviour elsewhere on the origin",
    "BehaviourSameOrigin",
    onDistribution("CacheBehaviors", [behaviour({ PathPattern: "/static/*" })]),
  ],
  [
    "a policy that nobody can read",
    "BehaviourForwarding",
    onBehaviour("OriginRequestPolicyId", "00000000-0000-4000-8000-000000000009"),
  ],
])("%s warns: %s", (_, rule, wrong) => {
  const { stopped, found } = check({
    ...wrong,
    mutate: (deployment) => {
      wrong.mutate?.(deployment);
      if (rule === "MinimumTls")
        deployment.distribution.addPropertyDeletionOverride("DistributionConfig.ViewerCertificate.AcmCertificateArn");
      if (rule !== "BehaviourSameOrigin") return;
      deployment.distribution.addPropertyOverride("DistributionConfig.Origins.0.Id", "other");
      deployment.distribution.addPropertyOverride("DistributionConfig.DefaultCacheBehavior.TargetOriginId", "other");
    },
  });
  expect(found).toContain(`warning ${rule}`);
  expect(stopped).toBe(false);
});

test.each<[string, Case]>([
  [
    "AllViewer",
    {
      ...onBehaviour("OriginRequestPolicyId", "216adef6-5c7f-47e4-b989-5492eafa07d3"),
      policy: policyWith({ query: ["ssn"], headers: ["x-ssn"], cookies: ["ssn"] }),
    },
  ],
  [
    "AllViewerAndCloudFrontHeaders",
    {
      ...onBehaviour("OriginRequestPolicyId", "33f36d7e-f396-46d9-90e0-52428a34d9dc"),
      policy: policyWith({ query: ["ssn"], headers: ["x-*"], cookies: ["ssn"] }),
    },
  ],
  [
    "AllViewerExceptHostHeader",
    {
      policy: policyWith({
        query: ["ssn"],
        headers: ["x-*"],
        cookies: ["*"],
        detect: ["card"],
        detectIn: ["body", "query", "headers", "cookies"],
      }),
    },
  ],
  [
    "the old settings, all of them and no caching",
    {
      ...old(
        { QueryString: true, Headers: ["*"], Cookies: { Forward: "all" } },
        { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 },
      ),
      policy: policyWith({ query: ["ssn"], headers: ["x-ssn"], cookies: ["ssn"] }),
    },
  ],
  [
    "the old settings, by name",
    {
      ...old(
        { QueryString: true, Headers: ["X-SSN"], Cookies: { Forward: "whitelist", WhitelistedNames: ["s*"] } },
        { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 },
      ),
      policy: policyWith({ headers: ["x-ssn"], cookies: ["ssn"] }),
    },
  ],
  ["a cache policy of one's own that keeps nothing", { mutate: (given) => cacheBy(given, 0) }],
  [
    "a cookie by name",
    { mutate: (given) => forwardBy(given, { cookies: ["ssn"] }), policy: policyWith({ cookies: ["ssn"] }) },
  ],
  [
    "a rule for GET alone",
    {
      ...onBehaviour("AllowedMethods", ["GET", "HEAD"]),
      policy: policyWith({ methods: ["GET"], fields: undefined, query: ["ssn"] }),
    },
  ],
  ["GET alone where no rule reaches", withMore({ PathPattern: "/static/*", AllowedMethods: ["GET", "HEAD"] })],
  [
    "caching where no rule reaches",
    withMore({ PathPattern: "/static/*", CachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6" }),
  ],
  ["TLS 1.3", onDistribution("ViewerCertificate.MinimumProtocolVersion", "TLSv1.3_2025")],
  ["a bundle in node 22", onFunction("Runtime", "nodejs22.x")],
  ["a timeout of five seconds", onFunction("Timeout", 5)],
  ["much memory", { memoryMb: 3_008 }],
  [
    "settings without a value",
    {
      mutate: ({ fn }) =>
        ["Layers", "VpcConfig", "Environment", "TracingConfig"].forEach((name) =>
          fn.addPropertyOverride(name, { Ref: "AWS::NoValue" }),
        ),
    },
  ],
  ["a body that is asked for by a text", onBehaviour("LambdaFunctionAssociations.0.IncludeBody", "true")],
  ["what is right in both branches of a condition", onFunction("MemorySize", { "Fn::If": ["Large", 3_008, 1_769] })],
  ["tags", { mutate: ({ stack }) => Tags.of(stack).add("team", "security") }],
  ["text logs, said", onFunction("LoggingConfig", { LogFormat: "Text" })],
])("no false alarm: %s", (_, right) => {
  expect(check(right)).toMatchObject({ stopped: false, found: fine });
});

test("many behaviours, each of which runs the function, have nothing to tell", () => {
  const patterns = [
    "/people/*",
    "/people/*/cards",
    "*.json",
    "/a?c/*",
    "images/*",
    "/v1/*",
    "/v2/*",
    "/v3/*",
    "/graphql",
    "/*/x",
  ];
  expect(check(withMore(...patterns.map((PathPattern) => ({ PathPattern }))))).toMatchObject({
    stopped: false,
    found: fine,
  });
});

test.each<[string, string, Case]>([
  [
    "an S3 bucket with origin access control",
    "private",
    privately({
      S3OriginConfig: { OriginAccessIdentity: "" },
      OriginAccessControlId: "oac-1",
      CustomOriginConfig: undefined,
    }),
  ],
  [
    "an S3 bucket with an origin access identity",
    "private",
    privately({
      S3OriginConfig: { OriginAccessIdentity: "origin-access-identity/cloudfront/E1" },
      CustomOriginConfig: undefined,
    }),
  ],
  ["a function URL with origin access control", "private", privately({ OriginAccessControlId: "oac-1" })],
  ["a VPC origin", "private", privately({ VpcOriginConfig: { VpcOriginId: "vo-1" }, CustomOriginConfig: undefined })],
  [
    "an S3 bucket of everybody",
    "open",
    privately({ S3OriginConfig: { OriginAccessIdentity: "" }, CustomOriginConfig: undefined }),
  ],
  ["a secret header field", "open", privately({ OriginCustomHeaders: [{ HeaderName: "x-secret", HeaderValue: "a" }] })],
])("%s is %s", (_, expected, given) => {
  expect(check(given).found).toEqual(expected === "private" ? [] : fine);
});

test("every origin of a group is looked at", () => {
  const { found } = check(
    inGroup("Origins.1", {
      Id: "spare",
      DomainName: "spare.example.com",
      CustomOriginConfig: { OriginProtocolPolicy: "http-only" },
    }),
  );
  expect(found).toEqual(["error OriginProtocol", ...fine, ...fine]);
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
      distributionConfig: {
        enabled: true,
        origins,
        defaultCacheBehavior: { targetOriginId: origins[0].id, viewerProtocolPolicy: "https-only" },
      },
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
  expect(
    check({
      mutate: ({ stack }) =>
        Validations.of(stack).acknowledge({ id: "Fieldseal::OriginNotPrivate", reason: "It demands mutual TLS." }),
    }).found,
  ).toEqual([]);
});
