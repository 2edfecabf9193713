/** Checks an edge function against the demands of Lambda\@Edge: its properties, its role and its bundle. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { isRecord } from "../core/config/config-value.ts";
import { followReference, listOf, type Members, membersOf, type Resource, showValue } from "./deployment.ts";
import { type EdgeDemand, functionDemands, versionDemands } from "./edge-demands.ts";
import type { AddFinding, DeploymentFinding } from "./finding.ts";

/** The most bytes of a compressed bundle for origin events (CloudFront Developer Guide, "Quotas on Lambda\@Edge"). */
const maxBundleBytes = 50_000_000;
/** Far more bytes than a policy needs: a larger bundle holds something that does not belong there. */
const usualBundleBytes = 1_000_000;

/** All findings about a function, and about the version of it that distributions run. */
export function checkFunction(resource: Resource, version: Resource | undefined): readonly DeploymentFinding[] {
  const findings: DeploymentFinding[] = [];
  const addTo =
    (about: Resource): AddFinding =>
    (rule, place, description, fix, severity = "error") =>
      findings.push({ rule, severity, resource: about, place: `Properties/${place}`, description, fix });
  const add = addTo(resource);
  checkRegion(resource, add);
  checkRuntime(resource, add);
  checkDemands(resource, functionDemands, add);
  if (version !== undefined) checkDemands(version, versionDemands, addTo(version));
  checkRole(resource, add);
  checkBundle(resource, add);
  return findings;
}

function checkDemands({ properties }: Resource, demands: readonly EdgeDemand[], add: AddFinding): void {
  for (const { rule, place, holds = isEmpty, description, fix, severity } of demands) {
    const value = place.split("/").reduce<unknown>((within, name) => membersOf(within)[name], properties);
    if (!holds(value)) add(rule, place, description(showValue(value)), fix, severity);
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function checkRegion({ template }: Resource, add: AddFinding): void {
  if (template.region === undefined || template.region === "us-east-1") return;
  add(
    "EdgeRegion",
    "FunctionName",
    `The function is in ${template.region}; Lambda@Edge functions must be in us-east-1.`,
    "Put it into a stack with env: { region: 'us-east-1' }. " +
      "Distributions in other stacks refer to it with crossRegionReferences.",
  );
}

/** A container image has no runtime. */
function checkRuntime({ properties }: Resource, add: AddFinding): void {
  if (properties["PackageType"] === "Image" || ["nodejs22.x", "nodejs24.x"].includes(showValue(properties["Runtime"])))
    return;
  add(
    "EdgeRuntime",
    "Runtime",
    `The runtime is ${showValue(properties["Runtime"])}, but the bundle is built for node 24.`,
    "Use Runtime.NODEJS_24_X and a ZIP bundle.",
  );
}

const services = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"];
const logActions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

function checkRole({ properties, template }: Resource, add: AddFinding): void {
  const role = followReference(properties["Role"], template, "AWS::IAM::Role");
  if (role === undefined) {
    add(
      "EdgeRole",
      "Role",
      "The function's role is not in the template, so its permissions are unknown.",
      "Use the role that EdgeFunction makes, or make sure that it may only write logs and acknowledge this.",
      "warning",
    );
    return;
  }
  const principals = statementsOf(role.properties["AssumeRolePolicyDocument"]).map(
    ({ Principal: principal }) => principal,
  );
  const trusted = principals.flatMap((principal) =>
    isRecord(principal)
      ? Object.entries(principal).flatMap(([kind, names]) =>
          listOf(names).map((name) => (kind === "Service" ? showValue(name) : "others")),
        )
      : ["others"],
  );
  if (!services.every((service) => trusted.includes(service))) {
    add(
      "EdgeTrust",
      "Role",
      "The role does not trust both lambda.amazonaws.com and edgelambda.amazonaws.com.",
      "Let both services assume the role.",
    );
  } else if (trusted.some((name) => !services.includes(name))) {
    add(
      "EdgeTrust",
      "Role",
      "Principals other than lambda.amazonaws.com and edgelambda.amazonaws.com may assume the role.",
      "Let only these two services assume the role.",
    );
  }
  const { RoleName: name } = role.properties;
  const isOfRole = (target: unknown): boolean =>
    followReference(target, template, "AWS::IAM::Role") === role || (typeof name === "string" && target === name);
  const documents = [
    ...listOf(role.properties["Policies"]).map((policy) => membersOf(policy)["PolicyDocument"]),
    ...template.resources
      .filter(
        ({ type, properties: policy }) =>
          policyTypes.includes(type) && [...listOf(policy["Roles"]), policy["RoleName"]].some(isOfRole),
      )
      .map((policy) => policy.properties["PolicyDocument"]),
  ];
  const actions = documents
    .flatMap(statementsOf)
    .filter((statement) => statement["Effect"] !== "Deny")
    .flatMap((statement) => [
      ...listOf(statement["Action"]),
      ...(statement["NotAction"] === undefined ? [] : ["NotAction"]),
    ]);
  const others = actions.map(showValue).filter((action) => !logActions.includes(action));
  if (others.length > 0 || listOf(role.properties["ManagedPolicyArns"]).length > 0) {
    add(
      "EdgeRole",
      "Role",
      `The role may do more than write logs: ${others.join(", ") || "it has managed policies"}.`,
      "Allow only CreateLogGroup, CreateLogStream and PutLogEvents on the function's own log groups: " +
        "the function calls nothing.",
    );
  }
}

const policyTypes = ["AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"];

function statementsOf(document: unknown): readonly Members[] {
  const { Statement: statements } = membersOf(document);
  return (Array.isArray(statements) ? listOf(statements) : [statements]).map(membersOf);
}

function checkBundle({ properties, template }: Resource, add: AddFinding): void {
  const key = membersOf(properties["Code"])["S3Key"];
  const [hash] = /[0-9a-f]{64}/.exec(JSON.stringify(key ?? "")) ?? [];
  // The templates of a Stage are in a folder of their own, beside the assets.
  const folders = [dirname(template.path), dirname(dirname(template.path))];
  const byteCount =
    hash === undefined
      ? undefined
      : folders.map((folder) => measure(join(folder, `asset.${hash}`))).find((size) => size !== undefined);
  const fix = "Upload only the folder that the build writes.";
  if (byteCount === undefined) {
    add(
      "EdgeBundle",
      "Code",
      "The function's bundle is not an asset of this app, so its content is unknown.",
      fix,
      "warning",
    );
  } else if (byteCount > maxBundleBytes) {
    add(
      "EdgeBundle",
      "Code",
      `The compressed bundle has ${byteCount} bytes; Lambda@Edge allows at most ${maxBundleBytes}.`,
      fix,
    );
  } else if (byteCount > usualBundleBytes) {
    add(
      "EdgeBundle",
      "Code",
      `The compressed bundle has ${byteCount} bytes, which every cold start loads.`,
      fix,
      "warning",
    );
  }
}

/** The compressed bytes of an asset, a folder or an archive; `undefined` if it does not exist. */
function measure(asset: string): number | undefined {
  if (existsSync(`${asset}.zip`)) return statSync(`${asset}.zip`).size;
  if (!existsSync(asset)) return undefined;
  return readdirSync(asset, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + deflateRawSync(readFileSync(join(entry.parentPath, entry.name)), { level: 1 }).length,
      0,
    );
}
