/** Reads synthesised templates for the checks: resources, references between them, and plain values. */
import { readFileSync } from "node:fs";
import { isRecord } from "../core/config/config-value.ts";

/** The members of an object of a template. */
export type Members = Readonly<Record<string, unknown>>;

/** A resource, with its logical id and its template. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Members;
  readonly template: Template;
}

/** One synthesised template. */
export interface Template {
  readonly path: string;
  /** `undefined` if the stack names no Region. */
  readonly region: string | undefined;
  readonly resources: readonly Resource[];
}

/** Reads a template file, and takes all of its conditions as `holds`. Throws if the file is not JSON. */
export function readTemplate(
  { templatePath, region }: { readonly templatePath: string; readonly region?: string | undefined },
  holds = true,
): Template {
  const source = simplify(JSON.parse(readFileSync(templatePath, "utf8")), holds);
  const resources: Resource[] = [];
  const template: Template = { path: templatePath, region, resources };
  for (const [id, resource] of Object.entries(membersOf(membersOf(source)["Resources"]))) {
    const { Type, Properties } = membersOf(resource);
    resources.push({ id, type: showValue(Type), properties: membersOf(Properties), template });
  }
  return template;
}

/**
 * A value with one branch of each `Fn::If`, without members that CloudFormation takes as absent, and with booleans for
 * the texts `true` and `false`.
 */
function simplify(value: unknown, holds: boolean): unknown {
  const { "Fn::If": branches, Ref: reference } = membersOf(value);
  if (Array.isArray(branches)) return simplify(branches[holds ? 1 : 2], holds);
  if (reference === "AWS::NoValue") return undefined;
  if (value === "true" || value === "false") return value === "true";
  if (Array.isArray(value)) return value.map((item) => simplify(item, holds)).filter((item) => item !== undefined);
  if (!isRecord(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, simplify(member, holds)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

/**
 * A value as a text: a string as it is, `nothing` for `undefined`, JSON for the rest. Does not throw, while `String`
 * throws for an object with a member `toString`.
 */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A number, or the number in a string; NaN for objects and lists, such as references. */
export function numberOf(value: unknown): number {
  return typeof value === "object" && value !== null ? NaN : Number(value);
}

/** An object's members; no members for anything else. */
export function membersOf(value: unknown): Members {
  return isRecord(value) ? value : {};
}

/** A list as it is, `undefined` as an empty list, and any other value as a list of one: templates write both. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** The resource of this type in the same template that a `Ref` or `Fn::GetAtt` names; `undefined` without one. */
export function followReference(value: unknown, { resources }: Template, type: string): Resource | undefined {
  const { Ref: ref, "Fn::GetAtt": attribute } = membersOf(value);
  const id = typeof ref === "string" ? ref : Array.isArray(attribute) ? attribute[0] : undefined;
  return resources.find((resource) => resource.id === id && resource.type === type);
}
