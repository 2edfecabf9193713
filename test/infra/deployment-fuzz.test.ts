/** Templates that are mangled anywhere: the checks say something or nothing, and never fail themselves. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compilePolicy } from "../../core/policy-check/check-policy.ts";
import { runsFunction } from "../../infra/behaviours.ts";
import { readTemplate } from "../../infra/deployment.ts";
import { checkDistribution } from "../../infra/distribution-check.ts";
import { checkFunction } from "../../infra/function-check.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const templatePath = join(folder, "Edge.template.json");

const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const pem = readFileSync(resolve(import.meta.dirname, "../../policy/keys/01.pem"), "utf8");
const recipients = [{ id: "01", keyArn, publicKeyFile: "01.pem", prefix: "#01#", suffix: "#10#" }];
const rules = [
  { path: "/people/**", recipient: "01", fields: ["ssn"], query: ["ssn"], headers: ["x-*"], cookies: ["ssn"] },
];
const policy = compilePolicy({ version: 1, otherwise: "pass", recipients, rules }, new Map([["01", pem]]));

const behaviour = {
  TargetOriginId: "group",
  AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
  ViewerProtocolPolicy: "https-only",
  CachePolicyId: { Ref: "Cache" },
  OriginRequestPolicyId: { Ref: "Forwarding" },
  GrpcConfig: { Enabled: false },
  LambdaFunctionAssociations: [
    { EventType: "origin-request", IncludeBody: true, LambdaFunctionARN: { Ref: "Version" } },
  ],
};
const forwardAll = {
  HeadersConfig: { HeaderBehavior: "allExcept", Headers: ["Host"] },
  CookiesConfig: { CookieBehavior: "all" },
  QueryStringsConfig: { QueryStringBehavior: "all" },
};
const resources = {
  Role: {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: ["lambda.amazonaws.com", "edgelambda.amazonaws.com"] },
            Action: "sts:AssumeRole",
          },
        ],
      },
      Policies: [
        {
          PolicyName: "logs",
          PolicyDocument: { Statement: [{ Effect: "Allow", Action: ["logs:PutLogEvents"], Resource: "*" }] },
        },
      ],
    },
  },
  Function: {
    Type: "AWS::Lambda::Function",
    Properties: {
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      MemorySize: 1_769,
      Timeout: 30,
      Role: { "Fn::GetAtt": ["Role", "Arn"] },
      Code: { S3Key: `${"0".repeat(64)}.zip` },
    },
  },
  Version: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Function" } } },
  Cache: {
    Type: "AWS::CloudFront::CachePolicy",
    Properties: { CachePolicyConfig: { MaxTTL: 0, ParametersInCacheKeyAndForwardedToOrigin: forwardAll } },
  },
  Forwarding: { Type: "AWS::CloudFront::OriginRequestPolicy", Properties: { OriginRequestPolicyConfig: forwardAll } },
  Distribution: {
    Type: "AWS::CloudFront::Distribution",
    Properties: {
      DistributionConfig: {
        DefaultCacheBehavior: behaviour,
        CacheBehaviors: [
          { ...behaviour, PathPattern: "/people/*" },
          {
            ...behaviour,
            PathPattern: "*.json",
            CachePolicyId: undefined,
            ForwardedValues: { QueryString: true, Headers: ["*"], Cookies: { Forward: "all" } },
            MaxTTL: 0,
          },
        ],
        Origins: [
          {
            Id: "a",
            DomainName: "a.example.com",
            CustomOriginConfig: { OriginProtocolPolicy: "https-only" },
            OriginAccessControlId: "oac",
          },
        ],
        OriginGroups: { Items: [{ Id: "group", Members: { Items: [{ OriginId: "a" }] } }] },
        ViewerCertificate: { AcmCertificateArn: "arn", MinimumProtocolVersion: "TLSv1.2_2021" },
      },
    },
  },
};

/** What a mangled place holds. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    "",
    "x",
    0,
    -1,
    true,
    [],
    {},
    [null],
    [[]],
    { Ref: "Role" },
    { Ref: "AWS::NoValue" },
    { "Fn::GetAtt": "Role.Arn" },
    { "Fn::If": ["c", {}, []] },
    { "Fn::Join": ["", ["a", 1]] },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

function mangle(value: unknown, path: readonly number[], put: unknown): unknown {
  const [at, ...rest] = path;
  if (at === undefined || typeof value !== "object" || value === null) return put;
  const entries = Object.entries(value);
  if (entries.length === 0) return put;
  const chosen = at % entries.length;
  const changed = entries.map(
    ([name, member], index) => [name, index === chosen ? mangle(member, rest, put) : member] as const,
  );
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}

function findMistakes(template: unknown): readonly string[] {
  writeFileSync(templatePath, JSON.stringify(template));
  const { resources: read } = readTemplate({ templatePath, region: "us-east-1" });
  const recognise = (arn: unknown) =>
    JSON.stringify(arn ?? "").includes("Version") ? ("version" as const) : undefined;
  const [edge, distribution, version] = ["Function", "Distribution", "Version"].map((id) =>
    read.find((each) => each.id === id),
  );
  return [
    ...(edge === undefined ? [] : checkFunction(edge, version)),
    ...(distribution === undefined || !runsFunction(distribution, recognise)
      ? []
      : checkDistribution(distribution, policy, recognise, [])),
  ].map(({ rule }) => rule);
}

test("without changes, the only finding is the missing bundle", () => {
  expect(findMistakes({ Resources: resources })).toEqual(["EdgeBundle"]);
});

test("checks give findings and never throw for templates with one to three odd values", () => {
  const mangling = fc.tuple(fc.array(fc.nat(20), { minLength: 1, maxLength: 9 }), junk);
  fc.assert(
    fc.property(fc.array(mangling, { minLength: 1, maxLength: 3 }), (manglings) => {
      const template = manglings.reduce<unknown>((changed, [path, put]) => mangle(changed, path, put), {
        Resources: resources,
      });
      for (const rule of findMistakes(template)) expect(rule).toMatch(/^[A-Z][A-Za-z]+$/);
    }),
    { numRuns: 1_000 },
  );
});

/** The paths of all values of a template, as the indices that `mangle` follows. */
function listPaths(value: unknown): readonly (readonly number[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((member, index) => [
    [index],
    ...listPaths(member).map((path) => [index, ...path]),
  ]);
}

test.each<readonly [string, unknown]>([
  ["an object whose toString is not a function", { toString: [] }],
  ["a list of such an object", [{ toString: [], valueOf: 0 }]],
])("checks give findings and never throw for %s in any place", (_, odd) => {
  const places = listPaths(resources);
  expect(places.length).toBeGreaterThan(50);
  for (const path of places) {
    for (const rule of findMistakes({ Resources: mangle(resources, path, odd) }))
      expect(rule).toMatch(/^[A-Z][A-Za-z]+$/);
  }
});
