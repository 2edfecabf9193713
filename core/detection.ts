/** Values that a rule's detectors find in the leaves of a source. */
import { type Budget, spend } from "./budget.ts";
import type { Span } from "./edits.ts";
import { FieldsealError } from "./errors.ts";
import { type Finding, findInLeaf } from "./finding.ts";
import type { Leaf } from "./leaf.ts";
import type { Rule } from "./rule.ts";

/**
 * What the rules' detectors find in leaves. Where matches of one rule overlap within a leaf, the longest one counts, and
 * of those that are alike the first in the rule. Throws `too_complex`.
 */
export function detect(source: string, leaves: Iterable<Leaf>, rules: readonly Rule[], budget: Budget): Finding[] {
  const findings: Finding[] = [];
  if (rules.length === 0) return findings;
  for (const leaf of leaves) {
    // A leaf shorter than every value that there is to find.
    if (leaf.text.length < 6) continue;
    spend(budget, leaf.text.length >> 3);
    for (const rule of rules) {
      for (const { match, selector } of resolveMatches(leaf.text, rule)) {
        findings.push(findInLeaf(source, leaf, match, { rule, selector }));
      }
    }
  }
  return findings;
}

interface Match {
  readonly match: Span;
  readonly selector: number;
}

function resolveMatches(text: string, { detectors }: Rule): readonly Match[] {
  const matches = detectors.flatMap(({ use, selector }) => use.find(text).map((match): Match => ({ match, selector })));
  if (matches.length < 2) return matches;
  return splitClusters(matches).flatMap(resolveCluster);
}

/** Groups of matches that overlap one another, also through others. */
function splitClusters(matches: readonly Match[]): Match[][] {
  const clusters: Match[][] = [];
  let end = -1;
  for (const candidate of [...matches].sort((a, b) => a.match.start - b.match.start)) {
    if (candidate.match.start < end) clusters.at(-1)?.push(candidate);
    else clusters.push([candidate]);
    end = Math.max(end, candidate.match.end);
  }
  return clusters;
}

/** More matches than this in one group are no accident, and comparing them with one another would take too long. */
const maxCluster = 100;

function resolveCluster(cluster: readonly Match[]): readonly Match[] {
  if (cluster.length < 2) return cluster;
  if (cluster.length > maxCluster) throw new FieldsealError("too_complex");
  const length = ({ match }: Match): number => match.end - match.start;
  const kept: Match[] = [];
  for (const candidate of [...cluster].sort((a, b) => length(b) - length(a) || a.selector - b.selector)) {
    const { start, end } = candidate.match;
    if (kept.every(({ match }) => end <= match.start || start >= match.end)) kept.push(candidate);
  }
  return kept;
}
