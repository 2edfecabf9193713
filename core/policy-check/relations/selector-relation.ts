/** What a rule's selectors claim, as far as it can be told without a request. For builds only. */
import { coversNames, fieldPath, namesMeet, type NamePath, queryNamePath, xmlNamePath } from "./field-relation.ts";
import type { FieldPattern } from "../../selector/field-name.ts";
import { coversQuery, queriesMeet, type QueryChain } from "./query-relation.ts";
import type { Shape } from "../../config/config-value.ts";
import type { XmlPath } from "../../selector/xml-path.ts";
import type { Wildcard } from "../../selector/wildcard.ts";
import { coversWildcard, wildcardsMeet } from "./wildcard-relation.ts";

/** A selector of a rule, by the list that it stands in. */
export type Claim = {
  /** Where its text stands in the policy. */
  readonly at: Shape;
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
export const bodyLists: ReadonlySet<Claim["list"]> = new Set<Claim["list"]>(["body", "fields", "xml"]);

/** Whether everything that `b` selects stands in what `a` selects. `false` also where it cannot be told. */
export function coversClaim(a: Claim, b: Claim): boolean {
  if (a.list === "body" && b.list === "body") {
    return a.chain === undefined || b.chain === undefined ? a.text === b.text : coversQuery(a.chain, b.chain);
  }
  if (a.list === "headers" && b.list === "headers") return coversWildcard(a.name, b.name);
  if (a.list === "segments" && b.list === "segments") return a.segment === b.segment;
  const names = namesOf(a, b);
  return names !== undefined && coversNames(...names);
}

/** Whether there may be a value that both select. */
export function claimsMeet(a: Claim, b: Claim): boolean {
  if (a.list === "body" && b.list === "body") {
    return a.chain === undefined || b.chain === undefined ? a.text === b.text : queriesMeet(a.chain, b.chain);
  }
  if (a.list === "headers" && b.list === "headers") return wildcardsMeet(a.name, b.name);
  if (a.list === "segments" && b.list === "segments") return a.segment === b.segment;
  const names = namesOf(a, b);
  return names !== undefined && namesMeet(...names);
}

/** Where both lead to by names, if they look into the same part in the same format. */
function namesOf(a: Claim, b: Claim): readonly [NamePath, NamePath] | undefined {
  const isJson = (claim: Claim): boolean => claim.list === "body";
  const sameList = a.list === b.list;
  const bothBodies = bodyLists.has(a.list) && bodyLists.has(b.list) && !(isJson(a) && b.list === "xml") && !(isJson(b) && a.list === "xml");
  if (!sameList && !bothBodies) return undefined;
  const [own, other] = [namePathOf(a), namePathOf(b)];
  return own === undefined || other === undefined ? undefined : [own, other];
}

function namePathOf(claim: Claim): NamePath | undefined {
  switch (claim.list) {
    case "body":
      return claim.chain?.length === 1 && claim.chain[0] !== undefined ? queryNamePath(claim.chain[0]) : undefined;
    case "fields":
    case "query":
    case "cookies":
      return fieldPath(claim.pattern);
    case "xml":
      return xmlNamePath(claim.path);
    case "headers":
    case "segments":
      return undefined;
  }
}
