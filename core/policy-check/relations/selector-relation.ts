/** How the selectors of rules relate, as far as it can be told without a request. For builds only. */

import type { ConfigValue } from "../../config/config-value.ts";
import type { FieldPattern } from "../../selector/field-name.ts";
import type { Wildcard } from "../../selector/wildcard.ts";
import type { XmlPath } from "../../selector/xml-path.ts";
import { coversNames, fieldPath, type NamePath, namesMeet, queryNamePath, xmlNamePath } from "./field-relation.ts";
import { coversQuery, type QueryChain, queriesMeet } from "./query-relation.ts";
import { coversWildcard, wildcardsMeet } from "./wildcard-relation.ts";

/** A selector of a rule, by the list that it is in. */
export type SelectorScope = {
  /** Its text in the policy. */
  readonly at: ConfigValue;
  readonly text: string;
  /** Whether requests in which it finds nothing are refused. */
  readonly required: boolean;
} & (
  | {
      readonly list: "body";
      /** `undefined` for what is not JSONPath of RFC 9535. */
      readonly chain: QueryChain | undefined;
    }
  | { readonly list: "fields" | "query" | "cookies"; readonly pattern: FieldPattern }
  | { readonly list: "xml"; readonly path: XmlPath }
  | { readonly list: "headers"; readonly name: Wildcard }
  | { readonly list: "segments"; readonly segment: number }
);

/** The lists that are about bodies. */
export const bodyLists: ReadonlySet<SelectorScope["list"]> = new Set<SelectorScope["list"]>(["body", "fields", "xml"]);

/** Whether everything that `b` selects is in what `a` selects. `false` also where it cannot be told. */
export function coversScope(a: SelectorScope, b: SelectorScope): boolean {
  if (a.list === "body" && b.list === "body") {
    return a.chain === undefined || b.chain === undefined ? a.text === b.text : coversQuery(a.chain, b.chain);
  }
  if (a.list === "headers" && b.list === "headers") return coversWildcard(a.name, b.name);
  if (a.list === "segments" && b.list === "segments") return a.segment === b.segment;
  const names = namesOf(a, b);
  return names !== undefined && coversNames(...names);
}

/** Whether there may be a value that both select. */
export function scopesMeet(a: SelectorScope, b: SelectorScope): boolean {
  if (a.list === "body" && b.list === "body") {
    return a.chain === undefined || b.chain === undefined ? a.text === b.text : queriesMeet(a.chain, b.chain);
  }
  if (a.list === "headers" && b.list === "headers") return wildcardsMeet(a.name, b.name);
  if (a.list === "segments" && b.list === "segments") return a.segment === b.segment;
  const names = namesOf(a, b);
  return names !== undefined && namesMeet(...names);
}

/** Where both lead to by names, if they look into the same part in the same format. */
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
