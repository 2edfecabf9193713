/** Tests a detector by a table of texts, with « and » around what it must find. */
import { describe, expect, test } from "@jest/globals";
import type { Detector } from "../../core/detectors/detector.ts";
import { type CompiledDetectorUse, loadDetectorUse } from "../../core/detectors/detector-use.ts";
import { detect } from "../../core/find/detection.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { parseFieldPattern } from "../../core/selector/field-name.ts";
import { nameNode, plainNode } from "../../core/text/text-node.ts";

/** `field` is the name of the field that holds the text. */
export type Row = readonly [why: string, marked: string, field?: string];

export function describeDetector(detector: Detector, rows: readonly Row[]): void {
  describe(detector.name, () => {
    // A parameter that a row leaves out would be taken for a callback.
    test.each(rows.map(([why, marked, field]) => ({ why, marked, field })))("$why: $marked", ({ marked, field }) => {
      expect(markFound(detector, marked.replace(/[«»]/g, ""), field === undefined ? [] : [field])).toBe(marked);
    });
  });
}

export type UseSettings = Partial<Omit<CompiledDetectorUse, "detector" | "exempt">> & {
  readonly exempt?: readonly string[];
};

/** The text with « and » around what is found. `names` are the names of its field and of the fields around that. */
export function markFound(
  detector: Detector,
  text: string,
  names: readonly string[],
  settings: UseSettings = {},
): string {
  const exempt = (settings.exempt ?? []).map(parseFieldPattern);
  const use = loadDetectorUse(
    { detector: detector.name, confidence: "low", allow: [], context: [], needsContext: false, ...settings, exempt },
    detector,
  );
  const node = nameNode(
    plainNode(text, 0, text.length, (characters) => characters),
    (level) => names[level],
  );
  const rule = { name: "rule", exempt: [], detectors: [{ use, selector: 0 }] } as unknown as Rule;
  const spans = detect(text, [node], [rule], { remaining: 10_000_000 });
  return [...spans]
    .reverse()
    .reduce(
      (marked, { start, end }) => `${marked.slice(0, start)}«${marked.slice(start, end)}»${marked.slice(end)}`,
      text,
    );
}
