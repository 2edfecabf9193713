/** Runs the detectors of rules over the nodes of a source. */
import { type Budget, spend } from "../budget.ts";
import type { Match } from "../detectors/detector.ts";
import { type DetectorUse, loadDetectorUse } from "../detectors/detector-use.ts";
import type { Rule } from "../rule/rule.ts";
import { type FieldPattern, matchesTreeField } from "../selector/field-name.ts";
import type { Span } from "../text/edit.ts";
import type { TextNode } from "../text/text-node.ts";
import { type Finding, type FoundBy, findWithin } from "./finding.ts";
import { counts, createWordSplitter, rankOf, type SplitWords } from "./match-context.ts";

/** A match of a rule's detector in a node. */
interface Detected extends FoundBy {
  readonly match: Match;
}

/** The code of detection. Bundles whose policies have no detectors leave it out. */
export interface Detection {
  readonly detect: Detect;
  readonly loadUse: typeof loadDetectorUse;
}

/** Finds what the rules' detectors match in the nodes of a source. Throws `too_complex`. */
export type Detect = (
  source: string,
  nodes: Iterable<TextNode>,
  rules: readonly Rule[],
  budget: Budget,
) => readonly Finding[];

/** No detector matches fewer characters. */
const shortestValue = 6;

/**
 * Finds what the rules' detectors match in nodes. Matches that overlap become findings of one joint span. The longest
 * match comes first; among equally long ones the surest, then the first in the policy. Throws `too_complex`.
 */
export function detect(source: string, nodes: Iterable<TextNode>, rules: readonly Rule[], budget: Budget): Finding[] {
  const findings: Finding[] = [];
  const seekers = rules.flatMap((rule) => rule.detectors.map(({ use, selector }): Seeker => ({ rule, selector, use })));
  if (seekers.length === 0) return findings;
  const words = createWordSplitter();
  for (const node of nodes) {
    if (node.text.length < shortestValue) continue;
    spend(budget, node.text.length >> 3);
    const text = readDigits(node.text);
    const detected = seek(seekers, text, node, { budget, words });
    if (detected === undefined) continue;
    const named = node.nameAt === undefined ? {} : { nameAt: node.nameAt };
    for (const cluster of splitClusters(detected)) {
      const span = unite(cluster);
      for (const { rule, selector } of [...cluster].sort(byPrecedence)) {
        findings.push({ ...findWithin(source, node, span, { rule, selector }), ...named });
      }
    }
  }
  return findings;
}

/** The code of detection, for policies with detectors. */
export const detection: Detection = { detect, loadUse: loadDetectorUse };

/** A detector as a rule uses it. */
interface Seeker extends FoundBy {
  readonly use: DetectorUse;
}

interface SeekContext {
  readonly budget: Budget;
  readonly words: SplitWords;
}

/** The matches of all detectors in a text; `undefined` if there are none, which is the usual case. */
function seek(
  seekers: readonly Seeker[],
  text: string,
  node: TextNode,
  { budget, words }: SeekContext,
): Detected[] | undefined {
  let detected: Detected[] | undefined;
  const { digits, letters } = summarizeText(text);
  for (const { rule, selector, use } of seekers) {
    const { detector } = use;
    if (digits < detector.digits || letters < detector.letters || !holdsOne(text, detector.includes)) continue;
    const matches = detector.find(text, budget);
    if (matches.length === 0 || isExempt(node, rule.exempt) || isExempt(node, use.exempt)) continue;
    for (const match of matches) {
      if (counts(match, text, { node, use, words })) (detected ??= []).push({ rule, selector, match });
    }
  }
  return detected;
}

function holdsOne(text: string, pieces: readonly string[] | undefined): boolean {
  if (pieces === undefined) return true;
  for (const piece of pieces) if (text.includes(piece)) return true;
  return false;
}

/** Counts the decimal digits and ASCII letters of a text. */
function summarizeText(text: string): { readonly digits: number; readonly letters: number } {
  let digits = 0;
  let letters = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) digits++;
    else if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) letters++;
  }
  return { digits, letters };
}

/** Replaces digits of some other scripts by ASCII digits, one for one, so that offsets stay the same. */
function readDigits(text: string): string {
  if (!otherDigits.test(text)) return text;
  return text.replace(/[^\x00-\x7f]/g, (digit) =>
    otherDigits.test(digit) ? String(digit.charCodeAt(0) - zeroOf(digit.charCodeAt(0))) : digit,
  );
}

/** Arabic-Indic, Persian, Devanagari and full-width digits. */
const otherDigits = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]/;

function zeroOf(code: number): number {
  return [0xff10, 0x0966, 0x06f0, 0x0660].find((zero) => code >= zero) ?? code;
}

function isExempt({ nameAt }: TextNode, patterns: readonly FieldPattern[]): boolean {
  if (patterns.length === 0 || nameAt === undefined) return false;
  for (let level = 0; nameAt(level) !== undefined; level++) {
    if (patterns.some((pattern) => matchesTreeField(pattern, (above) => nameAt(level + above)))) return true;
  }
  return false;
}

/** Groups matches that overlap, directly or through other matches. */
function splitClusters(detected: readonly Detected[]): readonly (readonly Detected[])[] {
  const clusters: Detected[][] = [];
  let end = -1;
  for (const candidate of [...detected].sort((a, b) => a.match.start - b.match.start)) {
    if (candidate.match.start < end) clusters.at(-1)?.push(candidate);
    else clusters.push([candidate]);
    end = Math.max(end, candidate.match.end);
  }
  return clusters;
}

/** The span of all matches: replacing only a part of a match would leave the rest in plaintext. */
function unite(cluster: readonly Detected[]): Span {
  return {
    start: Math.min(...cluster.map(({ match }) => match.start)),
    end: Math.max(...cluster.map(({ match }) => match.end)),
  };
}

/** The longer match first, then the surer. The sort is stable, so that the policy's order decides the rest. */
function byPrecedence({ match: a }: Detected, { match: b }: Detected): number {
  return b.end - b.start - (a.end - a.start) || rankOf(b.confidence) - rankOf(a.confidence);
}
