/** Reads header fields. */
import { findWhole } from "../../core/find/finding.ts";
import type { FormatReading } from "../../core/formats/codec.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { matchesWildcard, type Wildcard } from "../../core/selector/wildcard.ts";
import { asIs, nameNode, plainNode } from "../../core/text/text-node.ts";

/** Reads the value of a header field as one text, without a syntax. `name` is in lower case. */
export function readHeader(name: string, value: string, rules: readonly Rule[]): FormatReading {
  const node = plainNode(value, 0, value.length, asIs);
  const findings = rules.flatMap((rule) =>
    rule.headers.flatMap(({ use, selector }) =>
      matchesHeader(use, name) ? [findWhole(node, { rule, selector })] : [],
    ),
  );
  return { findings, nodes: () => [nameNode(node, (level) => (level === 0 ? name : undefined))] };
}

/**
 * True if a pattern matches a header field's name. CGI and its successors (RFC 3875, section 4.1.18) read underscores
 * and dashes as the same.
 */
export function matchesHeader(pattern: Wildcard, name: string): boolean {
  return matchesWildcard(pattern, name) || matchesWildcard(pattern, name.replaceAll("_", "-"));
}
