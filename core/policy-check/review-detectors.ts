/** Finds detectors of a rule that can never match, or whose settings have no effect. For builds only. */
import type { ConfigValue } from "../config/config-value.ts";
import { type Confidence, confidences, type Detector } from "../detectors/detector.ts";
import { loadDetectorUse } from "../detectors/detector-use.ts";
import type { CompiledPattern } from "../detectors/pattern.ts";
import type { RequestPart } from "../rule/rule.ts";
import type { RuleDraft } from "./compile-rule.ts";
import { canMatchWithout } from "./pattern-fit.ts";

/** All detectors that a rule can name. */
export interface KnownDetectors {
  /** Built-in detectors and the policy's own patterns. */
  readonly detectors: readonly Detector[];
  /** The policy's own patterns. */
  readonly patterns: readonly CompiledPattern[];
}

/** Characters that a part of a request never has once it is decoded. */
const absentCharacters: Readonly<Partial<Record<RequestPart, { readonly pattern: RegExp; readonly words: string }>>> = {
  path: { pattern: /[/?#;\\\u0000-\u001f\u007f]/, words: "/ ? # ; \\ or control characters" },
  headers: { pattern: /[\u0000-\u0008\u000a-\u001f\u007f]/, words: "line breaks or control characters" },
};

/** Reports mistakes in each detector of a rule, at its entry. */
export function reviewDetectors({ rule, detectorEntries }: RuleDraft, { detectors, patterns }: KnownDetectors): void {
  const seen = new Map<string, string>();
  for (const [index, { use }] of rule.detectors.entries()) {
    const at = detectorEntries[index];
    const detector = detectors.find(({ name }) => name === use.detector);
    if (at === undefined || detector === undefined || at.isRefused) continue;
    const earlier = seen.get(use.detector);
    if (earlier !== undefined)
      at.warn(`${use.detector} is already at ${earlier}: a value is protected if either entry finds it.`);
    else seen.set(use.detector, at.place);
    const { contexts } = loadDetectorUse(use, detector);
    const settings = typeof at.value === "string" ? undefined : at;
    if (use.needsContext && contexts.length === 0) {
      settings
        ?.member("needsContext")
        .report(`${use.detector} can never match: it has no context words. Add context, or remove needsContext.`);
    }
    const highest = rankOf(detector.confidence) + (contexts.length > 0 ? 1 : 0);
    if (rankOf(use.confidence) > highest) {
      settings
        ?.member("confidence")
        .report(
          `${use.detector} can never match: even near a context word, its matches have at most ` +
            `confidence ${confidences[highest] ?? "low"}.`,
        );
    }
    for (const entry of settings?.optional("allow")?.items() ?? []) reviewAllowed(entry, detector);
    reviewPlaces(at, detector, rule.detectIn, patterns);
  }
}

function rankOf(confidence: Confidence): number {
  return confidences.indexOf(confidence);
}

/** Reports an entry of `allow` that allows everything, and warns about one that the detector never finds. */
function reviewAllowed(entry: ConfigValue, detector: Detector): void {
  const text = entry.text();
  if (/^\*+$/.test(text)) entry.report(`${detector.name} can never match: this entry allows every value.`);
  if (text.includes("*")) return;
  const spellings = [text, text.toUpperCase(), text.replace(/[^\p{L}\p{N}]/gu, "")];
  const isFound = spellings.some((spelling) =>
    detector.find(spelling, { remaining: 1_000_000 }).some(({ start, end }) => start === 0 && end === spelling.length),
  );
  if (!isFound)
    entry.warn(
      `This entry has no effect: ${detector.name} never finds this value. ` +
        '* matches any characters, as in "*@example.com".',
    );
}

function reviewPlaces(
  at: ConfigValue,
  { name, multiline }: Detector,
  places: readonly RequestPart[],
  patterns: readonly CompiledPattern[],
): void {
  for (const place of places) {
    const absent = absentCharacters[place];
    if (absent === undefined) continue;
    const own = patterns.find((pattern) => pattern.name === name);
    if (own === undefined && multiline === true && place === "headers") {
      at.warn(`In ${place}, ${name} finds only values in one line: no ${absent.words} occur there.`);
    } else if (own === undefined ? multiline === true : !canMatchWithout(own.program, absent.pattern)) {
      at.report(`${name} can never match in ${place}: no ${absent.words} occur there.`);
    }
  }
}
