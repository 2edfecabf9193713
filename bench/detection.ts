/** Measures the detectors: all over ordinary JSON, and each over text that costs it the most work. */

import type { Detector } from "../core/detectors/detector.ts";
import { detectors } from "../core/detectors/table.ts";
import { detect } from "../core/find/detection.ts";
import { allCodecs } from "../core/formats/table.ts";
import { plainNode } from "../core/text/text-node.ts";
import { makeLargeBody } from "./bodies.ts";
import { hostileLength, hostileTexts } from "./hostile-texts.ts";
import { makeDetectingRule } from "./measured-rule.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";
import { measureRounds, timeOf } from "./rounds.ts";

const plain = (text: string): string => text;

function createScan(used: readonly Detector[]): (text: string) => unknown {
  const rule = makeDetectingRule(used);
  return (text) =>
    detect(text, [plainNode(text, 0, text.length, plain)], [rule], { remaining: Number.MAX_SAFE_INTEGER });
}

/** The report's section on detectors. */
export async function benchDetection(): Promise<string> {
  return formatLines("Detectors", [...(await benchOrdinary()), ...benchHostile()]);
}

async function benchOrdinary(): Promise<readonly Line[]> {
  const body = makeLargeBody(true);
  const rule = makeDetectingRule(detectors);
  const context = {
    rules: [],
    budget: { remaining: Number.MAX_SAFE_INTEGER },
    depth: 1_000,
    mediaType: { essence: "application/json", parameters: new Map() },
    findCodec: () => undefined,
  };
  const find = (): unknown => {
    const reading = allCodecs.json.read(body, context);
    return detect(body, reading.nodes(), [rule], context.budget);
  };
  const times = await measureRounds(
    [
      { name: "parse", run: (): unknown => JSON.parse(body) },
      { name: "detect", run: find },
    ],
    9,
  );
  const parse = timeOf(times, "parse");
  return [
    { what: "ordinary JSON of 900 KB: JSON.parse", value: formatMs(parse) },
    {
      what: `ordinary JSON of 900 KB: reading it and all ${detectors.length} detectors, over it`,
      value: formatRatio(timeOf(times, "detect") / parse),
      target: "<= 10 x",
      reached: timeOf(times, "detect") / parse <= 10,
    },
  ];
}

/** The slowest text of each detector: milliseconds for a megabyte of it. */
function benchHostile(): readonly Line[] {
  const slowest = (used: readonly Detector[]): number => {
    const scan = createScan(used);
    const times = hostileTexts.map((text) => {
      scan(text.slice(0, 1_000));
      const started = performance.now();
      scan(text);
      return performance.now() - started;
    });
    return (Math.max(...times) * 1_000_000) / hostileLength;
  };
  return [
    ...detectors.map((detector) => ({
      what: `hostile text, worst of ${hostileTexts.length}: ${detector.name}`,
      value: `${formatMs(slowest([detector]))} / MB`,
    })),
    {
      what: `hostile text, worst of ${hostileTexts.length}: all together`,
      value: `${formatMs(slowest(detectors))} / MB`,
    },
  ];
}
