/** Sensitive values that were found in a text, and which of them are replaced when several selectors find the same. */

import { FieldsealError } from "../errors.ts";
import type { Rule } from "../rule/rule.ts";
import type { Span } from "../text/edit.ts";
import { decodeString } from "../text/json-document.ts";
import { liftSpan, type NameAt, type TextNode } from "../text/text-node.ts";

/** A value in a source that a rule protects. */
export interface Finding extends Span {
  readonly rule: Rule;
  /** Index of the rule's selector that found it. */
  readonly selector: number;
  readonly value: FoundValue;
  /** How a token is spelt in this place. */
  readonly encode: (token: string) => string;
  /** In parts of a request other than the body all tokens are sealed. */
  readonly sealed?: true;
  /** Of what a detector found: the names of the fields around it. */
  readonly nameAt?: NameAt;
}

/** What a token is made of. */
export type FoundValue =
  | {
      readonly kind: "json";
      /** The value as one JSON text: what a sealed token carries. */
      readonly json: string;
      /** The characters of a string that JSON would spell in exactly this way: what a direct token can carry. */
      readonly text: string | undefined;
    }
  /** A whole file. */
  | { readonly kind: "bytes"; readonly bytes: Buffer };

/** A value that JSON spells in this way. */
export function jsonValue(json: string): FoundValue {
  return { kind: "json", json, text: readCanonicalString(json) };
}

/** A value that is a string, in a format other than JSON. */
export function textValue(text: string): FoundValue {
  return { kind: "json", json: JSON.stringify(text), text: text.isWellFormed() ? text : undefined };
}

/** The characters of a string literal that is spelt as `JSON.stringify` would spell it and well formed. */
function readCanonicalString(literal: string): string | undefined {
  if (!literal.startsWith('"')) return undefined;
  const text = decodeString(literal);
  return text.isWellFormed() && JSON.stringify(text) === literal ? text : undefined;
}

/** Which selector of which rule found something. */
export type FoundBy = Pick<Finding, "rule" | "selector">;

/** A whole node as a finding. */
export function findWhole(node: TextNode, { rule, selector }: FoundBy): Finding {
  const { literal, start, end, text, encode } = node;
  if (literal === undefined) return { rule, selector, start, end, value: textValue(text), encode };
  return {
    rule,
    selector,
    start: literal.start,
    end: literal.end,
    value: jsonValue(literal.json),
    encode: (token) => literal.restore(JSON.stringify(token)),
  };
}

/**
 * A part of a node as a finding. It becomes the whole node where the part cannot be replaced alone, or where restoring
 * it alone would not give the spelling that it has in the source.
 */
export function findWithin(source: string, node: TextNode, part: Span, by: FoundBy): Finding {
  const characters = node.text.slice(part.start, part.end);
  const { start, end } = liftSpan(part, node);
  const whole = part.start === 0 && part.end === node.text.length;
  if (
    whole ||
    !node.divisible ||
    (node.literal !== undefined && source.slice(start, end) !== node.encode(characters))
  ) {
    return findWhole(node, by);
  }
  return { ...by, start, end, value: textValue(characters), encode: node.encode };
}

/** A finding in the text of a node as a finding in the source, with the same care. */
export function liftFinding(source: string, node: TextNode, finding: Finding): Finding {
  const { start, end } = liftSpan(finding, node);
  if (
    node.literal !== undefined &&
    source.slice(start, end) !== node.encode(node.text.slice(finding.start, finding.end))
  ) {
    return findWhole(node, finding);
  }
  return { ...finding, start, end, encode: (token) => node.encode(finding.encode(token)) };
}

/**
 * The findings that are replaced, in the order of the text: of those that contain one another the outermost, of those
 * of one place the first in the policy's order. Throws `rule_conflict` where two recipients claim what overlaps, or
 * where two findings overlap without one containing the other.
 */
export function resolveFindings(findings: readonly Finding[]): readonly Finding[] {
  // The sort is stable: findings of one place stay in the policy's order.
  const sorted = [...findings].sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Finding[] = [];
  let last: Finding | undefined;
  for (const finding of sorted) {
    // An empty value ends where it begins, and so does another one like it.
    if (last === undefined || (finding.start >= last.end && finding.start > last.start)) {
      kept.push(finding);
      last = finding;
    } else if (finding.rule.recipient !== last.rule.recipient || finding.end > last.end) {
      throw new FieldsealError("rule_conflict", { rule: finding.rule.name, offset: finding.start });
    }
  }
  return kept;
}
