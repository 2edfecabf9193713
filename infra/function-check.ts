/** Checks a Lambda@Edge function against what Lambda@Edge takes (CloudFront Developer Guide, "Restrictions on Lambda@Edge"). */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { followReference, listOf, membersOf, type Resource } from "./deployment.ts";
import type { DeploymentFinding } from "./finding.ts";

/** CloudFront's quota for the compressed bundle of a function at origin events. */
const maxBundleOctets = 50_000_000;
/** Far above what a policy needs: more means that something came into the bundle that does not belong there. */
const usualBundleOctets = 1_000_000;

type Say = (rule: string, place: string, description: string, fix: string, severity?: DeploymentFinding["severity"]) => void;

export function checkFunction(resource: Resource): readonly DeploymentFinding[] {
  const findings: DeploymentFinding[] = [];
  const say: Say = (rule, place, description, fix, severity = "error") =>
    findings.push({ rule, severity, resource, place: `Properties/${place}`, description, fix });
  checkSettings(resource, say);
  checkRole(resource, say);
  checkBundle(resource, say);
  return findings;
}

function checkSettings({ properties, template }: Resource, say: Say): void {
  const number = (value: unknown, byDefault: number): number => (value === undefined ? byDefault : Number(value));
  if (template.region !== undefined && template.region !== "us-east-1") {
    say("EdgeRegion", "FunctionName", `Lambda@Edge functions are made in us-east-1, this one in ${template.region}.`, "Put it into a stack with env: { region: 'us-east-1' }; distributions elsewhere refer to it with crossRegionReferences.");
  }
  if (listOf(properties["Architectures"]).some((architecture) => architecture !== "x86_64")) {
    say("EdgeArchitecture", "Architectures", "Lambda@Edge does not run arm64.", "Use Architecture.X86_64.");
  }
  if (Object.keys(membersOf(membersOf(properties["Environment"])["Variables"])).length > 0) {
    say("EdgeEnvironment", "Environment", "Lambda@Edge takes no environment variables.", "Remove them: policy and public keys are in the bundle.");
  }
  if (listOf(properties["Layers"]).length > 0) {
    say("EdgeLayers", "Layers", "Lambda@Edge takes no layers (Lambda Insights and other extensions are layers).", "Remove them.");
  }
  if (Object.keys(membersOf(properties["VpcConfig"])).length > 0) {
    say("EdgeVpc", "VpcConfig", "Lambda@Edge does not run in a VPC.", "Remove vpc and security groups; the function calls nothing.");
  }
  if (number(properties["Timeout"], 3) > 30) {
    say("EdgeTimeout", "Timeout", `A timeout of ${String(properties["Timeout"])} s is over Lambda@Edge's 30 s.`, "Use Duration.seconds(30) or less.");
  }
  if (number(properties["MemorySize"], 128) < 1_769) {
    say("EdgeMemory", "MemorySize", `${String(properties["MemorySize"] ?? 128)} MB are less than one vCPU: RSA takes longer in proportion.`, "Give it 1769 MB. It costs about the same, since the time shrinks as the memory grows.", "warning");
  }
  if (!["nodejs22.x", "nodejs24.x"].includes(String(properties["Runtime"]))) {
    say("EdgeRuntime", "Runtime", `The bundle is built for node 24, and this runtime is ${String(properties["Runtime"])}.`, "Use Runtime.NODEJS_24_X and a ZIP bundle.");
  }
  if (properties["DeadLetterConfig"] !== undefined) {
    say("EdgeDeadLetters", "DeadLetterConfig", "Lambda@Edge has no dead letter queue.", "Remove it.");
  }
  if (membersOf(properties["TracingConfig"])["Mode"] === "Active") {
    say("EdgeTracing", "TracingConfig", "Lambda@Edge does not work with X-Ray.", "Remove tracing.");
  }
  if (number(membersOf(properties["EphemeralStorage"])["Size"], 512) > 512) {
    say("EdgeStorage", "EphemeralStorage", "Lambda@Edge has 512 MB of /tmp and no more.", "Remove ephemeralStorageSize.");
  }
  if (properties["KmsKeyArn"] !== undefined) {
    say("EdgeEncryption", "KmsKeyArn", "Lambda@Edge takes no customer managed key.", "Remove it: the bundle holds no secret.");
  }
}

function checkRole({ properties, template }: Resource, say: Say): void {
  const role = followReference(properties["Role"], template, "AWS::IAM::Role");
  if (role === undefined) return;
  const trusted = listOf(membersOf(role.properties["AssumeRolePolicyDocument"])["Statement"])
    .flatMap((statement) => listOf(membersOf(membersOf(statement)["Principal"])["Service"]));
  if (!["lambda.amazonaws.com", "edgelambda.amazonaws.com"].every((service) => trusted.includes(service))) {
    say("EdgeTrust", "Role", "The role does not trust both lambda.amazonaws.com and edgelambda.amazonaws.com.", "Let both assume it.");
  }
  const attached = template.resources.filter(
    ({ type, properties: policy }) =>
      type === "AWS::IAM::Policy" && listOf(policy["Roles"]).some((target) => followReference(target, template, "AWS::IAM::Role") === role),
  );
  const documents = [
    ...listOf(role.properties["Policies"]).map((policy) => membersOf(policy)["PolicyDocument"]),
    ...attached.map((policy) => policy.properties["PolicyDocument"]),
  ];
  const actions = documents
    .flatMap((document) => listOf(membersOf(document)["Statement"]))
    .filter((statement) => membersOf(statement)["Effect"] !== "Deny")
    .flatMap((statement) => [...listOf(membersOf(statement)["Action"]), ...(membersOf(statement)["NotAction"] === undefined ? [] : ["NotAction"])]);
  const logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
  const others = actions.filter((action) => !logs.includes(String(action)));
  if (others.length > 0 || listOf(role.properties["ManagedPolicyArns"]).length > 0) {
    say("EdgeRole", "Role", `The role may do more than write logs: ${others.join(", ") || "managed policies"}.`, "Leave it CreateLogGroup, CreateLogStream and PutLogEvents on the function's own log groups: the function calls nothing.");
  }
}

function checkBundle({ properties, template }: Resource, say: Say): void {
  const key = membersOf(properties["Code"])["S3Key"];
  const [hash] = /[0-9a-f]{64}/.exec(JSON.stringify(key ?? "")) ?? [];
  const folder = join(dirname(template.path), `asset.${hash ?? ""}`);
  if (hash === undefined || !existsSync(folder)) return;
  const octets = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + deflateRawSync(readFileSync(join(entry.parentPath, entry.name)), { level: 1 }).length, 0);
  if (octets > maxBundleOctets) {
    say("EdgeBundle", "Code", `The bundle has ${octets} octets compressed, over the quota of ${maxBundleOctets}.`, "Upload the folder that the build writes, and nothing else.");
  } else if (octets > usualBundleOctets) {
    say("EdgeBundle", "Code", `The bundle has ${octets} octets compressed. Every cold start loads them.`, "Upload the folder that the build writes, and nothing else.", "warning");
  }
}
