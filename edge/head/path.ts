/** Reads the segments of a path. */
import { FieldsealError } from "../../core/errors.ts";
import { findWhole } from "../../core/find/finding.ts";
import type { FormatReading } from "../../core/formats/codec.ts";
import { isPlainPath } from "../../core/rule/route.ts";
import type { Rule } from "../../core/rule/rule.ts";
import { readPercent } from "../../core/text/percent.ts";
import { nameNode, type TextNode } from "../../core/text/text-node.ts";

/**
 * Reads the segments of a path, and undoes their percent-encoding. Throws `path_ambiguous` for a path that servers
 * split differently, `body_malformed` or `body_not_utf8` for wrong escapes.
 */
export function readPath(uri: string, rules: readonly Rule[]): FormatReading {
  if (!isPlainPath(uri)) throw new FieldsealError("path_ambiguous");
  const nodes: TextNode[] = [];
  for (let start = 1; start <= uri.length; ) {
    const slash = uri.indexOf("/", start);
    const end = slash < 0 ? uri.length : slash;
    nodes.push(readPercent(uri, start, end, false));
    start = end + 1;
  }
  const findings = rules.flatMap((rule) =>
    rule.segments.flatMap(({ use, selector }) => {
      const node = nodes[use];
      return node === undefined || node.text === "" ? [] : [findWhole(node, { rule, selector })];
    }),
  );
  // The segments before a segment name its content: `/ssn/078-05-1120`.
  const named = nodes.map((node, index) => nameNode(node, (level) => nodes[index - 1 - level]?.text));
  return { findings, nodes: () => named };
}
