/** Measures the detectors over the corpus: recall over positives, false positives over look-alikes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Detector } from "../core/detectors/detector.ts";
import { detectors } from "../core/detectors/table.ts";
import { detect } from "../core/find/detection.ts";
import type { Span } from "../core/text/edit.ts";
import { nameNode, plainNode, type TextNode } from "../core/text/text-node.ts";
import { makeDetectingRule } from "./measured-rule.ts";

/** The quality of one detector. */
export interface Quality {
  readonly name: string;
  readonly positives: number;
  /** The share of positives whose whole value was found, at its place. */
  readonly recall: number;
  readonly missed: readonly string[];
  readonly lookalikes: number;
  /** Look-alikes with a finding, per 10,000. */
  readonly falsePositives: number;
  readonly mistaken: readonly string[];
  readonly sources: readonly string[];
}

interface Corpus {
  readonly [name: string]: {
    readonly sources: readonly string[];
    readonly values: readonly (string | readonly [string, string])[];
  };
}

const folder = join(import.meta.dirname, "corpus");

/** The quality of each detector over the corpus. */
export function measureQuality(): readonly Quality[] {
  const corpus = JSON.parse(readFileSync(join(folder, "positives.json"), "utf8")) as Corpus;
  const lookalikes = readFileSync(join(folder, "lookalikes.txt"), "utf8").trimEnd().split("\n");
  return detectors.map((detector) => {
    const { values = [], sources = [] } = corpus[detector.name] ?? {};
    const missed = values.filter((value) => {
      const [field, marked] = typeof value === "string" ? [undefined, value] : value;
      const start = marked.indexOf("«");
      const end = marked.indexOf("»") - 1;
      return !findIn(detector, marked.replace(/[«»]/g, ""), field).some(
        (span) => span.start === start && span.end === end,
      );
    });
    const mistaken = lookalikes.filter((text) => findIn(detector, text, undefined).length > 0);
    return {
      name: detector.name,
      positives: values.length,
      recall: (values.length - missed.length) / values.length,
      missed: missed.map((value) => JSON.stringify(value)),
      lookalikes: lookalikes.length,
      falsePositives: (mistaken.length / lookalikes.length) * 10_000,
      mistaken,
      sources,
    };
  });
}

function findIn(detector: Detector, text: string, field: string | undefined): readonly Span[] {
  const node: TextNode = nameNode(
    plainNode(text, 0, text.length, (characters) => characters),
    (level) => (level === 0 ? field : undefined),
  );
  return detect(text, [node], [makeDetectingRule([detector])], { remaining: Number.MAX_SAFE_INTEGER });
}
