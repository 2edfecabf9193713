/** Synthesised templates as the checks read them: resources, references between them, and plain values. */
import { readFileSync } from "node:fs";
import { isRecord } from "../core/config/config-value.ts";

export type Members = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Members;
  readonly template: Template;
}

export interface Template {
  readonly path: string;
  readonly region: string | undefined;
  readonly resources: readonly Resource[];
}

/** `holds` is what all conditions of the template are taken for. */
export function readTemplate(
  { templatePath, region }: { readonly templatePath: string; readonly region?: string | undefined },
  holds = true,
): Template {
  const source = simplify(JSON.parse(readFileSync(templatePath, "utf8")), holds);
  const resources: Resource[] = [];
  const template: Template = { path: templatePath, region, resources };
  for (const [id, resource] of Object.entries(membersOf(membersOf(source)["Resources"]))) {
    const { Type, Properties } = membersOf(resource);
    resources.push({ id, type: String(Type), properties: membersOf(Properties), template });
  }
  return template;
}

/**
 * One branch of each `Fn::If`, without members that CloudFormation takes as absent, and with flags that it takes as
 * texts too.
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

/** An object's members; none of anything else. */
export function membersOf(value: unknown): Members {
  return isRecord(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** The resource of a type in the same template that a `Ref` or `Fn::GetAtt` names. */
export function followReference(value: unknown, { resources }: Template, type: string): Resource | undefined {
  const { Ref: ref, "Fn::GetAtt": attribute } = membersOf(value);
  const id = typeof ref === "string" ? ref : Array.isArray(attribute) ? attribute[0] : undefined;
  return resources.find((resource) => resource.id === id && resource.type === type);
}
