/** Checks one cache behaviour against the rules whose requests it may match. */
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { detectsIn } from "../core/rule/scope.ts";
import type { Behaviour, RecogniseFunction } from "./behaviours.ts";
import { followReference, listOf, type Members, membersOf, numberOf, showValue, type Template } from "./deployment.ts";
import type { AddFinding } from "./finding.ts";
import { readForwarding } from "./forwarding.ts";

/** Checks a behaviour that does not run the function. `leadsToProtected`: its origin is also behind the function. */
export function checkBypass(
  { pattern, place, rules }: Behaviour,
  { otherwise }: CompiledPolicy,
  leadsToProtected: boolean,
  add: AddFinding,
): void {
  const attach = "Associate the function's version with it at the event origin-request, with the body.";
  if (rules.length > 0) {
    const names = rules.map(({ name }) => name).join(", ");
    add(
      "BehaviourBypass",
      place,
      `The behaviour ${pattern} does not run the function, and may match requests of the rule ${names}.`,
      `${attach} Or give it a pattern that no rule's path can match.`,
    );
  } else if (otherwise === "refuse") {
    add(
      "BehaviourBypass",
      place,
      `The policy refuses requests that no rule covers, but the behaviour ${pattern} does not run the function.`,
      attach,
    );
  } else if (leadsToProtected) {
    add(
      "BehaviourSameOrigin",
      place,
      `The behaviour ${pattern} leads to a protected origin without running the function: ` +
        "the origin may read the spelling of a path differently than CloudFront.",
      `${attach} Or acknowledge this if the origin takes nothing sensitive there.`,
      "warning",
    );
  }
}

const standardMethods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"];

/** Checks a behaviour that runs the function. `trigger` is its association with the function. */
export function checkProtected(
  behaviour: Behaviour,
  trigger: Members,
  template: Template,
  recognise: RecogniseFunction,
  add: AddFinding,
): void {
  const { pattern, place, members, rules } = behaviour;
  const { EventType, IncludeBody, LambdaFunctionARN } = trigger;
  const protocol = members["ViewerProtocolPolicy"];
  const allowed = listOf(members["AllowedMethods"]);
  const needed = rules.flatMap(({ methods }) => methods ?? ["POST"]);
  const missing = [...new Set(needed)].filter(
    (method) =>
      standardMethods.includes(method) && !(allowed.length === 0 ? ["GET", "HEAD"] : allowed).includes(method),
  );
  const checks: readonly (readonly [holds: boolean, rule: string, description: string, fix: string])[] = [
    [
      EventType === "origin-request",
      "BehaviourEvent",
      `The behaviour ${pattern} runs the function at the event ${showValue(EventType)}; expected origin-request.`,
      "Use LambdaEdgeEventType.ORIGIN_REQUEST: it shows 1 MB of a body instead of 40 KB.",
    ],
    [
      IncludeBody === true,
      "BehaviourBody",
      `The behaviour ${pattern} does not show bodies to the function, so they would go on unprotected.`,
      "Set includeBody: true.",
    ],
    [
      recognise(LambdaFunctionARN, template) === "version",
      "BehaviourVersion",
      `The behaviour ${pattern} names $LATEST or an alias of the function; Lambda@Edge needs a numbered version.`,
      "Use the version property of EdgeFunction.",
    ],
    [
      protocol === "https-only",
      "BehaviourProtocol",
      `The behaviour ${pattern} accepts plain HTTP (${showValue(protocol)}): a redirect comes after the viewer sent ` +
        "the body.",
      "Use ViewerProtocolPolicy.HTTPS_ONLY.",
    ],
    [
      membersOf(members["GrpcConfig"])["Enabled"] !== true,
      "BehaviourGrpc",
      `The behaviour ${pattern} allows gRPC, and gRPC requests do not run the function.`,
      "Set enableGrpc: false.",
    ],
    [
      missing.length === 0,
      "BehaviourMethods",
      `The behaviour ${pattern} does not allow ${missing.join(", ")}, which a rule protects: viewers get 403.`,
      "Use AllowedMethods.ALLOW_ALL.",
    ],
  ];
  for (const [holds, rule, description, fix] of checks) if (!holds) add(rule, place, description, fix);
  if (rules.length === 0) return;
  checkCaching(behaviour, template, add);
  checkForwarding(behaviour, template, add);
}

function checkCaching({ pattern, place, members }: Behaviour, template: Template, add: AddFinding): void {
  const longest = readMaxTtl(members, template);
  if (longest === undefined) {
    add(
      "BehaviourCaching",
      place,
      `The cache policy of the behaviour ${pattern} is unknown here: it may cache responses of protected routes.`,
      "Use CachePolicy.CACHING_DISABLED, or make sure that its maximum TTL is 0 and acknowledge this.",
      "warning",
    );
  } else if (longest !== 0) {
    add(
      "BehaviourCaching",
      place,
      `The behaviour ${pattern} caches responses of protected routes.`,
      "Use CachePolicy.CACHING_DISABLED.",
    );
  }
}

function checkForwarding({ pattern, place, members, rules }: Behaviour, template: Template, add: AddFinding): void {
  const forwarding = readForwarding(members, template);
  if (forwarding === undefined) {
    add(
      "BehaviourForwarding",
      place,
      `The origin request policy of the behaviour ${pattern} is unknown here: it may hide what rules protect.`,
      "Use a policy of AWS or of this app, or make sure that it forwards what the rules protect and acknowledge this.",
      "warning",
    );
    return;
  }
  for (const rule of rules) {
    const lacks = (what: string, fix: string): void =>
      add(
        "BehaviourForwarding",
        place,
        `Rule ${rule.name} protects ${what}, but the behaviour ${pattern} does not forward all of it: ` +
          "the function would not see it.",
        fix,
      );
    const broad = "Use OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER, or add it to your own origin request policy.";
    const asText = (parts: readonly string[]): string => parts.join("*");
    if ((rule.query.length > 0 || detectsIn(rule, "query")) && forwarding.query !== "all") {
      lacks(
        "the query string",
        "Forward all query strings: if only some are forwarded, CloudFront shows none of them to the function.",
      );
    }
    const names = [...rule.headers.map(({ use }) => asText(use)), ...(detectsIn(rule, "headers") ? ["*"] : [])];
    const headers = names.filter((name) => !forwarding.header(name));
    if (headers.length > 0) lacks(`the header field ${headers.join(", ")}`, broad);
    const cookies = rule.cookies.filter(({ use }) => !forwarding.cookie(asText(use.whole)));
    if (cookies.length > 0 || (detectsIn(rule, "cookies") && !forwarding.cookie("*"))) lacks("cookies", broad);
  }
}

/** The maximum TTL of AWS's managed cache policies, in seconds (Developer Guide, "Use managed cache policies"). */
const managedTtls: Readonly<Record<string, number>> = {
  "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": 0,
  "658327ea-f89d-4fab-a63d-7e88639e58f6": 31_536_000,
  "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": 31_536_000,
  "83da9c7e-98b4-4e11-a168-04f0df8e2c65": 31_536_000,
  "4cc15a8a-d715-48a4-82b8-cc0b614638fe": 31_536_000,
  "08627262-05a9-4f76-9ded-b50ca2e3a84f": 31_536_000,
  "2e54312d-136d-493c-8eb9-b001f22f67d2": 600,
};

/** The most seconds in a cache; `undefined` for a cache policy that is neither in the templates nor AWS's. */
function readMaxTtl(members: Members, template: Template): number | undefined {
  const { CachePolicyId: id, MaxTTL: oldMaxTtl } = members;
  const seconds = (value: unknown): number => (value === undefined ? Infinity : numberOf(value));
  if (id === undefined) return seconds(oldMaxTtl);
  const own = followReference(id, template, "AWS::CloudFront::CachePolicy");
  return own === undefined
    ? typeof id === "string"
      ? managedTtls[id]
      : undefined
    : seconds(membersOf(own.properties["CachePolicyConfig"])["MaxTTL"]);
}
