/** How a rule uses a detector: which of its matches count. */

import type { FieldPattern } from "../selector/field-name.ts";
import { parseWildcard, type Wildcard } from "../selector/wildcard.ts";
import type { Confidence, Detector } from "./detector.ts";
import { wordsPattern } from "./words.ts";

/** A detector with the settings of a rule. */
export interface DetectorUse {
  readonly detector: Detector;
  /** Matches of less do not count. */
  readonly confidence: Confidence;
  /** Values that the rule leaves as they are. */
  readonly allow: readonly AllowedValue[];
  /** The detector's context words and the rule's own. */
  readonly contexts: readonly RegExp[];
  /** Whether every match needs a context word, also those whose detector needs none. */
  readonly needsContext: boolean;
  /** Fields that this detector leaves alone. */
  readonly exempt: readonly FieldPattern[];
}

interface AllowedValue {
  readonly spelled: Wildcard;
  /** Without separators; `undefined` where nothing would be left. */
  readonly compact: Wildcard | undefined;
}

/** A use once it is checked, as plain data: what a build embeds. */
export interface CompiledDetectorUse extends Omit<DetectorUse, "detector" | "allow" | "contexts"> {
  /** By its name. */
  readonly detector: string;
  readonly allow: readonly string[];
  readonly context: readonly string[];
}

/** A use with its detector and patterns. */
export function loadDetectorUse({ context, allow, ...use }: CompiledDetectorUse, detector: Detector): DetectorUse {
  return {
    ...use,
    detector,
    allow: allow.map(readAllowed),
    contexts: [detector.context, wordsPattern(context)].filter((words) => words !== undefined),
  };
}

function readAllowed(value: string): AllowedValue {
  const lower = value.toLowerCase();
  // An address without its separators could be another one's.
  const compact = /[@\p{L}]/u.test(lower) ? undefined : lower.replace(/[^\p{L}\p{N}*]/gu, "");
  return {
    spelled: parseWildcard(lower),
    compact: compact === undefined || compact === "" ? undefined : parseWildcard(compact),
  };
}
