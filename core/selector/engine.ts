/** The engine for JSONPath as RFC 9535 has it. */
import { selectNodes } from "./evaluation.ts";
import { planQueries } from "./plan.ts";
import type { LoadSelectors, Target } from "./select.ts";
import type { TextMatcher } from "./text-matcher.ts";

/** `createMatcher` is asked for each body: `match` and `search` compile patterns that can come from it. */
export function createEngine(createMatcher: () => TextMatcher): LoadSelectors {
  return (compiled) => {
    if (compiled.dialect !== "rfc9535") return undefined;
    const plan = planQueries(compiled.queries);
    return (document, budget) => {
      const targets: Target[] = [];
      for (const [selector, nodes] of selectNodes(plan, document, budget, createMatcher())) {
        for (const node of nodes) targets.push({ node, part: "value", selector });
      }
      return targets;
    };
  };
}
