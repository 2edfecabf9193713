/** Checks one cache behaviour against the rules whose requests can fall under it. */
import type { CompiledPolicy } from "../core/policy/policy.ts";
import { detectsIn } from "../core/rule/scope.ts";
import type { Behaviour, RecogniseFunction } from "./behaviours.ts";
import { followReference, listOf, type Members, membersOf, type Template } from "./deployment.ts";
import type { AddFinding } from "./finding.ts";
import { readForwarding } from "./forwarding.ts";

/** Checks a behaviour that does not run the function. */
export function checkBypass(
  { pattern, place, rules }: Behaviour,
  { otherwise }: CompiledPolicy,
  leadsToProtected: boolean,
  add: AddFinding,
): void {
  const attach = "Associate the function's version with it: event origin-request, with the body.";
  if (rules.length > 0) {
    const names = rules.map(({ name }) => name).join(", ");
    add(
      "BehaviourBypass",
      place,
      `Requests of rule ${names} can fall under the behaviour ${pattern}, which does not run the function.`,
      `${attach} Or give it a pattern that no rule's path meets.`,
    );
  } else if (otherwise === "refuse") {
    add(
      "BehaviourBypass",
      place,
      `The policy refuses what no rule covers, but the behaviour ${pattern} does not run the function.`,
      attach,
    );
  } else if (leadsToProtected) {
    add(
      "BehaviourSameOrigin",
      place,
      `The behaviour ${pattern} leads to a protected origin without running the function: ` +
        "the origin may read another path out of a spelling than CloudFront does.",
      `${attach} Or acknowledge it, if the origin takes nothing sensitive there.`,
      "warning",
    );
  }
}

/** Checks a behaviour that runs the function by an association, the `trigger`. */
export function checkProtected(
  behaviour: Behaviour,
  trigger: Members,
  template: Template,
  recognise: RecogniseFunction,
  add: AddFinding,
): void {
  const { pattern, place, members, rules } = behaviour;
  const { EventType, IncludeBody, LambdaFunctionARN } = trigger;
  if (EventType !== "origin-request") {
    add(
      "BehaviourEvent",
      place,
      `The behaviour ${pattern} runs the function at ${String(EventType)}.`,
      "Use LambdaEdgeEventType.ORIGIN_REQUEST: it shows 1 MB of a body instead of 40 KB.",
    );
  }
  if (IncludeBody !== true) {
    add(
      "BehaviourBody",
      place,
      `The behaviour ${pattern} does not show bodies to the function, so they would go on in clear.`,
      "Set includeBody: true.",
    );
  }
  if (recognise(LambdaFunctionARN, template) !== "version") {
    add(
      "BehaviourVersion",
      place,
      `The behaviour ${pattern} names $LATEST or an alias; Lambda@Edge takes numbered versions only.`,
      "Use the version property of EdgeFunction.",
    );
  }
  if (members["ViewerProtocolPolicy"] !== "https-only") {
    add(
      "BehaviourProtocol",
      place,
      `The behaviour ${pattern} takes requests in clear (${String(members["ViewerProtocolPolicy"])}); ` +
        "a redirect comes after the body was sent.",
      "Use ViewerProtocolPolicy.HTTPS_ONLY.",
    );
  }
  if (membersOf(members["GrpcConfig"])["Enabled"] === true) {
    add(
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
    add(
      "BehaviourMethods",
      place,
      `The behaviour ${pattern} does not allow ${missing.join(", ")}, which a rule protects: viewers get 403.`,
      "Use AllowedMethods.ALLOW_ALL.",
    );
  }
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
      `Whether the cache policy of the behaviour ${pattern} keeps responses of protected routes cannot be read here.`,
      "Use CachePolicy.CACHING_DISABLED, or make sure that its longest time to live is 0 and acknowledge this.",
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
      `What the origin request policy of the behaviour ${pattern} forwards cannot be read here.`,
      "Use one of AWS's policies or one of this app, " +
        "or make sure that it forwards what the rules protect and acknowledge this.",
      "warning",
    );
    return;
  }
  for (const rule of rules) {
    const lacks = (what: string, fix: string): void =>
      add(
        "BehaviourForwarding",
        place,
        `Rule ${rule.name} protects ${what}, which the behaviour ${pattern} does not forward in full: ` +
          "the function would not see it.",
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
 * For how many seconds responses may be kept at most; `undefined` for a cache policy that is neither in the templates
 * nor one of AWS's.
 */
function readMaxTtl(members: Members, template: Template): number | undefined {
  const { CachePolicyId: id, MaxTTL: oldMaxTtl } = members;
  const seconds = (value: unknown): number => (value === undefined ? Infinity : Number(value));
  if (id === undefined) return seconds(oldMaxTtl);
  const own = followReference(id, template, "AWS::CloudFront::CachePolicy");
  return own === undefined
    ? typeof id === "string"
      ? managedTtls[id]
      : undefined
    : seconds(membersOf(own.properties["CachePolicyConfig"])["MaxTTL"]);
}
