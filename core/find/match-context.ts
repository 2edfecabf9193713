/** Which matches of a detector count: how sure they are, in their context, and which values a rule lets through. */
import { type Confidence, confidences, type Match } from "../detectors/detector.ts";
import type { DetectorUse } from "../detectors/detector-use.ts";
import { matchesWildcard } from "../selector/wildcard.ts";
import type { Span } from "../text/edit.ts";
import type { TextNode } from "../text/text-node.ts";

/** Puts blanks between the words of a name. */
export type SplitWords = (name: string) => string;

/** Where a match is, and how a rule uses the detector. */
export interface MatchContext {
  readonly node: TextNode;
  readonly use: DetectorUse;
  readonly words: SplitWords;
}

/**
 * Whether a match is sure enough, by itself or with a context word, and not one of those that are let through. `text`
 * is the one in which it was found.
 */
export function counts(match: Match, text: string, context: MatchContext): boolean {
  const { use } = context;
  if (use.allow.length > 0 && isAllowed(text.slice(match.start, match.end), use)) return false;
  const rank = rankOf(match.confidence);
  const needsContext = match.needsContext || use.needsContext;
  if (!needsContext && rank >= rankOf(use.confidence)) return true;
  return rank + 1 >= rankOf(use.confidence) && hasContext(match, text, context);
}

/** Higher for the surer. */
export function rankOf(confidence: Confidence): number {
  return confidences.indexOf(confidence);
}

/** As it is, and without separators between its digits. */
function isAllowed(value: string, { allow }: DetectorUse): boolean {
  const lower = value.toLowerCase();
  const compact = lower.replace(/[^\p{L}\p{N}]/gu, "");
  return allow.some(
    ({ spelled, compact: allowed }) =>
      matchesWildcard(spelled, lower) || (allowed !== undefined && matchesWildcard(allowed, compact)),
  );
}

/** Characters before and behind a value in which its context may be. */
const contextCharacters = 80;

/** How many fields around a value count with their names as context, its own first. */
const contextLevels = 4;

function hasContext(
  { start, end }: Span,
  text: string,
  { node: { nameAt }, use: { contexts }, words }: MatchContext,
): boolean {
  const holds = (piece: string): boolean => contexts.some((context) => context.test(piece));
  for (let level = 0; level < contextLevels; level++) {
    const name = nameAt?.(level);
    if (name === undefined) break;
    if (holds(words(name))) return true;
  }
  const around = [text.slice(Math.max(0, start - contextCharacters), start), text.slice(end, end + contextCharacters)];
  return around.some((piece) => holds(piece) || holds(splitWords(piece)));
}

/** `patientNHSNumber` and `patient_nhs-number` are three words each. */
function splitWords(name: string): string {
  return name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .replace(/[_.\-[\]/:]+/g, " ");
}

const mostNames = 1_000;
const longestName = 200;

/** Splits names into words, each once: the names of a body's fields are few. */
export function createWordSplitter(): SplitWords {
  const known = new Map<string, string>();
  return (name) => {
    const words = known.get(name) ?? splitWords(name.slice(0, longestName));
    if (known.size < mostNames) known.set(name, words);
    return words;
  };
}
