/** A rule that has only detectors. */
import type { Detector } from "../core/detectors/detector.ts";
import { loadDetectorUse } from "../core/detectors/detector-use.ts";
import type { Rule } from "../core/rule/rule.ts";

/** A rule with these detectors, at low confidence and without context. It has only the members that detection reads. */
export function makeDetectingRule(used: readonly Detector[]): Rule {
  const settings = { confidence: "low", allow: [], context: [], needsContext: false, exempt: [] } as const;
  const uses = used.map((detector) => ({
    use: loadDetectorUse({ detector: detector.name, ...settings }, detector),
    selector: 0,
  }));
  return { name: "measured", exempt: [], detectors: uses } as unknown as Rule;
}
