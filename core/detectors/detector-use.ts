/** How a rule uses a detector: which of its matches count. */

import type { FieldPattern } from "../selector/field-name.ts";
import { parseWildcard, type Wildcard } from "../selector/wildcard.ts";
import type { Confidence, Detector } from "./detector.ts";
import { wordsPattern } from "./words.ts";

/** A detector with the settings of a rule. */
export interface DetectorUse {
  readonly detector: Detector;
  /** Matches of lower confidence do not count. */
  readonly confidence: Confidence;
  /** Values that the rule does not protect. */
  readonly allow: readonly AllowedValue[];
  /** The detector's context words and the rule's own. */
  readonly contexts: readonly RegExp[];
  /** Every match needs a context word, even if the detector needs none. */
  readonly needsContext: boolean;
  /** Fields that this detector ignores. */
  readonly exempt: readonly FieldPattern[];
}

interface AllowedValue {
  readonly spelled: Wildcard;
  /** The value without separators; `undefined` for values with letters, and if nothing is left. */
  readonly compact: Wildcard | undefined;
}

/** A checked use as plain data, which a build embeds. */
export interface CompiledDetectorUse extends Omit<DetectorUse, "detector" | "allow" | "contexts"> {
  /** The name of the detector. */
  readonly detector: string;
  readonly allow: readonly string[];
  readonly context: readonly string[];
}

/** Loads a compiled use with its detector. */
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
  // An e-mail address without separators could equal another one.
  const compact = /[@\p{L}]/u.test(lower) ? undefined : lower.replace(/[^\p{L}\p{N}*]/gu, "");
  return {
    spelled: parseWildcard(lower),
    compact: compact === undefined || compact === "" ? undefined : parseWildcard(compact),
  };
}
