/**
 * The edge function in us-east-1 and its distribution in a stack of another Region, as `crossRegionReferences` joins
 * them.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, jest, test } from "@jest/globals";
import { App, Stack } from "aws-cdk-lib";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  LambdaEdgeEventType,
  OriginRequestPolicy,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { EdgeFunction } from "../../infra/edge-function.ts";
import { policyWithKeys } from "../support/stage.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-cross-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;

function synthesise({
  code = "1",
  includeBody = true,
}: {
  readonly code?: string;
  readonly includeBody?: boolean;
} = {}) {
  const outdir = join(folder, `out-${++runs}`);
  const bundleDir = join(folder, `bundle-${runs}`);
  mkdirSync(bundleDir);
  writeFileSync(join(bundleDir, "index.js"), `exports.handler = async () => ${code};\n`);
  const app = new App({ outdir });
  const stackIn = (id: string, region: string): Stack =>
    new Stack(app, id, { env: { account: "111122223333", region }, crossRegionReferences: true });
  const edge = new EdgeFunction(stackIn("Edge", "us-east-1"), "Fieldseal", {
    functionName: "edge",
    bundleDir,
    policy: policyWithKeys(["1", "2"]),
  });
  new Distribution(stackIn("Web", "eu-central-1"), "Distribution", {
    defaultBehavior: {
      origin: new HttpOrigin("origin.example.com"),
      allowedMethods: AllowedMethods.ALLOW_ALL,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      edgeLambdas: [{ functionVersion: edge.version, eventType: LambdaEdgeEventType.ORIGIN_REQUEST, includeBody }],
    },
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
  const read = (file: string): ReturnType<typeof JSON.parse> => JSON.parse(readFileSync(join(outdir, file), "utf8"));
  const resourceOf = (
    stack: string,
    type: string,
  ): { readonly id: string; readonly properties: ReturnType<typeof JSON.parse> } => {
    const [found] = Object.entries<{ Type: string; Properties: unknown }>(
      read(`${stack}.template.json`).Resources,
    ).filter(([, { Type }]) => Type === type);
    if (found === undefined) throw new TypeError(`${stack} has no ${type}`);
    return { id: found[0], properties: found[1].Properties };
  };
  const report: { pluginReports: { violations: { ruleName: string }[] }[] } = read("validation-report.json");
  return {
    stopped,
    resourceOf,
    manifest: read("manifest.json"),
    findings: report.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName)).sort(),
  };
}

test("the association is what the other Region exports: the very version", () => {
  const { resourceOf, findings, stopped, manifest } = synthesise();
  const version = resourceOf("Edge", "AWS::Lambda::Version").id;
  const { WriterProps } = resourceOf("Edge", "Custom::CrossRegionExportWriter").properties;
  const [[name, value] = []] = Object.entries(WriterProps.exports);
  expect(WriterProps.region).toBe("eu-central-1");
  expect(value).toEqual({ Ref: version });
  const reader = resourceOf("Web", "Custom::CrossRegionExportReader");
  expect(reader.properties.ReaderProps.imports).toEqual({ [String(name)]: `{{resolve:ssm:${name}}}` });
  const { DistributionConfig } = resourceOf("Web", "AWS::CloudFront::Distribution").properties;
  expect(DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations).toEqual([
    { EventType: "origin-request", IncludeBody: true, LambdaFunctionARN: { "Fn::GetAtt": [reader.id, name] } },
  ]);
  expect(manifest.artifacts.Web.dependencies).toContain("Edge");
  expect({ stopped, findings }).toEqual({ stopped: false, findings: ["MinimumTls", "OriginNotPrivate"] });
});

test("other code is another version under another name, so that the distribution takes it", () => {
  const nameOf = (code: string): string =>
    Object.keys(
      synthesise({ code }).resourceOf("Edge", "Custom::CrossRegionExportWriter").properties.WriterProps.exports,
    ).join();
  expect(nameOf("1")).not.toBe(nameOf("2"));
  expect(nameOf("1")).toBe(nameOf("1"));
});

test("mistakes of the distribution are found across Regions", () => {
  const { stopped, findings } = synthesise({ includeBody: false });
  expect(stopped).toBe(true);
  expect(findings).toEqual(expect.arrayContaining([expect.stringMatching(/Body/)]));
});
