/** Checks a distribution against the policy of its function: behaviours, origins and TLS. */
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { checkBypass, checkProtected } from "./behaviour-check.ts";
import {
  domainOf,
  domainsBehind,
  protectedDomains,
  type RecogniseFunction,
  readBehaviours,
  runsAt,
} from "./behaviours.ts";
import { listOf, type Members, membersOf, type Resource, showValue } from "./deployment.ts";
import type { AddFinding, DeploymentFinding } from "./finding.ts";

/** All findings about a distribution. `others` recognise other edge functions, which have behaviours of their own. */
export function checkDistribution(
  resource: Resource,
  policy: CompiledPolicy,
  recognise: RecogniseFunction,
  others: readonly RecogniseFunction[],
): readonly DeploymentFinding[] {
  const findings: DeploymentFinding[] = [];
  const add: AddFinding = (rule, place, description, fix, severity = "error") =>
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
      checkBypass(behaviour, policy, leadsToProtected, add);
    } else checkProtected(behaviour, behaviour.trigger, resource.template, recognise, add);
  }
  checkTls(config, add);
  checkOrigins(config, domains, add);
  return findings;
}

function checkTls(config: Members, add: AddFinding): void {
  const certificate = membersOf(config["ViewerCertificate"]);
  const own = certificate["AcmCertificateArn"] ?? certificate["IamCertificateId"];
  if (own === undefined) {
    add(
      "MinimumTls",
      "ViewerCertificate",
      "CloudFront's own certificate allows viewers to use TLS 1.0.",
      "Give the distribution a domain name and a certificate (context domainName and certificateArn), " +
        "or acknowledge this.",
      "warning",
    );
    return;
  }
  const version = showValue(certificate["MinimumProtocolVersion"]);
  if (!/^TLSv1\.[23]/.test(version)) {
    add(
      "MinimumTls",
      "ViewerCertificate",
      `Viewers may use TLS older than 1.2: the minimum is ${version}.`,
      "Use SecurityPolicyProtocol.TLS_V1_2_2021 or later.",
    );
  }
}

function checkOrigins(config: Members, domains: ReadonlySet<string>, add: AddFinding): void {
  listOf(config["Origins"]).forEach((value, index) => {
    const origin = membersOf(value);
    if (!domains.has(domainOf(origin))) return;
    const custom = membersOf(origin["CustomOriginConfig"]);
    if (origin["CustomOriginConfig"] !== undefined && custom["OriginProtocolPolicy"] !== "https-only") {
      add(
        "OriginProtocol",
        `Origins/${index}`,
        "CloudFront may connect to the origin over plain HTTP.",
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
    add(
      "OriginNotPrivate",
      `Origins/${index}`,
      "Nothing here shows that the origin answers only CloudFront: " +
        "anybody who knows its address can send it plaintext past the function.",
      "Use a VPC origin or origin access control, " +
        "or make the origin require a secret header or mutual TLS and acknowledge this.",
      "warning",
    );
  });
}
