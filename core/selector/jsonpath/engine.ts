/** The engine for JSONPath (RFC 9535). */
import type { LoadSelectors, Target } from "../select.ts";
import { type Filter, selectNodes } from "./evaluation.ts";
import { planQueries } from "./plan.ts";

/** Makes an engine. It calls `createFilter` for each body, because filters keep results for one body. */
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
