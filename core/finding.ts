/** Sensitive values that were found in a text, and which of them are replaced when several claim the same place. */
import type { Span } from "./edits.ts";
import { FieldsealError } from "./errors.ts";
import type { Rule } from "./policy.ts";

/** A place in a text that a rule protects. */
export interface Finding extends Span {
  readonly rule: Rule;
  /** Index of the selector that found it. */
  readonly selector: number;
  /** The value as one JSON text: what a sealed token carries. */
  readonly json: string;
  /** The characters of a string that JSON would spell in exactly this way: what a direct token can carry. */
  readonly text: string | undefined;
}

/**
 * The findings that are replaced, in the order of the text: of those that contain one another the outermost, of those
 * of one place the first in the policy's order. Throws `rule_conflict` where two recipients claim what overlaps.
 */
export function resolveFindings(findings: readonly Finding[]): readonly Finding[] {
  // The sort is stable: findings of one place stay in the policy's order.
  const sorted = [...findings].sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Finding[] = [];
  let last: Finding | undefined;
  for (const finding of sorted) {
    if (last === undefined || finding.start >= last.end) {
      kept.push(finding);
      last = finding;
    } else if (finding.rule.recipient !== last.rule.recipient) {
      throw new FieldsealError("rule_conflict", { rule: finding.rule.name, offset: finding.start });
    }
  }
  return kept;
}
