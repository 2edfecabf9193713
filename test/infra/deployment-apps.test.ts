/**
 * Apps of all shapes that hold the edge function: the right ones are silent, and what is wrong in one place is told
 * there.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { App, Stack, Stage, Validations } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  type IOrigin,
  LambdaEdgeEventType,
  OriginRequestPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin, OriginGroup, S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { Bucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { compilePolicy } from "../../core/policy-check/check-policy.ts";
import { EdgeFunction } from "../../infra/edge-function.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-apps-"));
const bundleDir = join(folder, "bundle");
let runs = 0;
beforeAll(() => {
  mkdirSync(bundleDir);
  writeFileSync(join(bundleDir, "index.js"), "exports.handler = async () => undefined;");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const recipients = [{ id: "01", keyArn, publicKeyFile: "01.pem", prefix: "#01#", suffix: "#10#" }];
const pem = readFileSync(resolve(import.meta.dirname, "../../policy/keys/01.pem"), "utf8");
const policy = compilePolicy(
  { version: 1, otherwise: "pass", recipients, rules: [{ path: "/people/**", recipient: "01", fields: ["ssn"] }] },
  new Map([["01", pem]]),
);

const env = (region: string) => ({ env: { account: "111122223333", region } });
const functionIn = (scope: Construct, functionName = "edge") =>
  new EdgeFunction(scope, `Function-${functionName}`, { functionName, bundleDir, policy });

function privateOrigin(scope: Construct, bucket: string): IOrigin {
  return S3BucketOrigin.withOriginAccessControl(Bucket.fromBucketName(scope, bucket, bucket));
}

function protect(
  edge: EdgeFunction | undefined,
  scope: Construct,
  originDomain = "origin.example.com",
  changes: Partial<BehaviorOptions> = {},
): BehaviorOptions {
  const origin = changes.origin ?? privateOrigin(scope, `bucket-${originDomain}`);
  return {
    allowedMethods: AllowedMethods.ALLOW_ALL,
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    ...(edge === undefined
      ? {}
      : {
          edgeLambdas: [
            { functionVersion: edge.version, eventType: LambdaEdgeEventType.ORIGIN_REQUEST, includeBody: true },
          ],
        }),
    ...changes,
    origin,
  };
}

function distribute(
  scope: Construct,
  id: string,
  defaultBehavior: BehaviorOptions,
  additionalBehaviors: Readonly<Record<string, BehaviorOptions>> = {},
): Distribution {
  return new Distribution(scope, id, {
    domainNames: [`${id.toLowerCase()}.example.com`],
    certificate: Certificate.fromCertificateArn(
      scope,
      `${id}Certificate`,
      "arn:aws:acm:us-east-1:111122223333:certificate/1",
    ),
    minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    defaultBehavior,
    additionalBehaviors: { ...additionalBehaviors },
  });
}

/** What synth says of an app, by `severity rule construct`. */
function check(build: (app: App) => void): { readonly stopped: boolean; readonly found: readonly string[] } {
  const outdir = join(folder, `out-${++runs}`);
  // It takes seconds, and only Fieldseal's violations are looked at.
  const app = new App({ outdir, builtinCloudFormationValidation: false });
  build(app);
  const silence = jest.spyOn(console, "error").mockImplementation(() => undefined);
  let stopped = false;
  try {
    app.synth();
  } catch {
    stopped = true;
  } finally {
    silence.mockRestore();
  }
  const { pluginReports } = JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8"));
  const found = pluginReports
    .filter(({ pluginName }: { pluginName: string }) => pluginName === "Fieldseal")
    .flatMap(({ violations }: { violations: readonly { ruleName: string; severity: string }[] }) =>
      violations.map(({ ruleName, severity }) => `${severity} ${ruleName}`),
    );
  return { stopped, found };
}

test.each<readonly [string, (app: App) => void]>([
  [
    "function and distribution in two stacks",
    (app) => {
      const edge = functionIn(new Stack(app, "Edge", env("us-east-1")));
      const stack = new Stack(app, "Site", env("us-east-1"));
      distribute(stack, "Api", protect(edge, stack));
    },
  ],
  [
    "function and distribution in two Regions",
    (app) => {
      const edge = functionIn(new Stack(app, "Edge", { ...env("us-east-1"), crossRegionReferences: true }));
      const stack = new Stack(app, "Site", { ...env("eu-central-1"), crossRegionReferences: true });
      distribute(stack, "Api", protect(edge, stack));
    },
  ],
  [
    "stacks of a Stage, as pipelines have them",
    (app) => {
      const stage = new Stage(app, "Prod", env("us-east-1"));
      const stack = new Stack(stage, "Edge");
      distribute(stack, "Api", protect(functionIn(stack), stack));
    },
  ],
  [
    "two functions, each with its distribution",
    (app) => {
      for (const name of ["dev", "prod"]) {
        const stack = new Stack(app, `Edge-${name}`, env("us-east-1"));
        distribute(stack, `Api${name}`, protect(functionIn(stack, name), stack, `${name}.example.com`));
      }
    },
  ],
  [
    "two functions in one distribution",
    (app) => {
      const stack = new Stack(app, "Edge", env("us-east-1"));
      const [one, two] = [functionIn(stack, "one"), functionIn(stack, "two")];
      const first = protect(one, stack);
      distribute(stack, "Api", first, { "/v2/*": protect(two, stack, "", { origin: first.origin }) });
    },
  ],
  [
    "many behaviours and a group of origins",
    (app) => {
      const stack = new Stack(app, "Edge", env("us-east-1"));
      const edge = functionIn(stack);
      const group = new OriginGroup({
        primaryOrigin: privateOrigin(stack, "first"),
        fallbackOrigin: privateOrigin(stack, "second"),
      });
      const behaviour = protect(edge, stack, "", { origin: group });
      distribute(
        stack,
        "Api",
        behaviour,
        Object.fromEntries(
          ["/people/*", "/people/new*", "*.json", "/v?/*", "images/*"].map((pattern) => [pattern, behaviour]),
        ),
      );
    },
  ],
])("no finding: %s", (_, build) => {
  expect(check(build)).toEqual({ stopped: false, found: [] });
});

test("a behaviour that bypasses in another stack and Region is found", () => {
  const { stopped, found } = check((app) => {
    const edge = functionIn(new Stack(app, "Edge", { ...env("us-east-1"), crossRegionReferences: true }));
    const stack = new Stack(app, "Site", { ...env("eu-central-1"), crossRegionReferences: true });
    distribute(stack, "Api", protect(edge, stack), { "/people/new": protect(undefined, stack, "other.example.com") });
  });
  expect({ stopped, found }).toEqual({ stopped: true, found: ["error BehaviourBypass"] });
});

test("a distribution to the same origin in another stack is found", () => {
  const { stopped, found } = check((app) => {
    const stack = new Stack(app, "Edge", env("us-east-1"));
    const vpcless = (): BehaviorOptions["origin"] => new HttpOrigin("origin.example.com");
    distribute(stack, "Api", protect(functionIn(stack), stack, "", { origin: vpcless() }));
    const site = new Stack(app, "Site", env("us-east-1"));
    distribute(site, "Site", protect(undefined, site, "", { origin: vpcless() }));
  });
  expect({ stopped, found: [...found].sort() }).toEqual({
    stopped: true,
    found: ["error DistributionUnprotected", "warning OriginNotPrivate"],
  });
});

test("a distribution that shares with a protected one what is not protected there either: told, and no more", () => {
  const { stopped, found } = check((app) => {
    const stack = new Stack(app, "Edge", env("us-east-1"));
    const assets = (): BehaviorOptions["origin"] => new HttpOrigin("assets.example.com");
    distribute(stack, "Api", protect(functionIn(stack), stack), {
      "/static/*": protect(undefined, stack, "", { origin: assets() }),
    });
    const site = new Stack(app, "Site", env("us-east-1"));
    distribute(site, "Site", protect(undefined, site, "", { origin: assets() }));
  });
  expect({ stopped, found }).toEqual({ stopped: false, found: ["warning DistributionUnprotected"] });
});

test("the protected origin under a second name of it is the protected origin", () => {
  const { stopped, found } = check((app) => {
    const stack = new Stack(app, "Edge", env("us-east-1"));
    const api = (originPath: string): BehaviorOptions["origin"] => new HttpOrigin("api.example.com", { originPath });
    distribute(stack, "Api", protect(functionIn(stack), stack, "", { origin: api("/v1") }), {
      "/static/*": protect(undefined, stack, "", { origin: api("/v2") }),
    });
  });
  expect({ stopped, found }).toEqual({
    stopped: false,
    found: ["warning BehaviourSameOrigin", "warning OriginNotPrivate", "warning OriginNotPrivate"],
  });
});

test("a warning that is acknowledged in one stack is told of the other", () => {
  const { stopped, found } = check((app) => {
    for (const name of ["dev", "prod"]) {
      const stack = new Stack(app, `Edge-${name}`, env("us-east-1"));
      distribute(
        stack,
        `Api${name}`,
        protect(functionIn(stack, name), stack, "", { origin: new HttpOrigin(`${name}.example.com`) }),
      );
      if (name === "dev")
        Validations.of(stack).acknowledge({ id: "Fieldseal::OriginNotPrivate", reason: "Nothing real goes there." });
    }
  });
  expect({ stopped, found }).toEqual({ stopped: false, found: ["warning OriginNotPrivate"] });
});
