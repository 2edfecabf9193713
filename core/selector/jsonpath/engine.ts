/** The engine for JSONPath as RFC 9535 has it. */

import type { LoadSelectors, Target } from "../select.ts";
import { type Filter, selectNodes } from "./evaluation.ts";
import { planQueries } from "./plan.ts";

/** `createFilter` is asked for each body: what filters find out holds for one body only. */
export function createEngine(createFilter: () => Filter): LoadSelectors {
  return (compiled) => {
    if (compiled.dialect !== "rfc9535") return undefined;
    const plan = planQueries(compiled.queries);
    return (document, budget) => {
      const targets: Target[] = [];
      for (const [selector, nodes] of selectNodes(plan, document, budget, createFilter())) {
        for (const node of nodes) targets.push({ node, part: "value", selector });
      }
      return targets;
    };
  };
}
