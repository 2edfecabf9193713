/** Functions that Lambda\@Edge does not take, or that are doubtful: each by a change of a right one. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Aspects } from "aws-cdk-lib";
import { AnyPrincipal, CfnRole, ManagedPolicy, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { CfnFunction, CfnVersion } from "aws-cdk-lib/aws-lambda";

import { type Case, check, childOf, fine, folder } from "../support/checked-deployment.ts";

const onFunction = (path: string, value: unknown): Case => ({
  mutate: ({ fn }) => fn.addPropertyOverride(path, value),
});

const onVersion = (path: string, value: unknown): Case => ({
  mutate: ({ edge }) => childOf(edge, CfnVersion).addPropertyOverride(path, value),
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
  ["more memory than there is", "EdgeMemory", onFunction("MemorySize", 20_000)],
  [
    "a VPC under a condition",
    "EdgeVpc",
    onFunction("VpcConfig", { "Fn::If": ["InVpc", { SubnetIds: ["subnet-1"] }, { Ref: "AWS::NoValue" }] }),
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
])("%s warns: %s", (_, rule, wrong) => {
  const { stopped, found } = check(wrong);
  expect(found).toContain(`warning ${rule}`);
  expect(stopped).toBe(false);
});

test.each<[string, Case]>([
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
  ["what is right in both branches of a condition", onFunction("MemorySize", { "Fn::If": ["Large", 3_008, 1_769] })],
  ["text logs, said", onFunction("LoggingConfig", { LogFormat: "Text" })],
])("no false alarm: %s", (_, right) => {
  expect(check(right)).toMatchObject({ stopped: false, found: fine });
});

test("a bundle of many megabytes", () => {
  const big = join(folder, "big");
  mkdirSync(big);
  writeFileSync(join(big, "index.js"), randomBytes(2_000_000));
  expect(check({ bundleDir: big }).found).toContain("warning EdgeBundle");
  writeFileSync(join(big, "more.js"), randomBytes(50_000_000));
  expect(check({ bundleDir: big })).toMatchObject({ stopped: true, found: ["error EdgeBundle", ...fine] });
});
