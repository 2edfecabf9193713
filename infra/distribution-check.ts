/** Checks the behaviours of a distribution against the policy that its function enforces. */
import type { CompiledPolicy } from "../core/policy.ts";
import { type CompiledRule, detectsIn } from "../core/rule.ts";
import { followReference, listOf, type Members, membersOf, type Resource } from "./deployment.ts";
import type { DeploymentFinding } from "./finding.ts";
import { readForwarding } from "./forwarding.ts";
import { covers, globOfBehaviour, globOfRule, overlaps } from "./path-overlap.ts";

interface Behaviour {
  readonly pattern: string;
  readonly place: string;
  readonly members: Members;
  /** The association with the edge function, with whatever event. */
  readonly trigger: Members | undefined;
  /** The rules whose requests can fall under it. */
  readonly rules: readonly CompiledRule[];
}

type Say = (rule: string, place: string, description: string, fix: string, severity?: DeploymentFinding["severity"]) => void;

/** Whether a distribution names a function's version at some behaviour. */
export function runsFunction({ properties }: Resource, isFunction: (arn: unknown) => boolean): boolean {
  return membersOfBehaviours(properties).some(({ members }) => associationsOf(members).some(({ LambdaFunctionARN }) => isFunction(LambdaFunctionARN)));
}

/** The ids of the origins' domains, to tell whether two distributions lead to one origin. */
export function originDomains({ properties }: Resource): ReadonlySet<string> {
  const origins = listOf(membersOf(properties["DistributionConfig"])["Origins"]);
  return new Set(origins.map((origin) => JSON.stringify(membersOf(origin)["DomainName"])));
}

/** `isFunction` tells whether an association's ARN is one of the edge function, whatever its version. */
export function checkDistribution(
  resource: Resource,
  policy: CompiledPolicy,
  isFunction: (arn: unknown) => boolean,
): readonly DeploymentFinding[] {
  const findings: DeploymentFinding[] = [];
  const say: Say = (rule, place, description, fix, severity = "error") =>
    findings.push({ rule, severity, resource, place: `Properties/DistributionConfig/${place}`, description, fix });
  const behaviours = readBehaviours(resource, policy, isFunction);
  const protectedOrigins = new Set(behaviours.filter(({ trigger }) => trigger !== undefined).map(({ members }) => members["TargetOriginId"]));
  for (const behaviour of behaviours) {
    if (behaviour.trigger === undefined) checkBypass(behaviour, policy, protectedOrigins, say);
    else checkProtected(behaviour, behaviour.trigger, resource, say);
  }
  checkTls(membersOf(resource.properties["DistributionConfig"]), say);
  checkOrigins(membersOf(resource.properties["DistributionConfig"]), protectedOrigins, say);
  return findings;
}

function membersOfBehaviours(properties: Members): readonly { readonly pattern: string; readonly place: string; readonly members: Members }[] {
  const config = membersOf(properties["DistributionConfig"]);
  return [
    ...listOf(config["CacheBehaviors"]).map((value, index) => {
      const members = membersOf(value);
      return { pattern: String(members["PathPattern"]), place: `CacheBehaviors/${index}`, members };
    }),
    { pattern: "*", place: "DefaultCacheBehavior", members: membersOf(config["DefaultCacheBehavior"]) },
  ];
}

function associationsOf(behaviour: Members): readonly Members[] {
  return listOf(behaviour["LambdaFunctionAssociations"]).map(membersOf);
}

/** In CloudFront's order: a request falls under the first behaviour that matches it. */
function readBehaviours({ properties }: Resource, { rules }: CompiledPolicy, isFunction: (arn: unknown) => boolean): readonly Behaviour[] {
  const globs = rules.map((rule) => ({ rule, glob: globOfRule(rule.path) }));
  let remaining = globs;
  return membersOfBehaviours(properties).map(({ pattern, place, members }) => {
    const own = globOfBehaviour(pattern);
    const reached = remaining.filter(({ glob }) => overlaps(own, glob));
    remaining = remaining.filter(({ glob }) => !covers(own, glob));
    const trigger = associationsOf(members).find(({ LambdaFunctionARN }) => isFunction(LambdaFunctionARN));
    return { pattern, place, members, trigger, rules: reached.map(({ rule }) => rule) };
  });
}

function checkBypass({ pattern, place, members, rules }: Behaviour, { otherwise }: CompiledPolicy, protectedOrigins: ReadonlySet<unknown>, say: Say): void {
  const attach = "Associate the function's version with it: event origin-request, with the body.";
  if (rules.length > 0) {
    const names = rules.map(({ name }) => name).join(", ");
    say("BehaviourBypass", place, `Requests of rule ${names} can fall under the behaviour ${pattern}, which does not run the function.`, `${attach} Or give it a pattern that no rule's path meets.`);
  } else if (otherwise === "refuse") {
    say("BehaviourBypass", place, `The policy refuses what no rule covers, but the behaviour ${pattern} does not run the function.`, attach);
  } else if (protectedOrigins.has(members["TargetOriginId"])) {
    say("BehaviourSameOrigin", place, `The behaviour ${pattern} leads to a protected origin without running the function: the origin may read another path out of a spelling than CloudFront does.`, `${attach} Or acknowledge it, if the origin takes nothing sensitive there.`, "warning");
  }
}

function checkProtected({ pattern, place, members, rules }: Behaviour, trigger: Members, resource: Resource, say: Say): void {
  const { EventType, IncludeBody, LambdaFunctionARN } = trigger;
  const { template } = resource;
  if (EventType !== "origin-request") {
    say("BehaviourEvent", place, `The behaviour ${pattern} runs the function at ${String(EventType)}.`, "Use LambdaEdgeEventType.ORIGIN_REQUEST: it shows 1 MB of a body instead of 40 KB.");
  }
  if (IncludeBody !== true) {
    say("BehaviourBody", place, `The behaviour ${pattern} does not show bodies to the function, so they would go on in clear.`, "Set includeBody: true.");
  }
  if (isUnversioned(LambdaFunctionARN, resource)) {
    say("BehaviourVersion", place, `The behaviour ${pattern} names $LATEST or an alias; Lambda@Edge takes numbered versions only.`, "Use the version property of EdgeFunction.");
  }
  if (members["ViewerProtocolPolicy"] !== "https-only") {
    say("BehaviourProtocol", place, `The behaviour ${pattern} takes requests in clear (${String(members["ViewerProtocolPolicy"])}); a redirect comes after the body was sent.`, "Use ViewerProtocolPolicy.HTTPS_ONLY.");
  }
  if (membersOf(members["GrpcConfig"])["Enabled"] === true) {
    say("BehaviourGrpc", place, `The behaviour ${pattern} allows gRPC, whose requests pass the function by.`, "Set enableGrpc: false.");
  }
  const allowed = listOf(members["AllowedMethods"]).map(String);
  const needed = rules.length === 0 ? ["POST"] : rules.flatMap(({ methods }) => methods ?? ["POST"]);
  const standard = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"];
  const missing = [...new Set(needed)].filter((method) => standard.includes(method) && !(allowed.length === 0 ? ["GET", "HEAD"] : allowed).includes(method));
  if (missing.length > 0) {
    say("BehaviourMethods", place, `The behaviour ${pattern} does not allow ${missing.join(", ")}, which a rule protects: viewers get 403.`, "Use AllowedMethods.ALLOW_ALL.");
  }
  if (rules.length === 0) return;
  if (mayCache(members, resource)) {
    say("BehaviourCaching", place, `The behaviour ${pattern} caches responses of protected routes.`, "Use CachePolicy.CACHING_DISABLED.");
  }
  const forwarding = readForwarding(members, template);
  if (forwarding === undefined) {
    say("BehaviourForwarding", place, `What the origin request policy of the behaviour ${pattern} forwards cannot be read here.`, "Use one of AWS's policies or one of this app, or make sure that it forwards what the rules protect and acknowledge this.", "warning");
    return;
  }
  for (const rule of rules) {
    const lacks = (what: string, fix: string): void =>
      say("BehaviourForwarding", place, `Rule ${rule.name} protects ${what}, which the behaviour ${pattern} does not forward in full: the function would not see it.`, fix);
    const broad = "Use OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER, or name it in your own origin request policy.";
    const asText = (parts: readonly string[]): string => parts.join("*");
    if ((rule.query.length > 0 || detectsIn(rule, "query")) && forwarding.query !== "all") {
      lacks("the query string", "Forward all query strings: CloudFront shows the function none of it where only some are forwarded.");
    }
    const headers = rule.headers.map(({ use }) => asText(use)).filter((name) => !forwarding.header(name));
    if (headers.length > 0) lacks(`the header field ${headers.join(", ")}`, broad);
    const cookies = rule.cookies.filter(({ use }) => !forwarding.cookie(asText(use.whole)));
    if (cookies.length > 0 || (detectsIn(rule, "cookies") && !forwarding.cookie("*"))) lacks("cookies", broad);
  }
}

function isUnversioned(arn: unknown, { template }: Resource): boolean {
  if (typeof arn === "string") return !/:\d+$/.test(arn) && /:function:/.test(arn);
  const text = JSON.stringify(arn ?? "");
  return (
    text.includes("$LATEST") ||
    followReference(arn, template, "AWS::Lambda::Function") !== undefined ||
    followReference(arn, template, "AWS::Lambda::Alias") !== undefined
  );
}

/** AWS's managed policy CachingDisabled. */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

function mayCache(members: Members, { template }: Resource): boolean {
  if (members["CachePolicyId"] === cachingDisabled) return false;
  const own = followReference(members["CachePolicyId"], template, "AWS::CloudFront::CachePolicy");
  const maxTtl = own === undefined ? (members["ForwardedValues"] === undefined ? undefined : members["MaxTTL"]) : membersOf(own.properties["CachePolicyConfig"])["MaxTTL"];
  return maxTtl !== 0;
}

function checkTls(config: Members, say: Say): void {
  const certificate = membersOf(config["ViewerCertificate"]);
  const own = certificate["AcmCertificateArn"] ?? certificate["IamCertificateId"];
  if (own === undefined) {
    say("MinimumTls", "ViewerCertificate", "With CloudFront's own certificate viewers may use TLS 1.0.", "Give the distribution a domain name and a certificate (context domainName and certificateArn), or acknowledge it.", "warning");
    return;
  }
  const version = String(certificate["MinimumProtocolVersion"]);
  if (!/^TLSv1\.[23]/.test(version)) {
    say("MinimumTls", "ViewerCertificate", `Viewers may use TLS older than 1.2 (${version}).`, "Use SecurityPolicyProtocol.TLS_V1_2_2021 or later.");
  }
}

function checkOrigins(config: Members, protectedOrigins: ReadonlySet<unknown>, say: Say): void {
  listOf(config["Origins"]).forEach((value, index) => {
    const origin = membersOf(value);
    if (!protectedOrigins.has(origin["Id"])) return;
    const custom = membersOf(origin["CustomOriginConfig"]);
    if (origin["CustomOriginConfig"] !== undefined && custom["OriginProtocolPolicy"] !== "https-only") {
      say("OriginProtocol", `Origins/${index}`, "The origin may be spoken to in clear.", "Use OriginProtocolPolicy.HTTPS_ONLY.");
    }
    const accessControl = origin["OriginAccessControlId"];
    const isPrivate = origin["VpcOriginConfig"] !== undefined || (accessControl !== undefined && accessControl !== "");
    if (isPrivate) return;
    say("OriginNotPrivate", `Origins/${index}`, "Nothing here proves that the origin answers CloudFront only: whoever knows its address sends it plaintext past the function.", "Use a VPC origin, or origin access control; or let the origin demand a secret header or mutual TLS, and acknowledge this.", "warning");
  });
}
