/** Reads the cache behaviours of a distribution: which run the edge function, their origins, and their rules. */
import type { CompiledPolicy } from "../core/policy/policy.ts";
import type { CompiledRule } from "../core/rule/rule.ts";
import { listOf, type Members, membersOf, type Resource, showValue, type Template } from "./deployment.ts";
import { covers, globOfBehaviour, globOfRule, overlaps } from "./path-overlap.ts";

/** One cache behaviour. */
export interface Behaviour {
  readonly pattern: string;
  /** Its place in the configuration of the distribution: `CacheBehaviors/0`. */
  readonly place: string;
  readonly members: Members;
  /** Its association with the edge function, at any event; `undefined` if it does not run the function. */
  readonly trigger: Members | undefined;
  /** The rules whose requests it may match. */
  readonly rules: readonly CompiledRule[];
}

/** Tells how an ARN names the edge function: by its `version`, or by something else, such as an alias. */
export type RecogniseFunction = (arn: unknown, template: Template) => "version" | "other" | undefined;

/** True if a behaviour of a distribution names the function. */
export function runsFunction(resource: Resource, recognise: RecogniseFunction): boolean {
  return membersOfBehaviours(resource.properties).some((behaviour) => runsAt(behaviour, resource, recognise));
}

/** True if one behaviour names the function. */
export function runsAt(
  { members }: Pick<Behaviour, "members">,
  { template }: Resource,
  recognise: RecogniseFunction,
): boolean {
  return associationsOf(members).some(({ LambdaFunctionARN }) => recognise(LambdaFunctionARN, template) !== undefined);
}

/** The domain names of a distribution's origins, as texts to compare. */
export function originDomains({ properties }: Resource): ReadonlySet<string> {
  return new Set(listOf(membersOf(properties["DistributionConfig"])["Origins"]).map(domainOf));
}

/** The domain names of the origins behind the behaviours that run the function. */
export function protectedDomains(resource: Resource, recognise: RecogniseFunction): ReadonlySet<string> {
  const config = membersOf(resource.properties["DistributionConfig"]);
  const running = membersOfBehaviours(resource.properties).filter((behaviour) =>
    runsAt(behaviour, resource, recognise),
  );
  return new Set(running.flatMap(({ members }) => domainsBehind(members["TargetOriginId"], config)));
}

/** The domain name of an origin, as a text to compare. */
export function domainOf(origin: unknown): string {
  return JSON.stringify(membersOf(origin)["DomainName"] ?? null);
}

/** The domain names of a target: of one origin, or of all origins in a group. */
export function domainsBehind(target: unknown, config: Members): readonly string[] {
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

function membersOfBehaviours(
  properties: Members,
): readonly { readonly pattern: string; readonly place: string; readonly members: Members }[] {
  const config = membersOf(properties["DistributionConfig"]);
  return [
    ...listOf(config["CacheBehaviors"]).map((value, index) => {
      const members = membersOf(value);
      return { pattern: showValue(members["PathPattern"]), place: `CacheBehaviors/${index}`, members };
    }),
    { pattern: "*", place: "DefaultCacheBehavior", members: membersOf(config["DefaultCacheBehavior"]) },
  ];
}

function associationsOf(behaviour: Members): readonly Members[] {
  return listOf(behaviour["LambdaFunctionAssociations"]).map(membersOf);
}

/**
 * The behaviours in CloudFront's order, each with the rules whose requests it may match. CloudFront uses the first
 * behaviour that matches a request.
 */
export function readBehaviours(
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
