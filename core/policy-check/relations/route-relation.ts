/** Compares the requests that two rules cover, by path and method. For builds only. */
import type { PathPattern } from "../../rule/route.ts";
import type { Wildcard } from "../../selector/wildcard.ts";
import { coversSteps, type Steps, stepsMeet } from "./step-relation.ts";
import { coversWildcard, wildcardsMeet } from "./wildcard-relation.ts";

/** The requests that a rule covers. */
export interface Route {
  readonly path: PathPattern;
  /** `undefined` for all methods. */
  readonly methods: readonly string[] | undefined;
}

const relation = { covers: coversWildcard, meets: wildcardsMeet };

/** True if `a` surely covers every request that `b` covers. */
export function coversRoute(a: Route, b: Route): boolean {
  const covered = a.methods === undefined || (b.methods?.every((method) => a.methods?.includes(method)) ?? false);
  return covered && coversSteps(readSteps(a.path), readSteps(b.path), relation);
}

/** True if some request falls under both. */
export function routesMeet(a: Route, b: Route): boolean {
  const shared =
    a.methods === undefined || b.methods === undefined || a.methods.some((method) => b.methods?.includes(method));
  return shared && stepsMeet(readSteps(a.path), readSteps(b.path), relation);
}

function readSteps(pattern: PathPattern): Steps<Wildcard> {
  const steps: { descendant: boolean; test: Wildcard }[] = [];
  let descendant = false;
  for (const segment of pattern) {
    if (segment !== "**") steps.push({ descendant, test: segment });
    descendant = segment === "**";
  }
  return { steps, open: descendant };
}
