/** Detectors: all of them over ordinary JSON, and each over text that is made to keep it busy. */

import type { Detector } from "../core/detectors/detector.ts";
import { loadDetectorUse } from "../core/detectors/detector-use.ts";
import { detectors } from "../core/detectors/table.ts";
import { detect } from "../core/find/detection.ts";
import { allCodecs } from "../core/formats/table.ts";
import type { Rule } from "../core/rule/rule.ts";
import { plainNode } from "../core/text/text-node.ts";
import { makeLargeBody } from "./bodies.ts";
import { measureRounds, timeOf } from "./rounds.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";

/** Pieces that hostile text repeats: beginnings of what detectors look for, and what makes a pattern try many ways. */
const hostilePieces: readonly string[] = [
  "1",
  "4",
  "4111 ",
  "4111-1111-1111-1112 ",
  "411111111111111 ",
  "1.",
  "1.1.1.1.",
  "1:",
  "a:",
  "::1:",
  "1-",
  "1 ",
  "12-34-",
  "0 (",
  "+1 ",
  "(0) 1-",
  "2024-",
  "1/1/",
  "1 jan ",
  "a",
  "a.",
  "a@",
  "a.a@",
  "@",
  "a@a.",
  "ä",
  "a-",
  "%",
  "!",
  '"a',
  '" @',
  "GB82 ",
  "GB82WEST",
  "GB82 WEST 1234 5698 7654 33 ",
  "AB12",
  "AB 12 ",
  "AA00",
  "A1 ",
  "X1234567",
  "1234567A ",
  "eyJ",
  "eyJhbGciOiJub25lIn0.",
  "eyJhbGciOi.a",
  "AKIA",
  "abcdefghij0123456789ABCDEFGHIJ+/abcdefgh ",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN PRIVATE KEY-----aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "-",
  "Private-Lines: 1\n",
  "%B4111111111111111^",
  "%B41111111111111112^A/B^",
  ";4111111111111111=",
  "=",
  "^",
  "RSSMRA85T10A562T ",
  "aaaaaa",
  "1年",
  "ssn 123456789 ",
  "nhs 1234567890 ",
  "phone 123-4567-89 ",
];

const byteCount = 200_000;
const hostileTexts = hostilePieces.map((piece) =>
  piece.repeat(Math.ceil(byteCount / piece.length)).slice(0, byteCount),
);

const plain = (text: string): string => text;

function createScan(used: readonly Detector[]): (text: string) => unknown {
  const rule = makeRule(used);
  return (text) =>
    detect(text, [plainNode(text, 0, text.length, plain)], [rule], { remaining: Number.MAX_SAFE_INTEGER });
}

/** Of a rule, detection reads no more than this. */
function makeRule(used: readonly Detector[]): Rule {
  const settings = { confidence: "low", allow: [], context: [], needsContext: false, exempt: [] } as const;
  const uses = used.map((detector) => ({
    use: loadDetectorUse({ detector: detector.name, ...settings }, detector),
    selector: 0,
  }));
  return { name: "measured", exempt: [], detectors: uses } as unknown as Rule;
}

export async function benchDetection(): Promise<string> {
  return formatLines("Detectors", [...(await benchOrdinary()), ...benchHostile()]);
}

async function benchOrdinary(): Promise<readonly Line[]> {
  const body = makeLargeBody(true);
  const rule = makeRule(detectors);
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
    return (Math.max(...times) * 1_000_000) / byteCount;
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
