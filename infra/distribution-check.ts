/** Checks the behaviours of a distribution against the policy that its function enforces. */
import type { CompiledPolicy } from "../core/policy/policy.ts";
import type { CompiledRule } from "../core/rule/rule.ts";
import { detectsIn } from "../core/rule/scope.ts";
import { followReference, listOf, type Members, membersOf, type Resource, type Template } from "./deployment.ts";
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

type Say = (
  rule: string,
  place: string,
  description: string,
  fix: string,
  severity?: DeploymentFinding["severity"],
) => void;

/** Whether an association's ARN is one of the edge function: its version, or something else of it, such as an alias. */
export type RecogniseFunction = (arn: unknown, template: Template) => "version" | "other" | undefined;

/** Whether a distribution names the function at some behaviour. */
export function runsFunction(resource: Resource, recognise: RecogniseFunction): boolean {
  return membersOfBehaviours(resource.properties).some((behaviour) => runsAt(behaviour, resource, recognise));
}

function runsAt(
  { members }: Pick<Behaviour, "members">,
  { template }: Resource,
  recognise: RecogniseFunction,
): boolean {
  return associationsOf(members).some(({ LambdaFunctionARN }) => recognise(LambdaFunctionARN, template) !== undefined);
}

/** The domain names of a distribution's origins, to compare by. */
export function originDomains({ properties }: Resource): ReadonlySet<string> {
  return new Set(listOf(membersOf(properties["DistributionConfig"])["Origins"]).map(domainOf));
}

/** Those that behaviours with the function lead to. */
export function protectedDomains(resource: Resource, recognise: RecogniseFunction): ReadonlySet<string> {
  const config = membersOf(resource.properties["DistributionConfig"]);
  const running = membersOfBehaviours(resource.properties).filter((behaviour) =>
    runsAt(behaviour, resource, recognise),
  );
  return new Set(running.flatMap(({ members }) => domainsBehind(members["TargetOriginId"], config)));
}

function domainOf(origin: unknown): string {
  return JSON.stringify(membersOf(origin)["DomainName"] ?? null);
}

/** Of the origin that a behaviour leads to, or of all origins of the group. */
function domainsBehind(target: unknown, config: Members): readonly string[] {
  const group = listOf(membersOf(config["OriginGroups"])["Items"])
    .map(membersOf)
    .find(({ Id: id }) => id === target);
  const ids =
    group === undefined
      ? [target]
      : listOf(membersOf(group["Members"])["Items"]).map((member) => membersOf(member)["OriginId"]);
  return listOf(config["Origins"])
    .filter((origin) => ids.includes(membersOf(origin)["Id"]))
    .map(domainOf);
}

/** `others` recognise further edge functions, whose behaviours are theirs. */
export function checkDistribution(
  resource: Resource,
  policy: CompiledPolicy,
  recognise: RecogniseFunction,
  others: readonly RecogniseFunction[],
): readonly DeploymentFinding[] {
  const findings: DeploymentFinding[] = [];
  const say: Say = (rule, place, description, fix, severity = "error") =>
    findings.push({ rule, severity, resource, place: `Properties/DistributionConfig/${place}`, description, fix });
  const behaviours = readBehaviours(resource, policy, recognise);
  const config = membersOf(resource.properties["DistributionConfig"]);
  const domains = protectedDomains(resource, recognise);
  for (const behaviour of behaviours) {
    if (behaviour.trigger === undefined && others.some((other) => runsAt(behaviour, resource, other))) continue;
    if (behaviour.trigger === undefined) {
      const leadsToProtected = domainsBehind(behaviour.members["TargetOriginId"], config).some((domain) =>
        domains.has(domain),
      );
      checkBypass(behaviour, policy, leadsToProtected, say);
    } else checkProtected(behaviour, behaviour.trigger, resource, recognise, say);
  }
  checkTls(config, say);
  checkOrigins(config, domains, say);
  return findings;
}

function membersOfBehaviours(
  properties: Members,
): readonly { readonly pattern: string; readonly place: string; readonly members: Members }[] {
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
function readBehaviours(
  { properties, template }: Resource,
  { rules }: CompiledPolicy,
  recognise: RecogniseFunction,
): readonly Behaviour[] {
  const globs = rules.map((rule) => ({ rule, glob: globOfRule(rule.path) }));
  let remaining = globs;
  return membersOfBehaviours(properties).map(({ pattern, place, members }) => {
    const own = globOfBehaviour(pattern);
    const reached = remaining.filter(({ glob }) => overlaps(own, glob));
    remaining = remaining.filter(({ glob }) => !covers(own, glob));
    const trigger = associationsOf(members).find(
      ({ LambdaFunctionARN }) => recognise(LambdaFunctionARN, template) !== undefined,
    );
    return { pattern, place, members, trigger, rules: reached.map(({ rule }) => rule) };
  });
}

function checkBypass(
  { pattern, place, rules }: Behaviour,
  { otherwise }: CompiledPolicy,
  leadsToProtected: boolean,
  say: Say,
): void {
  const attach = "Associate the function's version with it: event origin-request, with the body.";
  if (rules.length > 0) {
    const names = rules.map(({ name }) => name).join(", ");
    say(
      "BehaviourBypass",
      place,
      `Requests of rule ${names} can fall under the behaviour ${pattern}, which does not run the function.`,
      `${attach} Or give it a pattern that no rule's path meets.`,
    );
  } else if (otherwise === "refuse") {
    say(
      "BehaviourBypass",
      place,
      `The policy refuses what no rule covers, but the behaviour ${pattern} does not run the function.`,
      attach,
    );
  } else if (leadsToProtected) {
    say(
      "BehaviourSameOrigin",
      place,
      `The behaviour ${pattern} leads to a protected origin without running the function: the origin may read another path out of a spelling than CloudFront does.`,
      `${attach} Or acknowledge it, if the origin takes nothing sensitive there.`,
      "warning",
    );
  }
}

function checkProtected(
  { pattern, place, members, rules }: Behaviour,
  trigger: Members,
  resource: Resource,
  recognise: RecogniseFunction,
  say: Say,
): void {
  const { EventType, IncludeBody, LambdaFunctionARN } = trigger;
  const { template } = resource;
  if (EventType !== "origin-request") {
    say(
      "BehaviourEvent",
      place,
      `The behaviour ${pattern} runs the function at ${String(EventType)}.`,
      "Use LambdaEdgeEventType.ORIGIN_REQUEST: it shows 1 MB of a body instead of 40 KB.",
    );
  }
  if (IncludeBody !== true) {
    say(
      "BehaviourBody",
      place,
      `The behaviour ${pattern} does not show bodies to the function, so they would go on in clear.`,
      "Set includeBody: true.",
    );
  }
  if (recognise(LambdaFunctionARN, template) !== "version") {
    say(
      "BehaviourVersion",
      place,
      `The behaviour ${pattern} names $LATEST or an alias; Lambda@Edge takes numbered versions only.`,
      "Use the version property of EdgeFunction.",
    );
  }
  if (members["ViewerProtocolPolicy"] !== "https-only") {
    say(
      "BehaviourProtocol",
      place,
      `The behaviour ${pattern} takes requests in clear (${String(members["ViewerProtocolPolicy"])}); a redirect comes after the body was sent.`,
      "Use ViewerProtocolPolicy.HTTPS_ONLY.",
    );
  }
  if (membersOf(members["GrpcConfig"])["Enabled"] === true) {
    say(
      "BehaviourGrpc",
      place,
      `The behaviour ${pattern} allows gRPC, whose requests pass the function by.`,
      "Set enableGrpc: false.",
    );
  }
  const allowed = listOf(members["AllowedMethods"]).map(String);
  const needed = rules.flatMap(({ methods }) => methods ?? ["POST"]);
  const standard = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"];
  const missing = [...new Set(needed)].filter(
    (method) => standard.includes(method) && !(allowed.length === 0 ? ["GET", "HEAD"] : allowed).includes(method),
  );
  if (missing.length > 0) {
    say(
      "BehaviourMethods",
      place,
      `The behaviour ${pattern} does not allow ${missing.join(", ")}, which a rule protects: viewers get 403.`,
      "Use AllowedMethods.ALLOW_ALL.",
    );
  }
  if (rules.length === 0) return;
  const longest = readMaxTtl(members, template);
  if (longest === undefined) {
    say(
      "BehaviourCaching",
      place,
      `Whether the cache policy of the behaviour ${pattern} keeps responses of protected routes cannot be read here.`,
      "Use CachePolicy.CACHING_DISABLED, or make sure that its longest time to live is 0 and acknowledge this.",
      "warning",
    );
  } else if (longest !== 0) {
    say(
      "BehaviourCaching",
      place,
      `The behaviour ${pattern} caches responses of protected routes.`,
      "Use CachePolicy.CACHING_DISABLED.",
    );
  }
  const forwarding = readForwarding(members, template);
  if (forwarding === undefined) {
    say(
      "BehaviourForwarding",
      place,
      `What the origin request policy of the behaviour ${pattern} forwards cannot be read here.`,
      "Use one of AWS's policies or one of this app, or make sure that it forwards what the rules protect and acknowledge this.",
      "warning",
    );
    return;
  }
  for (const rule of rules) {
    const lacks = (what: string, fix: string): void =>
      say(
        "BehaviourForwarding",
        place,
        `Rule ${rule.name} protects ${what}, which the behaviour ${pattern} does not forward in full: the function would not see it.`,
        fix,
      );
    const broad =
      "Use OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER, or name it in your own origin request policy.";
    const asText = (parts: readonly string[]): string => parts.join("*");
    if ((rule.query.length > 0 || detectsIn(rule, "query")) && forwarding.query !== "all") {
      lacks(
        "the query string",
        "Forward all query strings: CloudFront shows the function none of it where only some are forwarded.",
      );
    }
    const names = [...rule.headers.map(({ use }) => asText(use)), ...(detectsIn(rule, "headers") ? ["*"] : [])];
    const headers = names.filter((name) => !forwarding.header(name));
    if (headers.length > 0) lacks(`the header field ${headers.join(", ")}`, broad);
    const cookies = rule.cookies.filter(({ use }) => !forwarding.cookie(asText(use.whole)));
    if (cookies.length > 0 || (detectsIn(rule, "cookies") && !forwarding.cookie("*"))) lacks("cookies", broad);
  }
}

/**
 * AWS's managed cache policies (Developer Guide, "Use managed cache policies"): the longest time to live, in seconds.
 */
const managedTtls: Readonly<Record<string, number>> = {
  "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": 0,
  "658327ea-f89d-4fab-a63d-7e88639e58f6": 31_536_000,
  "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": 31_536_000,
  "83da9c7e-98b4-4e11-a168-04f0df8e2c65": 31_536_000,
  "4cc15a8a-d715-48a4-82b8-cc0b614638fe": 31_536_000,
  "08627262-05a9-4f76-9ded-b50ca2e3a84f": 31_536_000,
  "2e54312d-136d-493c-8eb9-b001f22f67d2": 600,
};

/**
 * The longest time that responses may be kept; `undefined` where a cache policy is not in the templates and not one of
 * AWS's.
 */
function readMaxTtl(members: Members, template: Template): number | undefined {
  const { CachePolicyId: id, MaxTTL: oldMaxTtl } = members;
  const seconds = (value: unknown): number => (value === undefined ? Infinity : Number(value));
  if (id === undefined) return seconds(oldMaxTtl);
  const own = followReference(id, template, "AWS::CloudFront::CachePolicy");
  return own === undefined
    ? managedTtls[String(id)]
    : seconds(membersOf(own.properties["CachePolicyConfig"])["MaxTTL"]);
}

function checkTls(config: Members, say: Say): void {
  const certificate = membersOf(config["ViewerCertificate"]);
  const own = certificate["AcmCertificateArn"] ?? certificate["IamCertificateId"];
  if (own === undefined) {
    say(
      "MinimumTls",
      "ViewerCertificate",
      "With CloudFront's own certificate viewers may use TLS 1.0.",
      "Give the distribution a domain name and a certificate (context domainName and certificateArn), or acknowledge it.",
      "warning",
    );
    return;
  }
  const version = String(certificate["MinimumProtocolVersion"]);
  if (!/^TLSv1\.[23]/.test(version)) {
    say(
      "MinimumTls",
      "ViewerCertificate",
      `Viewers may use TLS older than 1.2 (${version}).`,
      "Use SecurityPolicyProtocol.TLS_V1_2_2021 or later.",
    );
  }
}

function checkOrigins(config: Members, domains: ReadonlySet<string>, say: Say): void {
  listOf(config["Origins"]).forEach((value, index) => {
    const origin = membersOf(value);
    if (!domains.has(domainOf(origin))) return;
    const custom = membersOf(origin["CustomOriginConfig"]);
    if (origin["CustomOriginConfig"] !== undefined && custom["OriginProtocolPolicy"] !== "https-only") {
      say(
        "OriginProtocol",
        `Origins/${index}`,
        "The origin may be spoken to in clear.",
        "Use OriginProtocolPolicy.HTTPS_ONLY.",
      );
    }
    const proofs = [
      origin["VpcOriginConfig"],
      origin["OriginAccessControlId"],
      membersOf(origin["S3OriginConfig"])["OriginAccessIdentity"],
    ];
    const isPrivate = proofs.some((proof) => proof !== undefined && proof !== "");
    if (isPrivate) return;
    say(
      "OriginNotPrivate",
      `Origins/${index}`,
      "Nothing here proves that the origin answers CloudFront only: whoever knows its address sends it plaintext past the function.",
      "Use a VPC origin, or origin access control; or let the origin demand a secret header or mutual TLS, and acknowledge this.",
      "warning",
    );
  });
}
