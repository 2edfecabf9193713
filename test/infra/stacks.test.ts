import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { CfnBucket } from "aws-cdk-lib/aws-s3";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { buildBundles, buildWatchBundles } from "../../infra/bundle.ts";
import { addKeyStack } from "../../infra/key-stack.ts";
import { addSecurityCheck } from "../../infra/security-check.ts";
import { parseSettings, type Settings } from "../../infra/settings.ts";
import { addStacks } from "../../infra/stacks.ts";
import { addWatchStack } from "../../infra/watch-stack.ts";

const root = resolve(import.meta.dirname, "../..");
const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const context: Readonly<Record<string, string>> = {
  stage: "sample",
  policy: "policy/sample.json",
  originDomain: "origin.example.com",
};

const caller = "arn:aws:iam::111122223333:role/billing";
const operated = {
  callers: caller,
  alarmEmail: "security@example.com",
  canaryUrl: "https://api.example.com/people",
  canaryBody: '[{"ssn":"{{canary}}"}]',
};

function settingsWith(changes: Readonly<Record<string, unknown>>): Settings {
  const given: Readonly<Record<string, unknown>> = { ...context, ...changes };
  return parseSettings((name) => given[name]);
}

/** Feature flags change what is synthesised. */
const flags: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")).context;

function makeApp(name: string): App {
  return new App({ context: flags, outdir: join(folder, name) });
}

const folder = mkdtempSync(join(tmpdir(), "fieldseal-infra-"));
const bundlesDir = join(folder, "bundles");
let policy: CompiledPolicy;
let templates: readonly Template[];
let assembly: string;

beforeAll(async () => {
  policy = await buildBundles({ policyFile: join(root, "policy/sample.json"), outDir: bundlesDir });
  await buildWatchBundles(bundlesDir);
  const app = makeApp("cdk.out");
  const given = { settings: settingsWith(operated), policy, bundlesDir };
  const stacks = [...addStacks(app, given), addWatchStack(app, given)];
  addSecurityCheck(app, stacks);
  const silence = jest.spyOn(console, "error").mockImplementation(() => undefined);
  assembly = app.synth().directory;
  silence.mockRestore();
  templates = stacks.map((stack) => Template.fromStack(stack));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function templateOf(index: number): Template {
  const template = templates[index];
  if (template === undefined) throw new TypeError("there is no such stack");
  return template;
}

describe("keys", () => {
  test("an RSA key for encryption, which stays", () => {
    templateOf(0).hasResource("AWS::KMS::Key", {
      Properties: { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" },
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
    });
    templateOf(0).hasResourceProperties("AWS::KMS::Alias", { AliasName: "alias/fieldseal-sample-01" });
  });

  test("nobody is allowed everything", () => {
    expect(JSON.stringify(templateOf(0).toJSON())).not.toContain("kms:*");
  });

  test("no algorithm but RSAES_OAEP_SHA_256", () => {
    templateOf(0).hasResourceProperties("AWS::KMS::Key", {
      KeyPolicy: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Deny",
            Action: ["kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
            Condition: { StringNotEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
          }),
        ]),
      }),
    });
  });
});

describe("keys, who may do what", () => {
  const statements = (): readonly Readonly<Record<string, unknown>>[] =>
    Object.values(
      templateOf(0).findResources("AWS::KMS::Key", { Properties: { KeyUsage: "ENCRYPT_DECRYPT" } }),
    ).flatMap(({ Properties }) => Properties.KeyPolicy.Statement);

  test("administration and use are apart, and use is for named roles", () => {
    const bySid = (sid: string) => statements().find(({ Sid }) => Sid === sid);
    expect(JSON.stringify(bySid("AdministrationByTheAccount"))).not.toMatch(/Decrypt|ReEncrypt|"kms:\*"/);
    expect(bySid("DecryptByNamedRolesThatIamAllows")).toMatchObject({
      Action: "kms:Decrypt",
      Condition: {
        ArnEquals: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/fieldseal-sample-decryptor"] },
        StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256", "kms:CallerAccount": "111122223333" },
      },
    });
  });

  test("nobody deletes or disables a key without break-glass", () => {
    expect(statements()).toContainEqual({
      Sid: "NoLossWithoutBreakGlass",
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: ["kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:UpdatePrimaryRegion"],
      Resource: "*",
      Condition: {
        ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/fieldseal-sample-break-glass"] },
      },
    });
  });

  test("calls that lose a key are told to a topic", () => {
    templateOf(0).hasResourceProperties("AWS::Events::Rule", {
      EventPattern: Match.objectLike({
        source: ["aws.kms"],
        detail: Match.objectLike({ eventName: Match.arrayWith(["DisableKey", "ScheduleKeyDeletion"]) }),
      }),
      Targets: [Match.objectLike({ Arn: Match.anyValue() })],
    });
    templateOf(0).hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "security@example.com",
    });
  });

  test("the key stack needs no key: spec, Region, replication and origin are settings", () => {
    const settings = settingsWith({
      stage: "prod",
      part: "keys",
      keyRegion: "ap-southeast-2",
      keyOrigin: "EXTERNAL",
      multiRegion: "true",
    });
    const stack = addKeyStack(makeApp("keys"), { settings, recipients: [{ id: "07", keySpec: "RSA_4096" }] });
    expect(stack.region).toBe("ap-southeast-2");
    Template.fromStack(stack).hasResourceProperties("AWS::KMS::Key", {
      KeySpec: "RSA_4096",
      MultiRegion: true,
      Origin: "EXTERNAL",
    });
    const nowhere = settingsWith({ stage: "prod", part: "keys" });
    expect(() => addKeyStack(makeApp("nowhere"), { settings: nowhere, recipients: [] })).toThrow(/keyRegion/);
  });

  test("the verifier may decrypt in the one way, for those who are named", () => {
    const settings = settingsWith({ stage: "prod", keyRegion: "eu-central-1", verifiers: caller });
    const template = Template.fromStack(
      addKeyStack(makeApp("verifier"), { settings, recipients: [{ id: "01", keySpec: "RSA_2048" }] }),
    );
    template.hasResourceProperties("AWS::IAM::Role", {
      RoleName: "fieldseal-prod-verifier",
      AssumeRolePolicyDocument: Match.objectLike({ Statement: [Match.objectLike({ Principal: { AWS: caller } })] }),
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: [
              Match.objectLike({ Action: "kms:GetPublicKey" }),
              Match.objectLike({
                Action: "kms:Decrypt",
                Condition: { StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
              }),
            ],
          }),
        }),
      ],
    });
  });

  test("rewrapping is a role of its own, for one pair, with MFA", () => {
    const settings = settingsWith({ stage: "prod", keyRegion: "eu-central-1", rewrap: "01>02", operators: caller });
    const recipients = [
      { id: "01", keySpec: "RSA_2048" },
      { id: "02", keySpec: "RSA_2048" },
    ] as const;
    const template = Template.fromStack(addKeyStack(makeApp("rewrap"), { settings, recipients }));
    const condition = { StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } };
    template.hasResourceProperties("AWS::IAM::Role", {
      RoleName: "fieldseal-prod-rewrap-01-02",
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Principal: { AWS: caller },
            Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
          }),
        ],
      }),
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: [
              { Action: "kms:ReEncryptFrom", Effect: "Allow", Resource: Match.anyValue(), Condition: condition },
              { Action: "kms:ReEncryptTo", Effect: "Allow", Resource: Match.anyValue(), Condition: condition },
              { Action: "kms:DescribeKey", Effect: "Allow", Resource: Match.anyValue() },
            ],
          }),
        }),
      ],
    });
    const unknown = settingsWith({ keyRegion: "eu-central-1", rewrap: "01>03", operators: caller });
    expect(() => addKeyStack(makeApp("unknown"), { settings: unknown, recipients })).toThrow(/rewrap/);
  });
});

test("cdk-nag has no finding that is not acknowledged", () => {
  const report = JSON.parse(readFileSync(join(assembly, "validation-report.json"), "utf8"));
  expect(
    report.pluginReports
      .flatMap((each: { violations: readonly { ruleName: string }[] }) =>
        each.violations.map(({ ruleName }) => ruleName),
      )
      .sort(),
  ).toEqual(["MinimumTls", "OriginNotPrivate"]);
  const app = makeApp("bad");
  new CfnBucket(new Stack(app, "Bad"), "Bucket");
  addSecurityCheck(app, []);
  expect(() => app.synth()).toThrow(/AwsSolutions-S1/);
});

describe("edge", () => {
  test("a function that Lambda@Edge takes", () => {
    templateOf(1).hasResourceProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Architectures: ["x86_64"],
      Timeout: 30,
      MemorySize: 1769,
      Handler: "index.handler",
      Environment: Match.absent(),
      Layers: Match.absent(),
      VpcConfig: Match.absent(),
      KmsKeyArn: Match.absent(),
      TracingConfig: Match.absent(),
    });
  });

  test("the role is for both services and writes logs only", () => {
    templateOf(1).resourceCountIs("AWS::IAM::Policy", 0);
    templateOf(1).hasResourceProperties("AWS::IAM::Role", {
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [Match.objectLike({ Principal: { Service: ["edgelambda.amazonaws.com", "lambda.amazonaws.com"] } })],
      }),
      ManagedPolicyArns: Match.absent(),
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: [
              {
                Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                Effect: "Allow",
                Resource: [
                  "arn:aws:logs:*:111122223333:log-group:/aws/lambda/us-east-1.fieldseal-sample-edge",
                  "arn:aws:logs:*:111122223333:log-group:/aws/lambda/us-east-1.fieldseal-sample-edge:*",
                ],
              },
            ],
          }),
        }),
      ],
    });
  });

  test("a numbered version, with the body, at the origin request", () => {
    const versions = templateOf(1).findResources("AWS::Lambda::Version");
    const [version] = Object.keys(versions);
    templateOf(1).hasResource("AWS::Lambda::Version", { DeletionPolicy: "Retain" });
    templateOf(1).hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: Match.objectLike({
        DefaultCacheBehavior: Match.objectLike({
          LambdaFunctionAssociations: [
            { EventType: "origin-request", IncludeBody: true, LambdaFunctionARN: { Ref: version } },
          ],
          AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
          ViewerProtocolPolicy: "https-only",
          // The managed policies CachingDisabled and AllViewerExceptHostHeader.
          CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
          OriginRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        }),
        CacheBehaviors: Match.absent(),
        Origins: [
          Match.objectLike({
            DomainName: "origin.example.com",
            CustomOriginConfig: { OriginProtocolPolicy: "https-only", OriginSSLProtocols: ["TLSv1.2"] },
          }),
        ],
      }),
    });
  });

  test("a domain of one's own demands TLS 1.2", () => {
    const app = makeApp("domain");
    const settings = settingsWith({
      domainName: "api.example.com",
      certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-4000-8000-000000000002",
    });
    const [, edge] = addStacks(app, { settings, policy, bundlesDir });
    if (edge === undefined) throw new TypeError("there is no edge stack");
    const silence = jest.spyOn(console, "error").mockImplementation(() => undefined);
    const template = Template.fromStack(edge);
    silence.mockRestore();
    template.hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: Match.objectLike({
        Aliases: ["api.example.com"],
        ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: "TLSv1.2_2021" }),
      }),
    });
  });
});

describe("reader", () => {
  test("it decrypts under its own keys, in one way, and nothing else", () => {
    templateOf(2).resourceCountIs("AWS::IAM::Policy", 0);
    templateOf(2).hasResourceProperties("AWS::IAM::Role", {
      ManagedPolicyArns: Match.absent(),
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: [
              {
                Action: "kms:Decrypt",
                Effect: "Allow",
                Resource: keyArn,
                Condition: { StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
              },
              Match.objectLike({ Action: ["logs:CreateLogStream", "logs:PutLogEvents"] }),
            ],
          }),
        }),
      ],
    });
  });

  test("its configuration is one that it reads", () => {
    const [resource] = Object.values(templateOf(2).findResources("AWS::Lambda::Function"));
    const text: unknown = resource?.["Properties"]?.Environment?.Variables?.FIELDSEAL_READER;
    const reader = parseReader(JSON.parse(String(text)));
    expect(reader.recipients).toEqual([
      { id: "01", keyArn, prefix: "#01#", suffix: "#10#", mayOpen: true, view: "full" },
    ]);
  });
});

describe("reader, around it", () => {
  test("only the named principal may invoke it", () => {
    templateOf(2).resourceCountIs("AWS::Lambda::Permission", 1);
    templateOf(2).hasResourceProperties("AWS::Lambda::Permission", {
      Action: "lambda:InvokeFunction",
      Principal: caller,
    });
  });

  test.each(["kms_denied", "kms_throttled", "kms_key_unusable", "internal_error"])("an alarm on %s", (code) => {
    templateOf(2).hasResourceProperties("AWS::Logs::MetricFilter", { FilterPattern: `"${code}"` });
    templateOf(2).hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName: code,
      AlarmActions: [Match.anyValue()],
    });
  });

  test("another Region than the keys'", () => {
    const [, , reader] = addStacks(makeApp("far"), {
      settings: settingsWith({ readerRegion: "ap-northeast-1" }),
      policy,
      bundlesDir,
    });
    expect(reader?.region).toBe("ap-northeast-1");
  });
});

describe("watching", () => {
  test.each([
    ["more refusals than usual", /refuses more/],
    ["internal errors", /edge function failed with internal_error/],
    ["crashes and timeouts", /timed out/],
    ["the canary", /canary/],
    ["everything refused", /every request/],
    ["results that CloudFront cannot take", /refused results/],
    ["a counter that fails", /counter of the edge/],
    ["a counter that lags", /is fifteen minutes late/],
    ["silence", /no line of the edge arrives/],
  ])("an alarm on %s", (_, says) => {
    templateOf(3).hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmDescription: Match.stringLikeRegexp(says.source),
      AlarmActions: [Match.anyValue()],
    });
  });

  test("an alarm for each selector on a match rate under what it used to be", () => {
    const alarms = Object.values(
      templateOf(3).findResources("AWS::CloudWatch::Alarm", {
        Properties: { ComparisonOperator: "LessThanLowerThreshold" },
      }),
    );
    expect(alarms).toHaveLength(6);
    expect(JSON.stringify(alarms)).toContain("ANOMALY_DETECTION_BAND");
    expect(JSON.stringify(alarms)).toContain("$[*].ssn");
  });

  test("the canary may invoke the reader, and nothing else", () => {
    templateOf(3).hasResourceProperties("AWS::IAM::Role", {
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: [
              {
                Action: "lambda:InvokeFunction",
                Effect: "Allow",
                Resource: "arn:aws:lambda:eu-central-1:111122223333:function:fieldseal-sample-decryptor",
              },
              Match.objectLike({ Action: ["logs:CreateLogStream", "logs:PutLogEvents"] }),
            ],
          }),
        }),
      ],
    });
  });
});

test("a distribution that is there already: the function alone, its version an output", () => {
  const [, edge] = addStacks(makeApp("existing"), {
    settings: settingsWith({ distribution: "existing" }),
    policy,
    bundlesDir,
  });
  if (edge === undefined) throw new TypeError("there is no edge stack");
  const template = Template.fromStack(edge);
  template.resourceCountIs("AWS::CloudFront::Distribution", 0);
  template.hasOutput("FunctionVersion", {});
});

describe("stage sample", () => {
  test("no stack of it can be deployed", () => {
    for (const template of templates) {
      const { Assertions } = template.toJSON()["Rules"]["StageSampleIsNotForDeployment"];
      expect(Assertions).toEqual([
        { Assert: { "Fn::Equals": ["stage sample", "deployable"] }, AssertDescription: expect.any(String) },
      ]);
    }
  });

  test("no other stage takes the sample's key", () => {
    const build = (): unknown =>
      addStacks(makeApp("prod"), { settings: settingsWith({ stage: "prod" }), policy, bundlesDir });
    expect(build).toThrow(FieldsealError);
    expect(build).toThrow(/public key of recipient 01 belongs to the sample/);
  });
});

describe("the assets that would be uploaded", () => {
  const event = {
    Records: [
      {
        cf: {
          config: { requestId: "id-1", eventType: "origin-request" },
          request: {
            clientIp: "203.0.113.1",
            method: "POST",
            uri: "/people",
            querystring: "",
            headers: { "content-type": [{ key: "Content-Type", value: "application/json" }] },
            body: {
              inputTruncated: false,
              action: "read-only",
              encoding: "base64",
              data: Buffer.from('[{"ssn": "078-05-1120"}]').toString("base64"),
            },
          },
        },
      },
    ],
  };

  test("the edge function protects a request", async () => {
    const assets = readFileSync(join(assembly, "fieldseal-sample-edge.assets.json"), "utf8");
    const [path] = /asset\.[0-9a-f]{64}/.exec(assets) ?? [];
    const file = join(assembly, String(path), "index.js");
    expect(existsSync(file)).toBe(true);
    const { handler } = createRequire(join(root, "package.json"))(file);
    const log = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
    const result = await handler(event);
    expect(log).toHaveBeenCalledTimes(1);
    log.mockRestore();
    const body = Buffer.from(result.body.data, "base64").toString("utf8");
    expect(result.body.action).toBe("replace");
    expect(body).toMatch(/^\[\{"ssn": "#01#[A-Za-z0-9+/]{342}==#10#"\}\]$/);
  });
});
