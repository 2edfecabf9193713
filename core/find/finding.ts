/** Values to protect in a text, and which of them are replaced if several selectors find the same. */
import { FieldsealError } from "../errors.ts";
import type { Rule } from "../rule/rule.ts";
import type { Span } from "../text/edit.ts";
import { decodeString } from "../text/json-document.ts";
import { liftSpan, type NameAt, type TextNode } from "../text/text-node.ts";

/** A value in a source that a rule protects. */
export interface Finding extends Span {
  readonly rule: Rule;
  /** The index of the rule's selector that found it. */
  readonly selector: number;
  readonly value: FoundValue;
  /** Writes a token for this place. */
  readonly encode: (token: string) => string;
  /** The token must be sealed, because the value is not in a body. */
  readonly sealed?: true;
  /** Of a match of a detector: the names of the fields around it. */
  readonly nameAt?: NameAt;
}

/** The value that a token holds. */
export type FoundValue =
  | {
      readonly kind: "json";
      /** The value as one JSON text, for a sealed token. */
      readonly json: string;
      /** The characters of a string that `JSON.stringify` writes as `json`, for a direct token. */
      readonly text: string | undefined;
    }
  /** A whole file. */
  | { readonly kind: "bytes"; readonly bytes: Buffer };

/** A value that is written in JSON. */
export function jsonValue(json: string): FoundValue {
  return { kind: "json", json, text: readCanonicalString(json) };
}

/** A string in a format other than JSON. */
export function textValue(text: string): FoundValue {
  return { kind: "json", json: JSON.stringify(text), text: text.isWellFormed() ? text : undefined };
}

/** The characters of a well-formed string literal that `JSON.stringify` would write in the same way. */
function readCanonicalString(literal: string): string | undefined {
  if (!literal.startsWith('"')) return undefined;
  const text = decodeString(literal);
  return text.isWellFormed() && JSON.stringify(text) === literal ? text : undefined;
}

/** The rule and selector that found a value. */
export type FoundBy = Pick<Finding, "rule" | "selector">;

/** Makes a finding of a whole node. */
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
 * Makes a finding of a part of a node: of the whole node if the part cannot be replaced alone, or if restoring it alone
 * would not give the same text as in the source.
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

/** Turns a finding in the text of a node into a finding in the source. It may become the whole node, as above. */
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
 * The findings to replace, in the order of the text. Of nested findings it keeps the outermost, of findings of one span
 * the first in the policy. Throws `rule_conflict` if findings of two recipients overlap, or if two findings overlap and
 * none contains the other.
 */
export function resolveFindings(findings: readonly Finding[]): readonly Finding[] {
  // The sort is stable: findings of one span stay in the policy's order.
  const sorted = [...findings].sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Finding[] = [];
  let last: Finding | undefined;
  for (const finding of sorted) {
    // A second finding of an empty value begins at its end too, but not after its start.
    if (last === undefined || (finding.start >= last.end && finding.start > last.start)) {
      kept.push(finding);
      last = finding;
    } else if (finding.rule.recipient !== last.rule.recipient || finding.end > last.end) {
      throw new FieldsealError("rule_conflict", { rule: finding.rule.name, offset: finding.start });
    }
  }
  return kept;
}
