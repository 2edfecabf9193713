/** Compares the selectors of rules without a request. For builds only. */
import type { ConfigValue } from "../../config/config-value.ts";
import type { FieldPattern } from "../../selector/field-name.ts";
import type { Wildcard } from "../../selector/wildcard.ts";
import type { XmlPath } from "../../selector/xml-path.ts";
import { coversNames, fieldPath, type NamePath, namesMeet, queryNamePath, xmlNamePath } from "./field-relation.ts";
import { coversQuery, type QueryChain, queriesMeet } from "./query-relation.ts";
import { coversWildcard, wildcardsMeet } from "./wildcard-relation.ts";

/** A selector of a rule, parsed for its list. */
export type SelectorScope = {
  /** Its place in the policy. */
  readonly at: ConfigValue;
  readonly text: string;
  /** Requests in which it finds nothing are refused. */
  readonly required: boolean;
} & (
  | {
      readonly list: "body";
      /** `undefined` if the selector is not RFC 9535. */
      readonly chain: QueryChain | undefined;
    }
  | { readonly list: "fields" | "query" | "cookies"; readonly pattern: FieldPattern }
  | { readonly list: "xml"; readonly path: XmlPath }
  | { readonly list: "headers"; readonly name: Wildcard }
  | { readonly list: "segments"; readonly segment: number }
);

/** The lists for bodies. */
export const bodyLists: ReadonlySet<SelectorScope["list"]> = new Set<SelectorScope["list"]>(["body", "fields", "xml"]);

/** True if `a` surely selects everything that `b` selects. */
export function coversScope(a: SelectorScope, b: SelectorScope): boolean {
  return relate(a, b, { queries: coversQuery, wildcards: coversWildcard, names: coversNames });
}

/** True if both may select the same value. */
export function scopesMeet(a: SelectorScope, b: SelectorScope): boolean {
  return relate(a, b, { queries: queriesMeet, wildcards: wildcardsMeet, names: namesMeet });
}

interface ScopeRelation {
  readonly queries: (a: QueryChain, b: QueryChain) => boolean;
  readonly wildcards: (a: Wildcard, b: Wildcard) => boolean;
  readonly names: (a: NamePath, b: NamePath) => boolean;
}

function relate(a: SelectorScope, b: SelectorScope, { queries, wildcards, names }: ScopeRelation): boolean {
  if (a.list === "body" && b.list === "body") {
    return a.chain === undefined || b.chain === undefined ? a.text === b.text : queries(a.chain, b.chain);
  }
  if (a.list === "headers" && b.list === "headers") return wildcards(a.name, b.name);
  if (a.list === "segments" && b.list === "segments") return a.segment === b.segment;
  const paths = namesOf(a, b);
  return paths !== undefined && names(...paths);
}

/** The paths of both by names; `undefined` if they look into different parts or formats. */
function namesOf(a: SelectorScope, b: SelectorScope): readonly [NamePath, NamePath] | undefined {
  const isJson = (scope: SelectorScope): boolean => scope.list === "body";
  const sameList = a.list === b.list;
  const bothBodies =
    bodyLists.has(a.list) &&
    bodyLists.has(b.list) &&
    !(isJson(a) && b.list === "xml") &&
    !(isJson(b) && a.list === "xml");
  if (!sameList && !bothBodies) return undefined;
  const [own, other] = [namePathOf(a), namePathOf(b)];
  return own === undefined || other === undefined ? undefined : [own, other];
}

function namePathOf(scope: SelectorScope): NamePath | undefined {
  switch (scope.list) {
    case "body":
      return scope.chain?.length === 1 && scope.chain[0] !== undefined ? queryNamePath(scope.chain[0]) : undefined;
    case "fields":
    case "query":
    case "cookies":
      return fieldPath(scope.pattern);
    case "xml":
      return xmlNamePath(scope.path);
    default:
      return undefined;
  }
}
